/** Interrupts leave the guest: from core to core on both sides, and those of its timers. */
import { describe, expect, it } from "vitest";
import { CAUSE, CAUSES } from "../../hardware/cpu/ledger.ts";
import { bareRun, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import { type Compute, PARK, type Wait } from "../model.ts";

const US = 1_000_000;
const END_PS = 100 * US;
const EXIT_PS = US;
const KICK_PS = 100_000;
const RESUME_PS = 10 * US;

/** What the hypervisor takes from each core when a thread on core 1 preempts one on core 0. */
function hypervisor(idle: string, isBusy: boolean): [number, number] {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "unikernel",
      isolation: "vm",
      drives: 1,
      options: { preemption: "arrival", idle },
      // 2,200 cycles at 2.2 GHz.
      set: { "vm.exit": 2_200, "vm.kick": 100, "vm.resume": 10_000, "vm.haltPollMax": 0 },
      workload: { kind: "raw-io" },
    },
    END_PS,
  );
  const { scheduler } = run.system;
  const urgent = scheduler.spawn(
    0,
    function* () {
      yield PARK;
    },
    { nice: -1 },
  );
  const busy: Wait = { kind: "compute", remainingPs: 90 * US, cause: CAUSE.application };
  if (isBusy) {
    scheduler.spawn(2, function* () {
      yield busy;
    });
  }
  scheduler.spawn(1, function* (self) {
    self.core.charge(CAUSE.application, 50 * US);
    self.unpark(urgent);
    yield PARK;
  });
  spentUntil(run, END_PS);
  const index = CAUSES.indexOf("hypervisor");
  const [woken, waker] = run.machine.cores.map((core) => core.rowBetween(0, 1)[index]!);
  return [woken!, waker!];
}

describe("a thread that wakes another core's in a guest", () => {
  it("leaves the guest to preempt what runs there, and so does that core, twice", () => {
    expect(hypervisor("watch", true)).toEqual([2 * EXIT_PS, EXIT_PS + KICK_PS]);
  });

  it("leaves it to interrupt a core that halts inside, but not for one that watches memory", () => {
    expect(hypervisor("halt", false)).toEqual([2 * EXIT_PS, EXIT_PS + KICK_PS]);
    expect(hypervisor("watch", false)).toEqual([0, 0]);
    expect(hypervisor("poll", false)).toEqual([0, 0]);
  });

  it("finds a core that has halted outside: its way back and the interrupt's end remain", () => {
    expect(hypervisor("guest-halt", false)).toEqual([2 * EXIT_PS + RESUME_PS, EXIT_PS]);
  });
});

describe("a timer that ends turns in a guest", () => {
  /** Exits, while the timer looks four times at two threads that share a core. */
  function exits(backend: string, options: Record<string, string>, interval: string): number {
    const run = bareRun(
      {
        machine: TWO_CORES,
        backend,
        isolation: "vm",
        drives: 1,
        options,
        set: { "vm.exit": 2_200, [interval]: 20_000 },
        workload: { kind: "raw-io" },
      },
      END_PS,
    );
    const { scheduler } = run.system;
    for (const index of [0, 2]) {
      const work: Compute = { kind: "compute", remainingPs: 1e9, cause: CAUSE.application };
      scheduler.spawn(index, function* () {
        yield work;
      });
    }
    spentUntil(run, END_PS);
    const row = run.machine.cores[0]!.rowBetween(0, 1);
    return row[CAUSES.indexOf("hypervisor")]! / EXIT_PS;
  }

  it.each([
    ["unikernel", {}, "unikernel.slice"],
    ["unikernel-port", {}, "port.slice"],
    ["bypass", { threads: "tasks", preemption: "timer" }, "task.slice"],
    ["linux", {}, "kernel.tickPeriod"],
  ] as const)(
    "leaves it to be set, to interrupt and to end that: %s",
    (backend, options, interval) => {
      expect(exits(backend, options, interval)).toBe(4 * 3);
    },
  );
});
