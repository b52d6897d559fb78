/** Nobody is forgotten, nobody keeps the core for ever, every picosecond counts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAUSE, CAUSES } from "../../../hardware/cpu/ledger.ts";
import { bareRun, FREE_DRIVES, TWO_CORES } from "../../../testing/bare-run.ts";
import { CATCH_UP, PARK, type Poll, SLEEP, type Thread, type ThreadTask } from "../../model.ts";
import { LightQueue } from "./light-queue.ts";
import { freePlan, type WarmSwitch } from "./scheduling-plan.ts";
import { ThreadScheduler } from "./thread-scheduler.ts";

/** What the tests vary, in picoseconds. */
interface SwitchCosts {
  readonly contextSwitchPs: number;
  readonly slicePs: number;
  readonly idleExitPs: number;
  readonly warm?: WarmSwitch;
}

const COSTS: SwitchCosts = { contextSwitchPs: 1_000, slicePs: 50_000, idleExitPs: 500 };

/** A scheduler over two cores, with ledgers cut at 0 and `endPs`. */
function bench(costs: Partial<SwitchCosts> = {}, endPs = 1, lookaheadPs?: number) {
  const { simulation, machine } = bareRun(
    {
      machine: TWO_CORES,
      backend: "null",
      drives: 1,
      workload: { kind: "raw-io" },
      set: { ...FREE_DRIVES },
    },
    endPs,
    lookaheadPs,
  );
  const { slicePs, ...more } = { ...COSTS, ...costs };
  const plan = { ...freePlan(() => new LightQueue(slicePs), CAUSE.idle), ...more };
  const scheduler = new ThreadScheduler(simulation, machine, plan, 2);
  return { simulation, machine, scheduler };
}

/** A poll that finds nothing before `visiblePs`. */
function pollUntil(visiblePs: number, periodPs: number): Poll {
  return {
    kind: "poll",
    periodPs,
    timeoutPs: Number.POSITIVE_INFINITY,
    arm: () => visiblePs,
    disarm: () => {},
  };
}

describe("a wake-up", () => {
  it("is never lost, whenever it comes", () => {
    const consumer = fc.record({
      wakes: fc.array(fc.integer({ min: 0, max: 3_000_000 }), { minLength: 1, maxLength: 30 }),
      workPs: fc.integer({ min: 0, max: 200_000 }),
      catchesUp: fc.boolean(),
      // A device inside the look-ahead wakes a thread for a moment that has not come yet.
      aheadPs: fc.oneof(fc.constant(0), fc.nat(500_000)),
    });
    const settings = fc.record({
      contextSwitchPs: fc.nat(5_000),
      slicePs: fc.integer({ min: 1, max: 100_000 }),
      idleExitPs: fc.nat(5_000),
    });
    fc.assert(
      fc.property(
        fc.array(consumer, { minLength: 1, maxLength: 6 }),
        settings,
        fc.nat(500_000),
        (consumers, costs, lookaheadPs) => {
          const { simulation, machine, scheduler } = bench(costs, 100_000_000_000, lookaheadPs);
          const consumed = consumers.map(() => 0);
          const readyPs = consumers.map((): number[] => []);
          const threads = consumers.map(({ wakes, workPs, catchesUp }, index) =>
            scheduler.spawn(index, function* (thread: Thread): ThreadTask {
              while (consumed[index]! < wakes.length) {
                const first = readyPs[index]![0];
                if (first === undefined || first > thread.core.cursorPs) {
                  yield { kind: "sleep", earliestPs: () => first ?? Number.POSITIVE_INFINITY };
                } else {
                  readyPs[index]!.shift();
                  consumed[index]! += 1;
                  thread.core.charge(CAUSE.application, workPs);
                  if (catchesUp || thread.isAhead()) yield CATCH_UP;
                }
              }
            }),
          );
          const waker = simulation.register({
            handle: (index) => {
              const atPs = simulation.nowPs + consumers[index]!.aheadPs;
              readyPs[index]!.push(atPs);
              threads[index]!.wake(atPs);
            },
          });
          consumers.forEach(({ wakes }, index) => {
            for (const atPs of wakes) simulation.schedule(atPs, waker, index);
          });
          for (let events = 0; events < 20_000 && simulation.step(); events++);
          expect(simulation.pendingEvents).toBe(0);
          expect(consumed).toEqual(consumers.map(({ wakes }) => wakes.length));
          simulation.runUntil(100_000_000_000);
          scheduler.settle(100_000_000_000);
          for (const core of machine.cores) {
            const row = core.rowBetween(0, 1);
            expect(row.reduce((sum, time) => sum + time, 0)).toBe(100_000_000_000);
            const workPs = consumers.reduce((sum, { wakes, workPs }, index) => {
              return sum + (threads[index]!.core === core ? wakes.length * workPs : 0);
            }, 0);
            expect(row[CAUSE.application]).toBe(workPs);
          }
        },
      ),
      { seed: 61, numRuns: 400 },
    );
  });

  it("that finds its thread awake lets the next sleep return at once", () => {
    const { simulation, scheduler } = bench();
    const log: number[] = [];
    const thread = scheduler.spawn(0, function* (self) {
      self.wake(0);
      yield SLEEP;
      log.push(self.core.cursorPs);
      yield SLEEP;
      log.push(self.core.cursorPs);
    });
    simulation.runUntil(1_000_000);
    expect(log).toEqual([COSTS.contextSwitchPs]);
    expect(thread.isSleeping).toBe(true);
    thread.wake(1_000_000);
    simulation.runUntil(2_000_000);
    expect(log[1]).toBe(1_000_000 + COSTS.idleExitPs + COSTS.contextSwitchPs);
  });
});

describe("a core", () => {
  it("is shared in slices by threads that only work", () => {
    const { simulation, scheduler } = bench({}, 1, 0);
    const work = [0, 0, 0];
    work.forEach((_, index) => {
      scheduler.spawn(2 * index, function* (thread) {
        while (true) {
          work[index]! += thread.core.charge(CAUSE.application, 1_000);
          yield CATCH_UP;
        }
      });
    });
    simulation.runUntil(30_000_000);
    const [most, least] = [Math.max(...work), Math.min(...work)];
    expect(least).toBeGreaterThan(9_000_000);
    expect(most - least).toBeLessThanOrEqual(2 * COSTS.slicePs);
  });

  it("is taken from a polling thread when its slice ends and somebody waits", () => {
    const endPs = 10_000_000;
    const { simulation, machine, scheduler } = bench({}, endPs);
    let worked = 0;
    scheduler.spawn(0, function* () {
      while (true) yield pollUntil(Number.POSITIVE_INFINITY, 100);
    });
    scheduler.spawn(2, function* (thread) {
      while (true) {
        worked += thread.core.charge(CAUSE.application, 10_000);
        yield CATCH_UP;
      }
    });
    simulation.runUntil(endPs);
    scheduler.settle(endPs);
    const row = machine.cores[0]!.rowBetween(0, 1);
    expect(row[CAUSE.pollingEmpty]).toBeGreaterThan(0.4 * endPs);
    expect(worked).toBeGreaterThan(0.4 * endPs);
  });

  it("polls in whole periods, and is idle only without a thread", () => {
    const endPs = 1_000_000;
    const { simulation, machine, scheduler } = bench({}, endPs);
    let foundPs = 0;
    scheduler.spawn(0, function* (thread) {
      yield pollUntil(12_345, 100);
      foundPs = thread.core.cursorPs;
    });
    simulation.runUntil(endPs);
    scheduler.settle(endPs);
    expect(foundPs).toBe(1_000 + 11_400);
    const row = machine.cores[0]!.rowBetween(0, 1);
    const spent = CAUSES.filter((_, cause) => row[cause]! > 0);
    expect(spent).toEqual(["contextSwitch", "pollingEmpty", "idle"]);
    expect(machine.cores[1]!.rowBetween(0, 1)[CAUSE.idle]).toBe(endPs);
  });

  it("switches for less to a thread that it ran a moment ago, if it has not idled since", () => {
    const warm = { switchPs: 200, withinPs: 50_000 };
    /** Switches to `first` and `second` on one core; `second` works for `workPs` in between. */
    const switchedPs = (workPs: number, gapPs: number): number => {
      const { simulation, machine, scheduler } = bench({ warm }, 10_000_000, 0);
      const first = scheduler.spawn(0, function* () {
        yield PARK;
      });
      const second = scheduler.spawn(2, function* (thread) {
        thread.core.charge(CAUSE.application, workPs);
        yield CATCH_UP;
        if (gapPs === 0) first.wake(thread.core.cursorPs);
        yield PARK;
      });
      simulation.runUntil(2_000_000);
      if (gapPs > 0) first.wake(simulation.nowPs);
      simulation.runUntil(10_000_000);
      scheduler.settle(10_000_000);
      expect(second.isSleeping).toBe(true);
      return machine.cores[0]!.rowBetween(0, 1)[CAUSE.contextSwitch]!;
    };
    const cold = COSTS.contextSwitchPs;
    expect(switchedPs(10_000, 0)).toBe(2 * cold + warm.switchPs);
    expect(switchedPs(60_000, 0)).toBe(3 * cold);
    expect(switchedPs(10_000, 1)).toBe(3 * cold);
  });

  it("counts its switches", () => {
    const { simulation, scheduler } = bench();
    const thread = scheduler.spawn(0, function* () {
      for (let count = 0; count < 3; count++) yield SLEEP;
    });
    for (let count = 1; count <= 3; count++) {
      simulation.runUntil(count * 1_000_000);
      expect(thread.switches).toBe(count);
      thread.wake(simulation.nowPs);
    }
  });
});
