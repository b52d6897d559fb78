/** Nobody starves, shares follow nice values, no core idles while a thread waits. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { type BareRun, bareRun, spentUntil, TWO_CORES } from "../../../testing/bare-run.ts";
import { type Compute, PARK, type Thread, type ThreadAttributes, YIELD } from "../../model.ts";
import { NICE_MAX, NICE_MIN, weightOfNice } from "./nice-weights.ts";

const MS = 1_000_000_000;

/** A system on two cores that has nothing to do with its drives. */
function bench(
  backend: string,
  options: Readonly<Record<string, string>> = {},
  set: Readonly<Record<string, number>> = {},
  endPs = 2_000 * MS,
): BareRun {
  return bareRun(
    {
      machine: TWO_CORES,
      backend,
      drives: 1,
      options: { ...options },
      set: { ...set },
      workload: { kind: "raw-io" },
    },
    endPs,
  );
}

/** A thread that works for ever in pieces; `worked` is what it has done, in picoseconds. */
function spin(run: BareRun, core: number, attributes: ThreadAttributes = {}, piecePs = 50 * MS) {
  const state = { worked: 0, firstPs: 0, longestGapPs: 0, lastPs: 0 };
  run.system.scheduler.spawn(
    core,
    function* (thread: Thread) {
      const work: Compute = { kind: "compute", cause: CAUSE.application, remainingPs: 0 };
      while (true) {
        work.remainingPs = piecePs;
        yield work;
        state.worked += piecePs;
        const gapPs = thread.core.cursorPs - state.lastPs;
        state.longestGapPs = Math.max(state.longestGapPs, gapPs);
        if (state.lastPs === 0) state.firstPs = thread.core.cursorPs;
        state.lastPs = thread.core.cursorPs;
      }
    },
    attributes,
  );
  return state;
}

describe("the fair scheduler", () => {
  it("knows 40 nice values, each worth about a quarter more than the next", () => {
    for (let nice = NICE_MIN; nice < NICE_MAX; nice++) {
      const ratio = weightOfNice(nice) / weightOfNice(nice + 1);
      expect(ratio).toBeGreaterThan(1.15);
      expect(ratio).toBeLessThan(1.3);
    }
    expect(() => weightOfNice(20)).toThrow(/nice 20/);
  });

  it("gives them the weights of the kernel's table", () => {
    const weights = [-20, -5, 0, 5, 19].map(weightOfNice);
    expect(weights).toEqual([88_761, 3_121, 1_024, 335, 15]);
  });

  it.each([
    [
      [0, 0, 5],
      [1_024, 1_024, 335],
    ],
    [
      [-5, 0, 5],
      [3_121, 1_024, 335],
    ],
  ])("shares a core among nice %j by weight", (niceValues, weights) => {
    const run = bench("linux", {}, {}, 20_000 * MS);
    const threads = niceValues.map((nice) => spin(run, 0, { nice }, MS));
    run.simulation.runUntil(20_000 * MS);
    const total = threads.reduce((sum, { worked }) => sum + worked, 0);
    const allWeights = weights.reduce((sum, weight) => sum + weight, 0);
    threads.forEach(({ worked }, index) => {
      const dueShare = weights[index]! / allWeights;
      expect(Math.abs(worked / total / dueShare - 1)).toBeLessThan(0.02);
    });
    expect(total).toBeGreaterThan(19_900 * MS);
  });

  it("starves nobody: each runs within a period, however many they are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 24 }), (count) => {
        const run = bench("linux");
        const threads = Array.from({ length: count }, () => spin(run, 0, {}, MS / 10));
        run.simulation.runUntil(1_000 * MS);
        // Each has its slice of the period, and a tick ends it up to 4 ms late. Threads that begin
        // together are in the first round already; who was first in it can be last in the next.
        const boundPs = (Math.max(24, 3 * count) + 4 * count) * MS;
        for (const { firstPs, longestGapPs, lastPs } of threads) {
          expect(firstPs).toBeGreaterThan(0);
          expect(firstPs).toBeLessThan(boundPs + MS);
          expect(longestGapPs).toBeLessThan(2 * boundPs);
          expect(1_000 * MS - lastPs).toBeLessThan(boundPs);
        }
      }),
      { seed: 91, numRuns: 12 },
    );
  });

  it("lets a thread that sleeps much preempt one that only works", () => {
    const run = bench("linux");
    spin(run, 0);
    const delays: number[] = [];
    run.system.scheduler.spawn(0, function* (thread: Thread) {
      const pause = {
        kind: "until" as const,
        atPs: 0,
        other: { kind: "sleep" as const, earliestPs: () => Number.POSITIVE_INFINITY },
      };
      while (true) {
        pause.atPs = thread.core.cursorPs + 30 * MS;
        yield pause;
        delays.push(thread.core.cursorPs - pause.atPs);
        thread.core.charge(CAUSE.application, 10_000_000);
      }
    });
    run.simulation.runUntil(1_000 * MS);
    expect(delays.length).toBeGreaterThan(25);
    expect(Math.max(...delays.slice(2))).toBeLessThan(20_000_000);
  });

  it("gives a sleeper credit of half a period, however long the other one ran alone", () => {
    const run = bench("linux");
    const alone = spin(run, 0, {}, MS);
    run.system.scheduler.spawn(0, function* () {
      const other = { kind: "sleep" as const, earliestPs: () => Number.POSITIVE_INFINITY };
      yield { kind: "until" as const, atPs: 800 * MS, other };
      yield { kind: "compute" as const, cause: CAUSE.application, remainingPs: 1_000 * MS };
    });
    run.simulation.runUntil(800 * MS);
    const before = alone.worked;
    run.simulation.runUntil(1_000 * MS);
    // 12 ms of credit, the wake-up granularity and ticks; then both have the same.
    // Without credit it would be 100 ms, with a whole period of it 88.
    expect(alone.worked - before).toBeGreaterThan(92 * MS);
    expect(alone.worked - before).toBeLessThan(98 * MS);
  });

  it("pulls a waiting thread to an idle core, unless it is pinned", () => {
    for (const isMigratable of [true, false]) {
      const run = bench("linux");
      const threads = [0, 0].map(() => spin(run, 0, { isMigratable }, MS));
      run.simulation.runUntil(1_000 * MS);
      const total = threads.reduce((sum, { worked }) => sum + worked, 0);
      if (isMigratable) expect(total).toBeGreaterThan(1_950 * MS);
      else expect(total).toBeLessThan(1_000 * MS);
    }
  });

  it("pays once, on the busy core, for the thread that a tick moves to an idle one", () => {
    const schedulerPs = (migrateNs: number): number => {
      const run = bench("linux", {}, { "kernel.migrate": migrateNs });
      for (let count = 0; count < 2; count++) spin(run, 0, { isMigratable: true }, MS);
      return spentUntil(run, 2_000 * MS).scheduler;
    };
    expect(schedulerPs(500_000) - schedulerPs(0)).toBe(0.5 * MS);
  });

  it("leaves a thread that ran a moment ago to the core whose caches have its data", () => {
    /** Two threads on core 0, until core 1 has nothing left to do. */
    const sharing = (freePs: number) => {
      const run = bench("linux");
      const threads = [0, 0].map(() => spin(run, 0, { isMigratable: true }, MS / 100));
      run.system.scheduler.spawn(1, function* () {
        yield { kind: "compute", cause: CAUSE.application, remainingPs: freePs };
      });
      return { run, threads };
    };
    const worked = ({ threads }: ReturnType<typeof sharing>): number =>
      threads.reduce((sum, thread) => sum + thread.worked, 0);
    const watched = sharing(2_000 * MS);
    watched.run.simulation.runUntil(200 * MS);
    const leftPs = Math.min(...watched.threads.map(({ lastPs }) => lastPs));
    for (const [agoPs, cores] of [
      [0.3 * MS, 1],
      [0.7 * MS, 2],
    ] as const) {
      const system = sharing(leftPs + agoPs);
      system.run.simulation.runUntil(leftPs + agoPs);
      const before = worked(system);
      system.run.simulation.runUntil(leftPs + agoPs + 0.1 * MS);
      expect((worked(system) - before) / (0.1 * MS)).toBeCloseTo(cores, 0);
    }
  });
});

describe("work is conserved", () => {
  const systems = [
    ["linux", {}],
    ["unikernel", { run_queue: "shared" }],
    ["bypass", { threads: "tasks", run_queue: "shared" }],
  ] as const;

  it.each(systems)(
    "on %s with %o: no core idles for long while a thread could run there",
    (...system) => {
      const homes = fc.array(fc.nat(1), { minLength: 2, maxLength: 7 });
      fc.assert(
        fc.property(homes, (cores) => {
          const run = bench(...system);
          const threads = cores.map((core) => spin(run, core, { isMigratable: true }, MS / 10));
          run.simulation.runUntil(500 * MS);
          const total = threads.reduce((sum, { worked }) => sum + worked, 0);
          // All but a tick at the beginning, ticks and switches.
          expect(total).toBeGreaterThan(2 * 500 * MS * 0.985);
        }),
        { seed: 92, numRuns: 8 },
      );
    },
  );
});

describe("light preemption", () => {
  it("gives each of many threads its turn within one round of quanta", () => {
    const run = bench("unikernel", {}, { "unikernel.slice": 20_000 });
    const threads = Array.from({ length: 10 }, () => spin(run, 0, {}, 1_000_000));
    run.simulation.runUntil(100 * MS);
    for (const { longestGapPs } of threads) expect(longestGapPs).toBeLessThan(10 * 21_000_000);
    expect(run.system.scheduler.preemptions).toBeGreaterThan(4_000);
  });

  it("does not happen in a masked section, and at its end at once", () => {
    const run = bench("unikernel", {}, { "unikernel.slice": 20_000 });
    const log: string[] = [];
    run.system.scheduler.spawn(0, function* (thread: Thread) {
      const work: Compute = { kind: "compute", cause: CAUSE.application, remainingPs: MS };
      thread.maskPreemption();
      yield work;
      log.push("masked work done");
      thread.unmaskPreemption();
      work.remainingPs = MS;
      yield work;
      log.push("unmasked work done");
    });
    run.system.scheduler.spawn(0, function* (thread: Thread) {
      log.push(`other runs ${thread.core.cursorPs > MS ? "after" : "inside"}`);
      yield PARK;
    });
    run.simulation.runUntil(10 * MS);
    expect(log).toEqual(["masked work done", "other runs after", "unmasked work done"]);
  });

  it("never happens to cooperative tasks, but a yield lets others run", () => {
    const run = bench("bypass", { threads: "tasks" });
    const log: string[] = [];
    for (const name of ["a", "b"]) {
      run.system.scheduler.spawn(0, function* () {
        for (let step = 0; step < 2; step++) {
          yield { kind: "compute", cause: CAUSE.application, remainingPs: 10 * MS };
          log.push(name);
          if (step === 0) yield YIELD;
        }
      });
    }
    run.simulation.runUntil(100 * MS);
    expect(log).toEqual(["a", "b", "a", "b"]);
    expect(run.system.scheduler.preemptions).toBe(0);
  });
});

describe("a parked thread", () => {
  it.each([
    ["linux", 0, 4],
    ["unikernel", 0, 1],
    ["bypass", 0, 0.2],
  ])("is woken once per unpark on %s, early ones included", (backend, core, mostUs) => {
    const options = backend === "bypass" ? { threads: "tasks" } : {};
    const run = bench(backend, options);
    let woken = 0;
    let lastPs = 0;
    const sleeper = run.system.scheduler.spawn(core, function* (thread: Thread) {
      while (true) {
        yield PARK;
        woken += 1;
        lastPs = thread.core.cursorPs;
      }
    });
    let sentPs = 0;
    run.system.scheduler.spawn(core, function* (thread: Thread) {
      yield { kind: "compute", cause: CAUSE.application, remainingPs: MS };
      sentPs = thread.core.cursorPs;
      thread.unpark(sleeper);
      yield PARK;
    });
    run.simulation.runUntil(10 * MS);
    expect(woken).toBe(1);
    expect(lastPs - sentPs).toBeLessThan(mostUs * 1_000_000);
    sleeper.wake(10 * MS);
    sleeper.wake(10 * MS);
    run.simulation.runUntil(20 * MS);
    expect(woken).toBe(3);
  });
});
