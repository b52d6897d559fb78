/**
 * The workers that simulate while the page stays responsive.
 *
 * Interface: `want` says what the page needs now, most urgent first, and what it may need next;
 * `answer` gives what is there. Work that nobody wants any more is dropped from the queue, and a
 * worker that is busy with it is ended and replaced. Answers are kept: going back costs nothing.
 */
import type { Answer, Reply, Task } from "./protocol.ts";

interface Seat {
  worker: Worker;
  /** Key of the task that it works on. */
  busyWith: string | undefined;
  sinceMs: number;
}

/** A short run is cheaper to finish than a worker is to replace. */
const PATIENCE_MS = 120;

export class SimulatorPool {
  readonly #makeWorker: () => Worker;
  readonly #onAnswer: (isWanted: boolean) => void;
  readonly #seats: Seat[] = [];
  readonly #size: number;
  readonly #answers = new Map<string, Answer>();
  #wanted = new Map<string, Task>();
  /** Done while workers have nothing else to do. */
  #likely = new Map<string, Task>();
  #nextId = 0;
  #cancelled = 0;

  /** @param onAnswer is told whether the answer is wanted now, or may be later. */
  constructor(makeWorker: () => Worker, size: number, onAnswer: (isWanted: boolean) => void) {
    this.#makeWorker = makeWorker;
    this.#size = size;
    this.#onAnswer = onAnswer;
  }

  /** Replaces everything wanted so far. */
  want(tasks: readonly Task[], likely: readonly Task[]): void {
    this.#wanted = new Map(tasks.map((task) => [keyOf(task), task]));
    this.#likely = new Map(likely.map((task) => [keyOf(task), task]));
    for (const seat of this.#seats) {
      const { busyWith } = seat;
      if (busyWith === undefined || this.#isUrgent(busyWith)) continue;
      const isHopeless = performance.now() - seat.sinceMs > PATIENCE_MS;
      if (isHopeless || this.#pendingAhead(busyWith)) this.#replace(seat);
    }
    this.#dispatch();
  }

  answer(task: Task): Answer | undefined {
    return this.#answers.get(keyOf(task));
  }

  /** Wanted tasks that have no answer yet. */
  get pending(): number {
    return this.#open(this.#wanted);
  }

  /** The same for likely ones. */
  get ahead(): number {
    return this.#open(this.#likely);
  }

  /** Tasks whose worker was ended because nobody wanted them any more. */
  get cancelled(): number {
    return this.#cancelled;
  }

  #open(tasks: ReadonlyMap<string, Task>): number {
    let count = 0;
    for (const key of tasks.keys()) if (!this.#answers.has(key)) count += 1;
    return count;
  }

  /** Claims take long: they give way to anything else. */
  #isUrgent(key: string): boolean {
    const task = this.#wanted.get(key);
    return task !== undefined && task.kind !== "claim";
  }

  /** Whether something more urgent than the claim `key` waits for a worker. */
  #pendingAhead(key: string): boolean {
    if (!this.#wanted.has(key)) return key.includes('"claim"');
    for (const [other, task] of this.#wanted) {
      if (task.kind !== "claim" && !this.#answers.has(other) && !this.#isRunning(other))
        return true;
    }
    return false;
  }

  #isRunning(key: string): boolean {
    return this.#seats.some(({ busyWith }) => busyWith === key);
  }

  #replace(seat: Seat): void {
    seat.worker.terminate();
    this.#cancelled += 1;
    seat.worker = this.#makeWorker();
    seat.busyWith = undefined;
  }

  #dispatch(): void {
    for (const tasks of [this.#wanted, this.#likely]) {
      for (const [key, task] of tasks) {
        if (this.#answers.has(key) || this.#isRunning(key)) continue;
        const seat = this.#freeSeat();
        if (seat === undefined) return;
        this.#start(seat, key, task);
      }
    }
  }

  #freeSeat(): Seat | undefined {
    const free = this.#seats.find(({ busyWith }) => busyWith === undefined);
    if (free !== undefined || this.#seats.length >= this.#size) return free;
    const seat: Seat = { worker: this.#makeWorker(), busyWith: undefined, sinceMs: 0 };
    this.#seats.push(seat);
    return seat;
  }

  #start(seat: Seat, key: string, task: Task): void {
    this.#nextId += 1;
    const id = this.#nextId;
    seat.busyWith = key;
    seat.sinceMs = performance.now();
    const { worker } = seat;
    const finish = (answer: Answer): void => {
      if (seat.worker !== worker || seat.busyWith !== key) return;
      this.#answers.set(key, answer);
      seat.busyWith = undefined;
      this.#dispatch();
      this.#onAnswer(this.#wanted.has(key));
    };
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.id === id) finish(data.answer);
    };
    worker.onerror = (event) => {
      finish({ kind: "refused", message: event.message, isFault: true });
      this.#replace(seat);
    };
    worker.postMessage({ id, task });
  }
}

const keyOf = (task: Task): string => JSON.stringify(task);
