/**
 * The workers that simulate while the page stays responsive.
 *
 * Interface: `want` says what the page needs now, most urgent first, and what it may need next;
 * `answer` gives what is there. Work that nobody wants any more is dropped from the queue. A worker
 * that is busy with it, or with what can wait, is ended and replaced when something more urgent has
 * no worker and has waited for this one. Answers are kept: going back costs nothing.
 */
import type { Answer, Reply, Task } from "./protocol.ts";

interface Seat {
  worker: Worker;
  /** Key of the task that it works on. */
  busyWith: string | undefined;
  sinceMs: number;
}

/**
 * Nearly all tasks end sooner, and a new worker would be slower: it has the simulator to load.
 * Chosen, not tuned: nine of ten tasks of the case studies took less than 200 ms in Chromium.
 */
const PATIENCE_MS = 300;

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
  #timer: ReturnType<typeof setTimeout> | undefined;

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

  /** Tasks whose worker was ended for the sake of others. */
  get cancelled(): number {
    return this.#cancelled;
  }

  #open(tasks: ReadonlyMap<string, Task>): number {
    let count = 0;
    for (const key of tasks.keys()) if (!this.#answers.has(key)) count += 1;
    return count;
  }

  #isRunning(key: string): boolean {
    return this.#seats.some(({ busyWith }) => busyWith === key);
  }

  #replace(seat: Seat): void {
    seat.worker.terminate();
    seat.worker = this.#makeWorker();
    seat.busyWith = undefined;
  }

  #dispatch(): void {
    clearTimeout(this.#timer);
    for (const tasks of [this.#wanted, this.#likely]) {
      for (const [key, task] of tasks) {
        if (this.#answers.has(key) || this.#isRunning(key)) continue;
        const seat = this.#freeSeat() ?? this.#seatInsteadOf(key);
        if (seat === undefined) return;
        this.#start(seat, key, task);
      }
    }
  }

  /** The seat that has worked longest on what is less urgent than `key`; if not yet long, later. */
  #seatInsteadOf(key: string): Seat | undefined {
    const urgency = this.#urgency(key);
    const [seat] = this.#seats
      .filter(({ busyWith }) => busyWith !== undefined && this.#urgency(busyWith) < urgency)
      .sort((a, b) => a.sinceMs - b.sinceMs);
    if (seat === undefined) return undefined;
    const waitMs = seat.sinceMs + PATIENCE_MS - performance.now();
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.#dispatch(), waitMs);
      return undefined;
    }
    this.#replace(seat);
    this.#cancelled += 1;
    return seat;
  }

  /** Claims take long: they give way to anything else that is wanted. */
  #urgency(key: string): number {
    const task = this.#wanted.get(key);
    if (task === undefined) return 0;
    return task.kind === "claim" ? 1 : 2;
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
    const isCurrent = (): boolean => seat.worker === worker && seat.busyWith === key;
    const finish = (answer: Answer): void => {
      this.#answers.set(key, answer);
      seat.busyWith = undefined;
      this.#dispatch();
      this.#onAnswer(this.#wanted.has(key));
    };
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.id === id && isCurrent()) finish(data.answer);
    };
    worker.onerror = (event) => {
      if (!isCurrent()) return;
      this.#replace(seat);
      finish({ kind: "refused", message: event.message, isFault: true });
    };
    worker.postMessage({ id, task });
  }
}

const keyOf = (task: Task): string => JSON.stringify(task);
