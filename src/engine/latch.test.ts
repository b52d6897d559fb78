/** Do optimistic latches tell readers of every change, and wake whoever waits? */
import { expect, it } from "vitest";
import { engineBench, runWorkers } from "../testing/engine-bench.ts";
import { Latches } from "./latch.ts";

it("a version is good until the frame is locked or changed", () => {
  const latches = new Latches(2);
  const version = latches.version(0);
  expect(latches.isUnchanged(0, version)).toBe(true);
  latches.changed(0);
  expect(latches.isUnchanged(0, version)).toBe(false);
  expect(latches.tryUpgrade(0, version)).toBe(false);
  const later = latches.version(0);
  expect(latches.tryUpgrade(0, later)).toBe(true);
  expect(latches.isLocked(0)).toBe(true);
  expect(latches.isLocked(1)).toBe(false);
  // A reader that came while it was locked has nothing to validate against.
  expect(latches.isUnchanged(0, latches.version(0))).toBe(false);
  expect(latches.tryLock(0)).toBe(false);
  expect(() => latches.changed(0)).toThrow("locked");
});

it("releases once, with a new version, and wakes everybody", () => {
  const bench = engineBench();
  const { latches } = bench.engine.pool.frames;
  const events: string[] = [];
  expect(latches.tryLock(5)).toBe(true);
  const version = latches.version(5);
  const waiter = (name: string) =>
    function* (worker: Parameters<Parameters<typeof runWorkers>[1][0]>[0]) {
      yield* latches.awaitUnlock(5, worker);
      events.push(name);
    };
  runWorkers(bench, [
    waiter("first"),
    waiter("second"),
    function* (worker) {
      worker.charge(3_000_000);
      yield* worker.catchUp();
      events.push("unlock");
      latches.unlock(5, worker);
      expect(() => latches.unlock(5, worker)).toThrow("nobody held");
    },
  ]);
  expect(events).toEqual(["unlock", "first", "second"]);
  expect(latches.version(5)).toBeGreaterThan(version);
});
