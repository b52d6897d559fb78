/** A reactor that is alone on its core waits by polling: it neither sleeps nor is it switched. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runExperiment } from "../../experiment/run.ts";
import { parseSpec } from "../../experiment/spec.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { READ } from "../../hardware/nvme/command-table.ts";
import { bareRun, STEADY_DRIVES, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import { tellReader } from "../../testing/told-reader.ts";
import { CATCH_UP, PARK, SLEEP, type Thread, type ThreadTask } from "../model.ts";

const US = 1_000_000;
const END_PS = 1_000 * US;
const DRIVES = 4;

function bench(cores: number) {
  return bareRun(
    {
      machine: { ...TWO_CORES, cpu: { ...TWO_CORES.cpu, cores } },
      backend: "bypass",
      drives: DRIVES,
      set: STEADY_DRIVES,
      workload: { kind: "raw-io", jobs: 2 },
    },
    END_PS,
  );
}

/** Moments some microseconds apart that are no multiples of anything. */
const MOMENTS = Array.from({ length: 200 }, (_, i) => 2 * US + i * 4 * US + ((i * 7_919) % 90_001));

/** A thread parks and another one, on the next of `cores`, wakes it at `MOMENTS`. */
function woken(cores: number) {
  const run = bench(cores);
  const { scheduler } = run.system;
  const wokenPs: number[] = [];
  const parkedPs: number[] = [];
  const sentPs: number[] = [];
  const sleeper = scheduler.spawn(0, function* (self): ThreadTask {
    for (let turn = 0; turn < MOMENTS.length; turn++) {
      parkedPs.push(self.core.cursorPs);
      yield PARK;
      wokenPs.push(self.core.cursorPs);
    }
    yield PARK;
  });
  scheduler.spawn(1, function* (self): ThreadTask {
    for (const atPs of MOMENTS) {
      yield { kind: "until", atPs, other: SLEEP };
      // Where in the other's round it stores must not follow from its own.
      self.core.charge(CAUSE.application, atPs % 90_001);
      sentPs.push(self.core.cursorPs);
      self.unpark(sleeper);
    }
    yield PARK;
  });
  const spent = spentUntil(run, END_PS);
  return { run, spent, parkedPs, sentPs, wokenPs };
}

describe("a reactor that waits for one on another core", () => {
  const { run, spent, parkedPs, sentPs, wokenPs } = woken(2);
  const roundPs = DRIVES * run.costsPs["bypass.emptyPoll"]!;
  const linePs = run.machine.lineTransfer.farPs;

  it("sees its store at the end of a round, half a round later on average", () => {
    expect(wokenPs).toHaveLength(MOMENTS.length);
    let sumPs = 0;
    wokenPs.forEach((atPs, turn) => {
      const arrivesPs = sentPs[turn]! + linePs;
      expect(atPs).toBeGreaterThanOrEqual(arrivesPs);
      expect(atPs - arrivesPs).toBeLessThan(roundPs);
      expect((atPs - parkedPs[turn]!) % roundPs).toBe(0);
      sumPs += atPs - arrivesPs;
    });
    expect(sumPs / wokenPs.length / roundPs).toBeGreaterThan(0.4);
    expect(sumPs / wokenPs.length / roundPs).toBeLessThan(0.6);
  });

  it("polls in vain meanwhile: no switch but the first, no sleeping core, nothing lost", () => {
    expect(spent.contextSwitch).toBe(2 * run.costsPs["bypass.contextSwitch"]!);
    expect(spent.idle).toBe(0);
    expect(spent.pollingEmpty).toBe(2 * END_PS - spent.contextSwitch - spent.application);
  });

  it("sees it also while it polls for a read", () => {
    const { system, simulation } = bench(2);
    const reader = tellReader(system, 9 * US);
    simulation.runUntil(END_PS);
    // The read takes 20 µs.
    expect(reader.wentOnPs).toBeGreaterThanOrEqual(9 * US + linePs);
    expect(reader.wentOnPs).toBeLessThan(9 * US + linePs + 3 * roundPs);
  });
});

it("reactors that share a core switch, for one that polled would keep the other from it", () => {
  const { run, spent, wokenPs } = woken(1);
  expect(wokenPs).toHaveLength(MOMENTS.length);
  const switchPs = run.costsPs["bypass.contextSwitch"]!;
  expect(spent.contextSwitch).toBeGreaterThanOrEqual(2 * MOMENTS.length * switchPs);
  expect(spent.pollingEmpty).toBe(0);
  expect(spent.idle).toBeGreaterThan(0);
});

it("a database of reactors with a core each commits in groups without a switch", () => {
  const { ledger, metrics } = runExperiment(
    parseSpec({
      backend: "bypass",
      drives: 2,
      rampUs: 1_000,
      runtimeUs: 3_000,
      workload: {
        kind: "engine",
        benchmark: "ycsb-a",
        threads: 8,
        dataBytes: 8_000_000,
        ramBytes: 16_000_000,
      },
    }),
  );
  expect(metrics["simulatedTransactions"]).toBeGreaterThan(500);
  const spent = (cause: string): number => Number(ledger.total[cause] ?? 0);
  expect([spent("contextSwitch"), spent("idle")]).toEqual([0, 0]);
  expect(spent("pollingEmpty")).toBeGreaterThan(0);
});

it("loses no wake-up, whoever shares cores and polls for what", () => {
  const player = fc.record({
    workPs: fc.nat(900_000),
    pausePs: fc.nat(3 * US),
    reads: fc.boolean(),
  });
  const players = fc.array(player, { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(players, fc.integer({ min: 1, max: 2 }), (ways, cores) => {
      const run = bench(cores);
      const { scheduler, storage } = run.system;
      const has = ways.map((_, index) => index === 0);
      const turns = ways.map(() => 0);
      // A token goes round; whoever waits for it may have a read under way.
      const threads: Thread[] = ways.map(({ workPs, pausePs, reads }, index) =>
        scheduler.spawn(index, function* (self): ThreadTask {
          const channel = storage.openChannel(self, 1);
          let outstanding = 0;
          while (turns[index]! < 20) {
            if (reads && outstanding === 0) {
              channel.prepare(READ, 0, 0, 4_096, 0);
              channel.submit();
              outstanding = 1;
            }
            while (!has[index]) {
              if (outstanding === 0) yield PARK;
              else if (channel.reap(1) > 0) outstanding = 0;
              else yield channel.completionWait;
            }
            self.core.charge(CAUSE.application, workPs);
            if (self.isAhead()) yield CATCH_UP;
            yield { kind: "until", atPs: self.core.cursorPs + pausePs, other: SLEEP };
            turns[index]! += 1;
            has[index] = false;
            const next = (index + 1) % ways.length;
            has[next] = true;
            self.unpark(threads[next]!);
          }
          while (outstanding > 0) {
            if (channel.reap(1) > 0) outstanding = 0;
            else yield channel.completionWait;
          }
        }),
      );
      run.simulation.runUntil(20 * END_PS);
      expect(turns).toEqual(ways.map(() => 20));
    }),
    { seed: 17, numRuns: 40 },
  );
});
