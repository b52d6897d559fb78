import { describe, expect, it } from "vitest";
import type { ExperimentInput } from "../../../experiment/spec.ts";
import type { Cause } from "../../../hardware/cpu/ledger.ts";
import { type BareRun, bareRun, spentUntil, TWO_CORES } from "../../../testing/bare-run.ts";
import { SLEEP, type Thread, type ThreadTask, type Until } from "../../model.ts";

const END_PS = 1_000_000_000;

/** Runs one task on a thread of `backend`; returns the moments that it notes. */
function moments(
  backend: string,
  body: (thread: Thread, note: () => void, channelWait: Until["other"]) => ThreadTask,
  more: (run: ReturnType<typeof bareRun>, thread: Thread) => void = () => {},
): number[] {
  const run = bareRun(
    { machine: TWO_CORES, backend, drives: 1, workload: { kind: "raw-io" } },
    END_PS,
  );
  const noted: number[] = [];
  const thread = run.system.scheduler.spawn(0, (own) =>
    body(
      own,
      () => noted.push(own.core.cursorPs),
      run.system.storage.openChannel(own, 4).completionWait,
    ),
  );
  more(run, thread);
  run.simulation.runUntil(END_PS);
  return noted;
}

describe.each(["linux", "bypass"])("a timed wait on %s", (backend) => {
  it("ends at its moment when nothing else ends it, every time", () => {
    const noted = moments(backend, function* (_, note, other) {
      const pause: Until = { kind: "until", atPs: 0, other };
      for (let step = 1; step <= 5; step++) {
        pause.atPs = step * 100_000_000;
        yield pause;
        note();
      }
    });
    expect(noted).toHaveLength(5);
    noted.forEach((atPs, index) => {
      expect(atPs).toBeGreaterThanOrEqual((index + 1) * 100_000_000);
      expect(atPs).toBeLessThan((index + 1) * 100_000_000 + 5_000_000);
    });
  });

  it("does not wait for a moment that has passed", () => {
    const noted = moments(backend, function* (thread, note, other) {
      yield { kind: "until", atPs: thread.core.cursorPs, other };
      note();
    });
    expect(noted[0]).toBeLessThan(5_000_000);
  });
});

describe("a timed wait of a thread that sleeps", () => {
  it("ends early when something wakes it, and its timer wakes nobody later", () => {
    const noted = moments(
      "linux",
      function* (_, note, other) {
        yield { kind: "until", atPs: 300_000_000, other };
        note();
        yield { kind: "until", atPs: 900_000_000, other };
        note();
      },
      ({ simulation }, thread) => {
        const waker = simulation.register({ handle: () => thread.wake(simulation.nowPs) });
        simulation.schedule(100_000_000, waker, 0);
      },
    );
    expect(noted[0]).toBeLessThan(110_000_000);
    expect(noted[1]).toBeGreaterThanOrEqual(900_000_000);
  });
});

type Spent = Record<Cause, number>;

/** What `naps` pauses of one thread add to the ledger; with `endsEarly` an event ends each. */
function pauses(
  input: Partial<ExperimentInput>,
  naps: number,
  endsEarly = false,
): [Spent, BareRun] {
  const spec = { machine: TWO_CORES, drives: 1, workload: { kind: "raw-io" }, ...input } as const;
  const run = bareRun(spec, END_PS);
  const { simulation, system } = run;
  const thread = system.scheduler.spawn(0, function* () {
    const pause: Until = { kind: "until", atPs: 0, other: SLEEP };
    for (let nap = 1; nap <= naps; nap++) {
      pause.atPs = nap * 100_000_000;
      yield pause;
    }
  });
  const waker = simulation.register({ handle: () => thread.wake(simulation.nowPs) });
  if (endsEarly) {
    for (let nap = 1; nap <= naps; nap++)
      simulation.schedule(nap * 100_000_000 - 50_000_000, waker, 0);
  }
  return [spentUntil(run, END_PS), run];
}

const STEPS: Readonly<Record<string, Partial<Record<Cause, string>>>> = {
  linux: {
    systemCall: "kernel.systemCall",
    scheduler: "kernel.timerSet",
    interrupt: "kernel.interruptEntry",
    wakeUp: "kernel.wakeUp",
  },
  unikernel: {
    scheduler: "unikernel.timerSet",
    interrupt: "unikernel.interruptEntry",
    wakeUp: "unikernel.wakeUp",
  },
  "unikernel-port": {
    scheduler: "port.timerSet",
    interrupt: "port.interruptEntry",
    wakeUp: "port.wakeUp",
  },
};
const PAID = ["systemCall", "scheduler", "interrupt", "wakeUp", "hypervisor"] as const;

describe("a pause costs", () => {
  it.each(Object.keys(STEPS))("its call, its timer, an interrupt and a wake-up: %s", (backend) => {
    const [spent, { costsPs }] = pauses({ backend }, 7);
    for (const cause of PAID) {
      const step = STEPS[backend]![cause];
      expect([cause, spent[cause]]).toEqual([cause, step === undefined ? 0 : 7 * costsPs[step]!]);
    }
  });

  it("no interrupt when something else ends it", () => {
    const [spent, { costsPs }] = pauses({ backend: "linux" }, 7, true);
    expect(spent.scheduler).toBe(7 * costsPs["kernel.timerSet"]!);
    expect(spent.interrupt).toBe(0);
  });

  it.each([
    ["its timer is set, interrupts, and is confirmed", "watch", 0],
    ["its timer is set, the core halts, the interrupt is confirmed", "guest-halt", 1],
  ])("three exits in a virtual machine: %s", (_, idle, switches) => {
    const [spent, { costsPs }] = pauses(
      { backend: "linux", isolation: "vm", options: { idle }, set: { "vm.haltPollMax": 0 } },
      7,
    );
    expect(spent.hypervisor).toBe(7 * (3 * costsPs["vm.exit"]! + switches * costsPs["vm.resume"]!));
  });

  it("a task a place in a list, and its worker a timer only where it sleeps itself", () => {
    const options = { threads: "tasks" };
    const [polling, { costsPs }] = pauses({ backend: "bypass", options }, 7);
    expect(polling.wakeUp).toBe(7 * costsPs["task.wakeUp"]!);
    expect([polling.systemCall, polling.interrupt, polling.scheduler]).toEqual([0, 0, 0]);
    const ring = { ...options, ioengine: "io_uring" };
    const [sleeping, { costsPs: kernelPs }] = pauses({ backend: "linux", options: ring }, 7);
    expect(sleeping.interrupt).toBe(7 * kernelPs["kernel.interruptEntry"]!);
    // The eighth call: the worker sleeps when its only task has ended.
    expect(sleeping.systemCall).toBe(8 * kernelPs["kernel.systemCall"]!);
  });

  it.each(["libaio", "io_uring"])("no call inside one that has a time limit: %s", (ioengine) => {
    // A ring, or a context, that nothing completes in: the wait begins with its call.
    const run = bareRun(
      {
        machine: TWO_CORES,
        drives: 1,
        options: { ioengine },
        workload: { kind: "raw-io", ioDepth: 4 },
      },
      END_PS,
    );
    run.system.scheduler.spawn(0, function* (thread) {
      const channel = run.system.storage.openChannel(thread, 4);
      const pause: Until = { kind: "until", atPs: 0, other: channel.completionWait };
      for (let nap = 1; nap <= 7; nap++) {
        expect(channel.reap(4)).toBe(0);
        pause.atPs = nap * 100_000_000;
        yield pause;
      }
    });
    const spent = spentUntil(run, END_PS);
    expect(spent.systemCall).toBe(7 * run.costsPs["kernel.systemCall"]!);
    expect(spent.interrupt).toBe(7 * run.costsPs["kernel.interruptEntry"]!);
  });
});
