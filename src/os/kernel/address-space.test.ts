/** What it takes to make other cores forget translations, step by step. */
import { describe, expect, it } from "vitest";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { NOT_MAPPED } from "../../hardware/mmu/mmu.ts";
import { bareRun } from "../../testing/bare-run.ts";
import type { SystemTask, Thread } from "../model.ts";
import { AddressSpace, type ShootdownPlan } from "./address-space.ts";
import { LINUX_CALLS, OSV_CALLS, RemoteCalls, UCACHE_CALLS } from "./remote-calls.ts";

const END_PS = 1_000_000_000;
const SEND_PS = 100_000;
const ENTRY_PS = 1_000_000;
const PAGES = 64;
const pagesUpTo = (end: number) => Int32Array.from({ length: end }, (_, page) => page);

interface Setting extends Partial<ShootdownPlan> {
  readonly isGuest?: boolean;
  /** Cores of the process, all of which run it but `idle`. */
  readonly count?: number;
  readonly idle?: number;
}

/** An address space whose first cores, each of another complex, have used all of its pages. */
function bench({ isGuest = false, count = 4, idle = -1, ...plan }: Setting = {}) {
  const { machine } = bareRun(
    {
      machine: "milan-pm1733",
      backend: "linux",
      isolation: isGuest ? "vm" : "bare",
      drives: 1,
      workload: { kind: "raw-io" },
      set: { "cpu.broadcastPages": 8 },
    },
    END_PS,
  );
  const space = new AddressSpace(machine, {
    style: LINUX_CALLS,
    sendPs: SEND_PS,
    entryPs: ENTRY_PS,
    by: "interrupt",
    isLazy: false,
    ...plan,
  });
  const { counters } = space;
  for (let page = 0; page < PAGES; page++) space.table.map(page, page, 0);
  const cores = machine.cores.slice(0, count);
  for (const core of cores) {
    space.attach(core);
    for (let page = 0; page < PAGES; page++) space.translate(core, page, false);
    core.isOccupied = core.index !== idle;
  }
  const startPs = Math.max(...cores.map(({ cursorPs }) => cursorPs));
  for (const core of cores) core.passUntil(startPs, CAUSE.application);
  /** How many flushes keep their threads where they are. */
  const masks = { open: 0 };
  const thread = (core: Core) =>
    ({
      core,
      isAhead: () => true,
      maskPreemption() {
        masks.open += 1;
      },
      unmaskPreemption() {
        masks.open -= 1;
      },
    }) as unknown as Thread;
  const flush = (by: number, pages: number): SystemTask =>
    space.flush(thread(cores[by]!), pagesUpTo(pages), pages);
  /** Whether `core` still reaches a page that has just been unmapped. */
  const remembers = (core: number, page: number): boolean => {
    space.table.unmap(page);
    return space.translate(cores[core]!, page, false) !== NOT_MAPPED;
  };
  /** What each of the cores has spent on a cause; ends its life. */
  const spent = (cause: number): number[] =>
    cores.map((core) => {
      core.passUntil(END_PS, CAUSE.idle);
      return core.rowBetween(0, 1)[cause]!;
    });
  return { machine, space, counters, cores, startPs, masks, thread, flush, remembers, spent };
}

/** Lets tasks of these cores take turns until all have ended. */
function perform(...tasks: readonly (readonly [Core, SystemTask])[]): void {
  const left = new Set(tasks);
  while (left.size > 0) {
    for (const one of left) {
      const [core, task] = one;
      const step = task.next();
      if (step.done === true) left.delete(one);
      else if (step.value.kind === "spin") core.passUntil(step.value.atPs, step.value.cause);
    }
  }
}

describe("a flush", () => {
  it.each([
    ["Linux", LINUX_CALLS],
    ["OSv", OSV_CALLS],
    ["uCache", UCACHE_CALLS],
  ])("keeps its thread on its core until everybody has answered: %s", (_, style) => {
    const { cores, masks, flush } = bench({ style });
    const task = flush(0, 1);
    let pauses = 0;
    for (let step = task.next(); step.done !== true; step = task.next()) {
      expect(masks.open).toBe(1);
      if (step.value.kind === "spin") cores[0]!.passUntil(step.value.atPs, step.value.cause);
      pauses += 1;
    }
    expect(pauses).toBeGreaterThan(1);
    expect(masks.open).toBe(0);
  });

  it("ends for a thread that sleeps meanwhile and wakes on another core", () => {
    const { space, cores, thread } = bench({ style: OSV_CALLS, wakePs: 1_000 });
    const moving = thread(cores[0]!) as { -readonly [K in keyof Thread]: Thread[K] };
    const task = space.flush(moving, pagesUpTo(1), 1);
    let step = task.next();
    while (step.done !== true && step.value.kind !== "sleep") step = task.next();
    expect(step.done).toBe(false);
    moving.core = cores[1]!;
    moving.core.passUntil(END_PS, CAUSE.idle);
    expect(task.next().done).toBe(true);
  });
});

describe("a flush on Linux", () => {
  it.each([
    [33, true],
    [34, false],
  ])("of %d pages leaves the other pages' translations: %s", (pages, isKept) => {
    const { cores, flush, remembers } = bench();
    perform([cores[0]!, flush(0, pages)]);
    for (const core of [0, 3]) {
      expect(remembers(core, 0)).toBe(false);
      expect(remembers(core, 50)).toBe(isKept);
    }
  });

  it("has nothing left to drop on a core that has followed a later one", () => {
    const alone = bench();
    perform([alone.cores[0]!, alone.flush(0, 40)]);
    const receivedPs = alone.spent(CAUSE.shootdownReceive)[2]!;
    const { machine, cores, flush, spent } = bench();
    const earlier = flush(0, 40);
    earlier.next();
    perform([cores[1]!, flush(1, 40)]);
    cores[0]!.passUntil(2 * cores[1]!.cursorPs, CAUSE.application);
    perform([cores[0]!, earlier]);
    // It is interrupted all the same.
    const { invalidateAllPs } = machine.mmu.plan;
    expect(spent(CAUSE.shootdownReceive)[2]).toBe(2 * receivedPs - invalidateAllPs);
  });

  it.each([
    ["is no shootdown where nobody else runs the process", { count: 1 }, 0],
    ["nor where everybody else is spared", { count: 2, isLazy: true, idle: 1 }, 0],
    ["is one by interrupts", { count: 2 }, 1],
    ["is one by INVLPGB", { count: 4, by: "broadcast" }, 1],
    ["is one by a miracle", { count: 2, by: "miracle" }, 1],
  ] as const)("%s", (_, setting, shootdowns) => {
    const { counters, cores, flush, remembers } = bench(setting);
    perform([cores[0]!, flush(0, 1)]);
    expect(counters.shootdowns).toBe(shootdowns);
    expect(remembers(0, 0)).toBe(false);
  });

  it("writes one interrupt to each core, and joins one that is on its way", () => {
    const { machine, cores, flush, spent } = bench({ count: 3 });
    perform([cores[0]!, flush(0, 1)], [cores[1]!, flush(1, 1)]);
    // Each of the two interrupts the other, and one of them the third core.
    expect(machine.ipis).toMatchObject({ requested: 4, acknowledged: 4, interrupts: 3 });
    expect(spent(CAUSE.shootdownSend).every((ps) => ps < 10 * SEND_PS)).toBe(true);
  });

  it.each([
    ["joins one that has been sent and has not begun its work", 0, 0],
    ["needs another one when that has begun", 10_000_000, 1],
  ])("%s", (_, laterPs, interrupts) => {
    const { machine, cores, startPs } = bench({ count: 3 });
    const calls = new RemoteCalls(machine, LINUX_CALLS, { sendPs: SEND_PS, entryPs: ENTRY_PS });
    const [first, second, target] = cores;
    const earlier = calls.begin(true);
    calls.ask(first!, target!, 0, earlier);
    calls.interrupt(first!, earlier, 0);
    second!.passUntil(startPs + laterPs, CAUSE.application);
    const later = calls.begin(true);
    calls.ask(second!, target!, 0, later);
    expect([later.toInterrupt.length, later.outstanding]).toEqual([interrupts, interrupts]);
  });

  it("ends when the last answer has come back over a cache line", () => {
    const { machine, cores, flush } = bench({ count: 2, idle: 1 });
    perform([cores[0]!, flush(0, 1)]);
    const [sender, receiver] = cores;
    expect(sender!.cursorPs - receiver!.cursorPs).toBe(machine.lineTransfer.farPs);
  });

  it("counts the generation up in a line that the last core to flush has", () => {
    const { machine, cores, flush, spent } = bench();
    perform([cores[0]!, flush(0, 1)]);
    perform([cores[0]!, flush(0, 1)]);
    for (const core of cores) core.passUntil(cores[0]!.cursorPs, CAUSE.application);
    perform([cores[1]!, flush(1, 1)]);
    const [own, other] = spent(CAUSE.contention);
    expect([own, other! > 0, other! < 2 * machine.lineTransfer.farPs]).toEqual([0, true, true]);
  });

  it("has senders to one core wait in turn for the head of its queue", () => {
    const { machine, cores, startPs } = bench({ count: 3 });
    const calls = new RemoteCalls(machine, LINUX_CALLS, { sendPs: SEND_PS, entryPs: ENTRY_PS });
    const [first, second, target] = cores;
    for (const core of [first!, second!]) calls.ask(core, target!, 0, calls.begin(true));
    const { farPs } = machine.lineTransfer;
    expect(first!.cursorPs - startPs).toBe(LINUX_CALLS.queueLines * farPs);
    expect(second!.cursorPs - first!.cursorPs).toBe(farPs);
  });

  it("fetches a line of the receiver's own for each interrupt", () => {
    const receivePs = (interruptLines: number): number => {
      const { cores, flush, spent } = bench({ style: { ...LINUX_CALLS, interruptLines } });
      perform([cores[0]!, flush(0, 1)]);
      return spent(CAUSE.shootdownReceive)[1]!;
    };
    const { machine } = bench();
    expect(receivePs(3) - receivePs(1)).toBe(2 * machine.lineTransfer.farPs);
  });

  it("moves lines farther to cores of another complex", () => {
    const { machine, cores, flush, spent } = bench({ count: 16 });
    const far = cores.findIndex(({ complex }) => complex !== cores[0]!.complex);
    const near = cores.findIndex(
      ({ index, complex }) => index > 0 && complex === cores[0]!.complex,
    );
    perform([cores[0]!, flush(0, 1)]);
    const received = spent(CAUSE.shootdownReceive);
    const lines = LINUX_CALLS.interruptLines + LINUX_CALLS.requestLines;
    const { nearPs, farPs } = machine.lineTransfer;
    expect(received[far]! - received[near]!).toBe(lines * (farPs - nearPs));
  });
});

describe("a core that does not run the process now", () => {
  it("is not interrupted; it drops everything when it comes back, and pays for that", () => {
    const { machine, counters, cores, flush, remembers, spent } = bench({ isLazy: true, idle: 2 });
    perform([cores[0]!, flush(0, 1)]);
    expect(counters.shootdownRequests).toBe(2);
    const beforePs = cores[2]!.cursorPs;
    expect(remembers(2, 0)).toBe(false);
    expect(remembers(2, 50)).toBe(false);
    expect(cores[2]!.cursorPs - beforePs).toBeGreaterThan(machine.mmu.plan.invalidateAllPs);
    expect(spent(CAUSE.shootdownReceive)[2]).toBe(0);
  });
});

describe("INVLPGB", () => {
  it.each([
    [3, 2],
    [4, 0],
  ])("with %d cores of the process interrupts %d", (count, interrupted) => {
    const { counters, cores, flush, remembers } = bench({ by: "broadcast", count });
    perform([cores[0]!, flush(0, 1)]);
    expect(counters.shootdownRequests).toBe(interrupted);
    expect(remembers(1, 0)).toBe(false);
  });
});

describe("the sender's own translations", () => {
  it.each([
    ["Linux", LINUX_CALLS],
    ["uCache", UCACHE_CALLS],
  ])("are dropped once on %s", (_, style) => {
    const { machine, cores, flush, remembers, spent } = bench({ style });
    perform([cores[0]!, flush(0, 5)]);
    expect(remembers(0, 0)).toBe(false);
    expect(spent(CAUSE.pageTable)[0]).toBe(5 * machine.mmu.plan.invalidatePagePs);
  });
});

describe("OSv", () => {
  const sent = (setting: Setting): number => {
    const { cores, flush, spent } = bench({ style: OSV_CALLS, ...setting });
    perform([cores[0]!, flush(0, 1)]);
    return spent(CAUSE.shootdownSend)[0]!;
  };

  it("reaches everybody by one write, unless somebody is spared", () => {
    expect(sent({ count: 6 })).toBe(SEND_PS);
    expect(sent({ count: 6, isLazy: true, idle: 3 })).toBe(4 * SEND_PS);
  });

  it("counts confirmations in one line, one after the other", () => {
    const { machine, cores, startPs, flush } = bench({ style: OSV_CALLS, count: 64, entryPs: 0 });
    perform([cores[0]!, flush(0, 1)]);
    expect(cores[0]!.cursorPs - startPs).toBeGreaterThan(62 * machine.lineTransfer.nearPs);
  });
});

describe("in a virtual machine", () => {
  /** What the hypervisor takes of the sender, and what the interrupt takes of a receiver. */
  function paid(setting: Setting) {
    const { machine, cores, flush, spent } = bench({ isGuest: true, ...setting });
    perform([cores[0]!, flush(0, 1)]);
    const hypervisorPs = spent(CAUSE.hypervisor)[0]!;
    return { guest: machine.guest!, hypervisorPs, receivedPs: spent(CAUSE.shootdownReceive)[1]! };
  }

  it("a Linux guest leaves it once, and the host kicks every core", () => {
    const { guest, hypervisorPs } = paid({ count: 6 });
    expect(guest.ipiKickPs).toBeGreaterThan(0);
    expect(hypervisorPs).toBe(guest.ipiSendPs + 5 * guest.ipiKickPs);
  });

  it("OSv leaves it for each write", () => {
    const all = paid({ style: OSV_CALLS, count: 6 });
    expect(all.hypervisorPs).toBe(all.guest.ipiSendPs + 5 * all.guest.ipiKickPs);
    const some = paid({ style: OSV_CALLS, count: 6, isLazy: true, idle: 3 });
    expect(some.hypervisorPs).toBe(4 * (some.guest.ipiSendPs + some.guest.ipiKickPs));
  });

  it("a core that is interrupted leaves it for that", () => {
    const { cores, flush, spent } = bench();
    perform([cores[0]!, flush(0, 1)]);
    const { guest, receivedPs } = paid({});
    expect(receivedPs - spent(CAUSE.shootdownReceive)[1]!).toBe(guest.ipiReceivePs);
  });
});
