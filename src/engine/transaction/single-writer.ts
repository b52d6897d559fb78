/**
 * One writer at a time, for databases whose commit takes all changes there are.
 *
 * A transaction that has read already and finds another writer gives way, for it may stand in that
 * one's way with its locks; when it begins again, it begins as a writer. So it does so once.
 */
import { type EngineTask, TransactionAborted } from "../model.ts";
import type { Worker } from "../worker.ts";
import type { WriteGate } from "./transaction-context.ts";

export class SingleWriter implements WriteGate {
  #writer: Worker | undefined;
  readonly #waiting: Worker[] = [];

  isDue(worker: Worker): boolean {
    return this.#writer !== worker;
  }

  *run(worker: Worker, mayWait: boolean): EngineTask<void> {
    while (this.#writer !== undefined && this.#writer !== worker) {
      if (!mayWait) throw new TransactionAborted("conflict");
      this.#waiting.push(worker);
      yield* worker.pause();
    }
    this.#writer = worker;
  }

  ended(worker: Worker): void {
    if (this.#writer !== worker) return;
    this.#writer = undefined;
    for (const other of this.#waiting.splice(0)) worker.unpark(other);
  }
}
