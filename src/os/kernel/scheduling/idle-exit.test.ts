/** Whoever is woken waits for its core to leave its idle state exactly when that core was idle. */
import { describe, expect, it } from "vitest";
import { runExperiment } from "../../../experiment/run.ts";
import { type ExperimentInput, parseSpec } from "../../../experiment/spec.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { bareRun, STEADY_DRIVES, TWO_CORES } from "../../../testing/bare-run.ts";
import { CATCH_UP, PARK, SLEEP, type Thread, type ThreadTask } from "../../model.ts";
import { VfsLock } from "../../unikernel-port/storage/vfs-lock.ts";
import { SleepLock } from "../sleep-lock.ts";
import { LightQueue } from "./light-queue.ts";
import { freePlan, type SchedulingPlan, type Signal } from "./scheduling-plan.ts";
import { ThreadScheduler } from "./thread-scheduler.ts";

const US = 1_000_000;
const EXIT_PS = 1_000_000;
const SWITCH_PS = 2_000;
/** Halting: what the woken core pays must not vanish in the time that it is idle anyway. */
const INTERRUPT: Signal = {
  send: [{ cause: CAUSE.wakeUp, ps: 5_000 }],
  travelPs: 400_000,
  receive: [{ cause: CAUSE.interrupt, ps: 7_000 }],
};
const SIGNAL_PS = 5_000 + 400_000 + 7_000;

/** Two cores whose idle state takes `EXIT_PS` to leave. */
function bench(more: Partial<SchedulingPlan> = {}) {
  const run = bareRun(
    { machine: TWO_CORES, backend: "null", drives: 1, workload: { kind: "raw-io" } },
    100 * US,
  );
  const plan: SchedulingPlan = {
    ...freePlan(() => new LightQueue(Number.POSITIVE_INFINITY), CAUSE.idle),
    contextSwitchPs: SWITCH_PS,
    idleExitPs: EXIT_PS,
    ...more,
  };
  return { ...run, scheduler: new ThreadScheduler(run.simulation, run.machine, plan, 2) };
}

/** Parks after `workPs`; says when it goes on. */
function* parked(thread: Thread, workPs: number, wokenPs: number[]): ThreadTask {
  thread.core.charge(CAUSE.application, workPs);
  yield PARK;
  wokenPs.push(thread.core.cursorPs);
}

describe.each([
  ["watches", { send: [], travelPs: 110_000, receive: [] }, 110_000],
  ["halts", INTERRUPT, SIGNAL_PS],
] as const)("software that wakes another core, which %s,", (_, rouse, signalPs) => {
  /** The sleeper parks at `sleepsPs`, the waker wakes it at `wakesPs`, both in one burst. */
  const wokenAt = (sleepsPs: number, wakesPs: number): number => {
    const { simulation, scheduler } = bench({ rouse });
    const wokenPs: number[] = [];
    const sleeper = scheduler.spawn(0, (self) => parked(self, sleepsPs - SWITCH_PS, wokenPs));
    scheduler.spawn(1, function* (self) {
      self.core.charge(CAUSE.application, wakesPs - SWITCH_PS);
      self.unpark(sleeper);
      yield PARK;
    });
    simulation.runUntil(100 * US);
    return wokenPs[0]!;
  };

  it("finds it idle, however far the look-ahead has carried it", () => {
    // Far inside the look-ahead of 0.5 µs, just inside, and beyond it.
    for (const sleepsPs of [100_000, 450_000, 3 * US]) {
      const wakesPs = sleepsPs + 2 * US;
      expect(wokenAt(sleepsPs, wakesPs)).toBe(wakesPs + signalPs + EXIT_PS + SWITCH_PS);
    }
  });

  it("finds it busy: it looks for the next thread without having been idle", () => {
    // It works until 9 µs and finds whoever was woken before.
    expect(wokenAt(9 * US, 2 * US)).toBeLessThanOrEqual(9 * US + signalPs + SWITCH_PS);
  });
});

describe.each([
  ["a mutex whose waiters sleep", "sleep-lock"],
  ["the VFS's lock", "vfs-lock"],
] as const)("%s", (_, kind) => {
  it("is handed on to a core that halts by an interrupt", () => {
    const WAKE_PS = 50_000;
    const { simulation, scheduler } = bench({ rouse: INTERRUPT });
    const mutex = new SleepLock(WAKE_PS);
    const vfs = new VfsLock(simulation, WAKE_PS);
    const heldUntilPs = 10 * US;
    let takenPs = 0;
    scheduler.spawn(0, function* (self) {
      if (kind === "sleep-lock") yield* mutex.acquire(self);
      else vfs.tryAcquire(self, heldUntilPs - SWITCH_PS);
      self.core.charge(CAUSE.application, heldUntilPs - SWITCH_PS);
      // Whoever works under the VFS's lock asks, works and releases in one step.
      if (kind === "vfs-lock") vfs.release(self, SWITCH_PS);
      else {
        yield CATCH_UP;
        mutex.release(self);
      }
      // What it does afterwards keeps nobody waiting.
      self.core.charge(CAUSE.application, 3 * US);
      yield PARK;
    });
    scheduler.spawn(1, function* (self) {
      self.core.charge(CAUSE.application, 5 * US);
      yield CATCH_UP;
      if (kind === "sleep-lock") yield* mutex.acquire(self);
      else if (!vfs.tryAcquire(self, 0)) yield SLEEP;
      takenPs = self.core.cursorPs;
    });
    simulation.runUntil(100 * US);
    expect(takenPs).toBe(heldUntilPs + WAKE_PS + SIGNAL_PS + EXIT_PS + SWITCH_PS);
  });
});

describe("a thread that was woken for later", () => {
  it("lets one that is ready go first, and then finds its core busy", () => {
    const { simulation, scheduler } = bench();
    const [laterPs, soonerPs]: [number[], number[]] = [[], []];
    const later = scheduler.spawn(0, (self) => parked(self, 0, laterPs));
    const sooner = scheduler.spawn(2, function* (self) {
      yield* parked(self, 0, soonerPs);
      self.core.charge(CAUSE.application, 5 * US);
    });
    simulation.runUntil(10 * US);
    later.wake(13 * US);
    sooner.wake(11 * US);
    simulation.runUntil(100 * US);
    expect(soonerPs[0]).toBe(11 * US + EXIT_PS + SWITCH_PS);
    expect(laterPs[0]).toBe(soonerPs[0]! + 5 * US + SWITCH_PS);
  });
});

describe("a timer", () => {
  it.each([
    [0, EXIT_PS],
    // The other thread works until 40 µs; the timer ends at 30.
    [40 * US, 10 * US],
  ])("rouses its core if that is idle (others work until %i)", (busyUntilPs, latePs) => {
    const { simulation, scheduler } = bench();
    const woken: number[] = [];
    scheduler.spawn(0, function* (self) {
      yield { kind: "until", atPs: 30 * US, other: PARK };
      woken.push(self.core.cursorPs);
    });
    scheduler.spawn(2, function* (self) {
      if (busyUntilPs > 0) self.core.charge(CAUSE.application, busyUntilPs - self.core.cursorPs);
      yield PARK;
    });
    simulation.runUntil(100 * US);
    expect(woken[0]).toBe(30 * US + latePs + SWITCH_PS);
  });
});

describe("a completion's interrupt", () => {
  const read = (options: ExperimentInput["options"], idleExit: number, jobs = 1): number => {
    const input: ExperimentInput = {
      machine: { ...TWO_CORES },
      backend: "linux",
      drives: 1,
      cores: 1,
      options: { ioengine: "psync", ...options },
      set: { ...STEADY_DRIVES, "cpu.idleExit": idleExit },
      workload: { kind: "raw-io", jobs },
      rampUs: 200,
      runtimeUs: 2_000,
    };
    return runExperiment(parseSpec(input), { allowLong: true }).metrics["latencyNsMean"]!;
  };

  it("rouses its core once when that is idle", () => {
    expect(read({}, 5_000) - read({}, 0)).toBeCloseTo(5_000, 0);
  });

  it("rouses nobody while threads keep the core busy", () => {
    expect(read({}, 5_000, 16) - read({}, 0, 16)).toBeLessThan(50);
  });

  it("finds a core that polls while it is idle awake", () => {
    expect(read({ idle: "poll" }, 5_000)).toBe(read({ idle: "poll" }, 0));
  });
});

describe("tasks in user space", () => {
  const turn = (
    backend: string,
    idleExit: number,
    isSameCore: boolean,
    threads = "tasks",
  ): number =>
    runExperiment(
      parseSpec({
        machine: { ...TWO_CORES },
        backend,
        drives: 1,
        cores: 2,
        options: { threads, ...(backend === "linux" && { ioengine: "io_uring" }) },
        set: { "cpu.idleExit": idleExit },
        workload: { kind: "sched", work: { pattern: "ping-pong", isSameCore } },
        rampUs: 100,
        runtimeUs: 1_000,
      }),
    ).metrics["operationNsMean"]!;

  it("rouse each other's worker if it waits in the kernel, not if it polls", () => {
    expect(turn("linux", 5_000, false) - turn("linux", 0, false)).toBeCloseTo(5_000, 0);
    expect(turn("linux", 5_000, true)).toBe(turn("linux", 0, true));
    expect(turn("bypass", 5_000, false)).toBe(turn("bypass", 0, false));
  });

  it("do so by the kernel, as kernel threads rouse each other", () => {
    const threads = turn("linux", 1_000, false, "kernel");
    expect(turn("linux", 1_000, false) / threads).toBeCloseTo(1, 1);
    expect(turn("linux", 1_000, true)).toBeLessThan(turn("linux", 1_000, true, "kernel") / 10);
  });
});
