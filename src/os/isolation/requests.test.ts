/** What a request pays to what lies under its operating system: filters, exits, the host's work. */
import { describe, expect, it } from "vitest";
import { CAUSES, type Cause } from "../../hardware/cpu/ledger.ts";
import { bareRun, readInRounds, STEADY_DRIVES, spentUntil } from "../../testing/bare-run.ts";

const END_PS = 1e9;
const ROUNDS = 10;
/** Picoseconds; the costs in `spec.set` are nanoseconds, and cycles at 2.2 GHz. */
const EXIT_PS = 1_000_000;
const REQUEST_PS = 100_000;
const COSTS = { "vm.exit": 2_200, "vm.virtioRequest": 100 };

interface Setting {
  readonly backend?: "linux" | "bypass";
  readonly isolation?: "bare" | "container" | "vm" | "vm+container";
  readonly virtualStorage?: "passthrough" | "virtio";
  readonly batch?: number;
}

/** One thread on core 0 reads in rounds, its idle core watches memory: what a round takes. */
function perRound({ backend = "linux", batch = 1, ...setting }: Setting) {
  const isolation = setting.isolation ?? "vm";
  const run = bareRun(
    {
      backend,
      drives: 1,
      ...setting,
      isolation,
      ...(backend === "linux" && { options: { idle: "watch" } }),
      set: { ...STEADY_DRIVES, ...(isolation.startsWith("vm") && COSTS) },
      workload: { kind: "raw-io", ioDepth: batch },
    },
    END_PS,
  );
  let endedPs = 0;
  run.system.scheduler.spawn(0, function* (thread) {
    yield* readInRounds(run.system.storage, thread, ROUNDS, batch);
    endedPs = thread.core.cursorPs;
  });
  spentUntil(run, END_PS);
  const row = run.machine.cores[0]!.rowBetween(0, 1);
  const spent = (cause: Cause): number => row[CAUSES.indexOf(cause)]! / ROUNDS;
  return { spent, tookPs: endedPs / ROUNDS, costsPs: run.costsPs };
}

describe("a container", () => {
  it.each([
    ["bare", "container"],
    ["vm", "vm+container"],
  ] as const)("filters every system call: %s, %s", (without, within) => {
    const filtered = perRound({ isolation: within });
    const filterPs = filtered.costsPs["container.systemCall"]!;
    expect(filterPs).toBeGreaterThan(0);
    const calls = perRound({ isolation: without }).spent("systemCall");
    expect(filtered.spent("systemCall") - calls).toBe(filterPs);
  });
});

describe("a read of a guest", () => {
  it("leaves it when its interrupt comes and when that ends", () => {
    expect(perRound({}).spent("hypervisor")).toBe(2 * EXIT_PS);
  });

  it("leaves it once more where the drive is emulated, and has the host work", () => {
    const emulated = perRound({ virtualStorage: "virtio" });
    expect(emulated.spent("hypervisor")).toBe(3 * EXIT_PS + REQUEST_PS);
  });
});

describe("an emulated drive", () => {
  const emulated = (batch: number) =>
    perRound({ backend: "bypass", virtualStorage: "virtio", batch });

  it("has the host work for each command that it is told of at a time", () => {
    expect(emulated(4).spent("hypervisor")).toBe(EXIT_PS + 4 * REQUEST_PS);
  });

  it("sees a command when the host has done that", () => {
    const { tookPs } = perRound({ backend: "bypass", virtualStorage: "passthrough" });
    expect(Math.abs(emulated(1).tookPs - tookPs - EXIT_PS - REQUEST_PS)).toBeLessThan(
      REQUEST_PS / 2,
    );
  });
});

describe("a virtual core that halts", () => {
  it("is outside between the halves of one exit", () => {
    const workload = { kind: "raw-io" } as const;
    const { machine } = bareRun({ isolation: "vm", drives: 1, set: COSTS, workload }, END_PS);
    const { leavePs, enterPs } = machine.guest!.halt;
    expect([leavePs, enterPs]).toEqual([EXIT_PS / 2, EXIT_PS / 2]);
  });
});

describe("a page walk of a guest", () => {
  /** Loads of pages in no TLB, one table apart. */
  function walksPs(isolation: "bare" | "vm", nestedLoads: number): number {
    const run = bareRun(
      {
        isolation,
        drives: 1,
        set: { "cpu.nestedLoads": nestedLoads },
        workload: { kind: "vm", access: "page" },
      },
      END_PS,
    );
    const { memory } = run.system;
    const region = memory.createRegion({ pages: 8_192, residentMax: 16, backing: "anonymous" });
    const core = run.machine.cores[0]!;
    const translatedPs = (page: number): number => {
      const fromPs = core.cursorPs;
      region.place(page);
      region.tryAccess(core, page, false);
      return core.cursorPs - fromPs;
    };
    return [0, 1, 2].reduce((sum, table) => sum + translatedPs(table * 512), 0);
  }

  it("has a second dimension", () => {
    const alone = walksPs("bare", 1);
    expect(alone).toBeGreaterThan(0);
    expect(walksPs("vm", 0)).toBe(alone);
    expect(walksPs("vm", 1)).toBeGreaterThan(alone);
  });
});
