/** The VFS's one lock: who has it next, from when on, and who pays for telling him. */
import { expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { Simulation } from "../../sim/simulation.ts";
import {
  bareRun,
  freeSoftware,
  readInRounds,
  STEADY_DRIVES,
  TWO_CORES,
} from "../../testing/bare-run.ts";
import type { Thread } from "../model.ts";
import { VfsLock } from "./storage/vfs-lock.ts";

const HOLD_PS = 1_000;
const WAKE_PS = 100;
const END_PS = 1_000_000;

/** Four threads on cores of their own, and when each is told that the lock is his. */
function bench() {
  const simulation = new Simulation();
  const lock = new VfsLock(simulation, WAKE_PS);
  const wokenPs = [0, 0, 0, 0];
  const wokenBy: (Core | undefined)[] = [];
  const cores = wokenPs.map((_, index) => new Core(index, 0, 1, [END_PS]));
  const threads = cores.map((core, index) => {
    const wake = (atPs: number, from?: Core): void => {
      wokenPs[index] = atPs;
      wokenBy[index] = from;
      core.passUntil(atPs, CAUSE.idle);
    };
    return { core, wake } as unknown as Thread;
  });
  /** The thread asks at `atPs`, if its core is not later, and works under the lock if it may. */
  const work = (index: number, atPs: number): boolean => {
    const thread = threads[index]!;
    const { core } = thread;
    core.passUntil(atPs, CAUSE.idle);
    if (!lock.tryAcquire(thread, HOLD_PS)) return false;
    const fromPs = core.cursorPs;
    core.charge(CAUSE.fileSystem, HOLD_PS);
    lock.release(thread, fromPs);
    return true;
  };
  return { simulation, work, wokenPs, wokenBy, cores };
}

it("is handed over where it is given up, and whoever had it pays for that", () => {
  const { simulation, work, wokenPs, cores } = bench();
  expect(work(0, 0)).toBe(true);
  expect(work(1, 500)).toBe(false);
  simulation.runUntil(END_PS);
  expect(wokenPs[1]).toBe(HOLD_PS + WAKE_PS);
  expect(cores[0]!.cursorPs).toBe(HOLD_PS + WAKE_PS);
  expect(work(1, 0)).toBe(true);
});

it("goes to whoever has waited longest, and to nobody who comes meanwhile", () => {
  const { simulation, work, wokenPs } = bench();
  work(0, 0);
  expect([work(1, 400), work(2, 300)]).toEqual([false, false]);
  simulation.runUntil(2_000);
  // The first one is told of it and has not come yet.
  expect(wokenPs.slice(1, 3)).toEqual([HOLD_PS + WAKE_PS, 0]);
  expect(work(3, 2_000)).toBe(false);
  expect(work(1, 2_000)).toBe(true);
  simulation.runUntil(3_500);
  expect(wokenPs.slice(2)).toEqual([3_000 + WAKE_PS, 0]);
  expect(work(2, 0)).toBe(true);
  simulation.runUntil(END_PS);
  expect(wokenPs[3]).toBe(4_000 + 2 * WAKE_PS);
});

it("is taken from nobody who waits, or has been told, by a core that is ahead of him", () => {
  const ahead = bench();
  ahead.work(0, 0);
  ahead.work(1, 500);
  expect(ahead.work(2, HOLD_PS)).toBe(false);
  const { simulation, work } = bench();
  work(0, 0);
  work(1, 500);
  simulation.runUntil(2_000);
  expect(work(2, 2_000)).toBe(false);
  expect(work(1, 2_000)).toBe(true);
});

it("is handed over from the core of whoever had it", () => {
  const { simulation, work, wokenBy, cores } = bench();
  work(0, 0);
  work(1, 500);
  simulation.runUntil(END_PS);
  expect(wokenBy[1]).toBe(cores[0]);
});

it("is held for the VFS's part of a request, and for no other one", () => {
  /** How much later the second of two reads is done that begin at once on two cores. */
  const delayNs = (cost: string): number => {
    const set = {
      ...STEADY_DRIVES,
      ...freeSoftware("unikernel-port"),
      "port.vfsLock": 10,
      [cost]: 10_000,
    };
    const workload = { kind: "raw-io", jobs: 2 } as const;
    const spec = { machine: TWO_CORES, backend: "unikernel-port", drives: 1, set, workload };
    const run = bareRun(spec, 1e9);
    const donePs: number[] = [];
    for (const index of [0, 1]) {
      run.system.scheduler.spawn(index, function* (thread) {
        yield* readInRounds(run.system.storage, thread, 1, 1);
        donePs.push(thread.core.cursorPs);
      });
    }
    run.simulation.runUntil(1e9);
    return Math.abs(donePs[1]! - donePs[0]!) / 1_000;
  };
  expect(delayNs("port.vfsLock")).toBeGreaterThan(9_999);
  for (const cost of ["port.functionCall", "port.bio", "port.driver"]) {
    expect(delayNs(cost)).toBeLessThan(100);
  }
});

it("was free before a holder whose core has run ahead took it, for as long as it fits", () => {
  for (const [fromPs, isFree] of [
    [HOLD_PS, true],
    [HOLD_PS - 1, false],
  ] as const) {
    const { work } = bench();
    work(0, fromPs);
    expect(work(1, 0)).toBe(isFree);
    expect(work(2, fromPs + HOLD_PS / 2)).toBe(false);
  }
});
