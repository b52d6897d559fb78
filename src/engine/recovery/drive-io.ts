/** I/O of recovery and checkpoints: one request, or one per drive, and its end is waited for. */
import { FLUSH, IO_STATUS_TEXT, type IoStatus, READ, WRITE } from "../../os/model.ts";
import type { EngineTask } from "../model.ts";
import type { IoOwner, Worker } from "../worker.ts";

const NO_BYTES = new Uint8Array(0);
/** Reads are tried this often: some errors pass. */
const READ_ATTEMPTS = 3;

/** What recovery or a checkpoint needs of the drives did not work; nothing was lost by trying. */
export class DriveFailure extends Error {
  readonly status: number;

  constructor(what: string, status: number) {
    super(`${what}: ${IO_STATUS_TEXT[status as IoStatus] ?? `status ${status}`}`);
    this.name = "DriveFailure";
    this.status = status;
  }
}

export class DriveIo implements IoOwner {
  readonly #worker: Worker;
  #outstanding = 0;
  #status = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  ioCompleted(_worker: Worker, _argument: number, status: number): void {
    this.#outstanding -= 1;
    if (status !== 0) this.#status = status;
  }

  /** Reads into `into`; returns the status of the last attempt. */
  *read(drive: number, offset: number, into: Uint8Array): EngineTask<number> {
    for (let attempt = 1; ; attempt++) {
      yield* this.start(READ, drive, offset, into);
      const status = yield* this.end();
      if (status === 0 || attempt === READ_ATTEMPTS) return status;
    }
  }

  /** @throws DriveFailure */
  *write(drive: number, offset: number, from: Uint8Array, what: string): EngineTask<void> {
    yield* this.start(WRITE, drive, offset, from);
    const status = yield* this.end();
    if (status !== 0) throw new DriveFailure(what, status);
  }

  /**
   * Makes everything durable that was written before.
   * @throws DriveFailure after which nobody knows what the drives hold.
   */
  *flush(drives: number): EngineTask<void> {
    for (let drive = 0; drive < drives; drive++) yield* this.start(FLUSH, drive, 0, NO_BYTES);
    const status = yield* this.end();
    if (status !== 0) throw new DriveFailure("the drives could not be flushed", status);
  }

  /** Begins one request; `end` waits for it. */
  *start(
    opcode: typeof READ | typeof WRITE | typeof FLUSH,
    drive: number,
    offset: number,
    buffer: Uint8Array,
  ): EngineTask<void> {
    const worker = this.#worker;
    while (worker.room === 0) yield* worker.pause();
    worker.start(opcode, drive, offset, buffer, this, 0);
    this.#outstanding += 1;
  }

  /** Waits for everything that was begun; returns the last error, 0: there was none. */
  *end(): EngineTask<number> {
    this.#worker.submit();
    while (this.#outstanding > 0) yield* this.#worker.pause();
    const status = this.#status;
    this.#status = 0;
    return status;
  }
}
