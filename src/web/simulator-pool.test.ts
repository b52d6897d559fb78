import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Answer, Reply, Request, Task } from "./protocol.ts";
import { SimulatorPool } from "./simulator-pool.ts";

const run = (seed: number): Task => ({ kind: "run", input: { seed } });
const claim: Task = { kind: "claim", id: "one", text: "{}" };
const ANSWER = { kind: "refused", message: "none", isFault: false } as const satisfies Answer;

class FakeWorker {
  onmessage: ((event: { data: Reply }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  isEnded = false;
  readonly requests: Request[] = [];
  postMessage(request: Request): void {
    this.requests.push(request);
  }
  terminate(): void {
    this.isEnded = true;
  }
  /** Answers what it was asked last. */
  answer(): void {
    this.onmessage?.({ data: { id: this.requests.at(-1)!.id, answer: ANSWER } });
  }
  get tasks(): readonly Task[] {
    return this.requests.map(({ task }) => task);
  }
}

const poolOf = (size: number): { pool: SimulatorPool; workers: FakeWorker[] } => {
  const workers: FakeWorker[] = [];
  const makeWorker = (): Worker => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker as unknown as Worker;
  };
  return { pool: new SimulatorPool(makeWorker, size, () => undefined), workers };
};

describe("the pool of simulators", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("does what is wanted in order, then what is likely, and keeps answers", () => {
    const { pool, workers } = poolOf(1);
    pool.want([run(1), run(2)], [run(2), run(3)]);
    expect([pool.pending, pool.ahead]).toEqual([2, 2]);
    for (let turn = 0; turn < 3; turn++) workers[0]!.answer();
    expect(workers[0]!.tasks).toEqual([run(1), run(2), run(3)]);
    expect([pool.pending, pool.ahead]).toEqual([0, 0]);
    expect(pool.answer(run(3))).toBe(ANSWER);
    pool.want([run(3)], []);
    expect(workers[0]!.tasks).toHaveLength(3);
  });

  it("lets a worker finish what nobody wants any more while nobody waits for it", () => {
    const { pool, workers } = poolOf(2);
    pool.want([run(1)], [run(2)]);
    vi.advanceTimersByTime(10_000);
    pool.want([], []);
    pool.want([run(3)], [run(4)]);
    vi.advanceTimersByTime(10_000);
    expect(workers.filter(({ isEnded }) => isEnded)).toHaveLength(1);
    workers[1]!.answer();
    expect(pool.answer(run(2))).toBe(ANSWER);
  });

  it("takes the longest busy worker from what can wait, but not before a new one pays", () => {
    const { pool, workers } = poolOf(2);
    pool.want([], [run(1)]);
    vi.advanceTimersByTime(100);
    pool.want([], [run(1), run(2)]);
    pool.want([run(3)], []);
    vi.advanceTimersByTime(199);
    expect(workers.some(({ isEnded }) => isEnded)).toBe(false);
    vi.advanceTimersByTime(2);
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, false, false]);
    expect(workers[2]!.tasks).toEqual([run(3)]);
    expect(pool.cancelled).toBe(1);
    // An answer that comes too late from a worker that was ended is not taken.
    workers[0]!.answer();
    workers[0]!.onerror?.({ message: "a fault" });
    expect(pool.answer(run(1))).toBeUndefined();
  });

  it("lets a claim give way to what is wanted, and take over what is not", () => {
    const { pool, workers } = poolOf(1);
    pool.want([], [run(1)]);
    pool.want([claim], [run(1)]);
    vi.advanceTimersByTime(301);
    expect(workers[1]!.tasks).toEqual([claim]);
    pool.want([run(2), claim], []);
    vi.advanceTimersByTime(301);
    expect(workers[2]!.tasks).toEqual([run(2)]);
    pool.want([run(3), run(2), claim], []);
    vi.advanceTimersByTime(10_000);
    expect(workers).toHaveLength(3);
    workers[2]!.answer();
    workers[2]!.answer();
    expect(workers[2]!.tasks).toEqual([run(2), run(3), claim]);
  });

  it("tells of a fault, and goes on with a new worker", () => {
    const { pool, workers } = poolOf(1);
    pool.want([run(1), run(2)], []);
    workers[0]!.onerror?.({ message: "a fault" });
    expect(pool.answer(run(1))).toMatchObject({ kind: "refused", message: "a fault" });
    expect(workers.at(-1)!.tasks).toEqual([run(2)]);
    workers.at(-1)!.answer();
    expect(pool.pending).toBe(0);
  });
});
