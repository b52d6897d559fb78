/** Turns of light threads: who goes first, and when one is over. */
import { describe, expect, it } from "vitest";
import { KernelThread, type ThreadHome } from "./kernel-thread.ts";
import { LightQueue } from "./light-queue.ts";

const QUANTUM_PS = 1_000;
const HOME = { residents: 0 } as ThreadHome;
const normal = () => new KernelThread(HOME, {});
const urgent = () => new KernelThread(HOME, { nice: -1 });

function queueOf(...threads: KernelThread[]): LightQueue {
  const queue = new LightQueue(QUANTUM_PS);
  for (const thread of threads) queue.add(thread, "woken");
  return queue;
}

describe("an urgent thread", () => {
  it("goes before others, and behind urgent ones that came earlier", () => {
    const [first, second, third] = [normal(), urgent(), urgent()];
    const queue = queueOf(first, second, third);
    expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual([second, third, first]);
  });

  it("takes the core at once from one that is not urgent, where arrivals preempt", () => {
    const preempting = new LightQueue(QUANTUM_PS, true);
    expect(preempting.preempts(urgent(), normal())).toBe(true);
    expect(preempting.preempts(urgent(), urgent())).toBe(false);
    expect(preempting.preempts(normal(), normal())).toBe(false);
    expect(new LightQueue(QUANTUM_PS).preempts(urgent(), normal())).toBe(false);
  });

  it("gives way to another urgent one only", () => {
    expect(queueOf(normal()).mustGiveWay(urgent(), QUANTUM_PS)).toBe(false);
    expect(queueOf(urgent()).mustGiveWay(urgent(), QUANTUM_PS)).toBe(true);
  });
});

describe("a turn", () => {
  it("is over after a quantum if somebody waits", () => {
    const queue = queueOf(normal());
    expect(queue.mustGiveWay(normal(), QUANTUM_PS - 1)).toBe(false);
    expect(queue.mustGiveWay(normal(), QUANTUM_PS)).toBe(true);
  });

  it("is followed by another whole one if nobody waits when it is over", () => {
    const queue = queueOf();
    const current = normal();
    expect(queue.mustGiveWay(current, QUANTUM_PS)).toBe(false);
    queue.add(normal(), "woken");
    expect(queue.nextCheckPs(current, QUANTUM_PS + 100)).toBe(2 * QUANTUM_PS);
    expect(queue.mustGiveWay(current, 2 * QUANTUM_PS - 1)).toBe(false);
  });
});
