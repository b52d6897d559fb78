/** A mutex: who has it when, and who pays for waking whom. */
import { expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { Thread } from "../model.ts";
import { SleepLock } from "./sleep-lock.ts";

const WAKE_PS = 700;

function bench() {
  const lock = new SleepLock(WAKE_PS);
  const woken: [name: number, atPs: number][] = [];
  const threads = [0, 1, 2].map((index) => {
    const core = new Core(index, 0, 1, []);
    const wake = (atPs: number): void => {
      woken.push([index, atPs]);
    };
    return { core, wake } as unknown as Thread;
  });
  /** Whether the thread has the lock without waiting for it. */
  const tries = (index: number): boolean => lock.acquire(threads[index]!).next().done === true;
  return { lock, threads, woken, tries };
}

it("passes to those who wait in the order of their arrival, each woken by the one before", () => {
  const { lock, threads, woken, tries } = bench();
  const [first, second, third] = threads;
  expect([tries(0), tries(1), tries(2)]).toEqual([true, false, false]);
  first!.core.passUntil(5_000, CAUSE.application);
  lock.release(first!);
  expect(woken).toEqual([[1, 5_000 + WAKE_PS]]);
  expect(first!.core.cursorPs).toBe(5_000 + WAKE_PS);
  expect(() => lock.release(third!)).toThrow(/I1/);
  second!.core.passUntil(9_000, CAUSE.application);
  lock.release(second!);
  expect(woken[1]).toEqual([2, 9_000 + WAKE_PS]);
});

it("is free when its holder has released it, also if that ran ahead of who comes next", () => {
  const { lock, threads, tries, woken } = bench();
  const [first, second] = threads;
  tries(0);
  first!.core.passUntil(5_000, CAUSE.application);
  lock.release(first!);
  expect(tries(1)).toBe(true);
  expect(second!.core.cursorPs).toBe(5_000);
  // Nobody waited, so nobody was woken.
  expect([first!.core.cursorPs, woken.length]).toEqual([5_000, 0]);
});
