/** One thread's blocking reads and writes. */
import { assert } from "../../../base/assert.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { NO_BUFFER, type Opcode, WRITE } from "../../../hardware/nvme/command-table.ts";
import { IO_OK, type IoStatus } from "../../../hardware/nvme/status.ts";
import { type IoChannel, PAGE_BYTES, type Sleep, type Thread } from "../../model.ts";
import type { PosixOwner, PosixPath } from "./posix-path.ts";

const NOT_DONE = Number.POSITIVE_INFINITY;

export class PosixChannel implements IoChannel, PosixOwner {
  readonly depth = 1;
  readonly completed = new Int32Array(1);
  readonly completedStatus = new Uint8Array(1);
  readonly completionWait: Sleep = { kind: "sleep", earliestPs: () => this.#donePs };

  readonly #thread: Thread;
  readonly #path: PosixPath;
  readonly #callPs: number;
  readonly #copyPagePs: number;
  readonly #index: number;
  #hasRequest = false;
  #opcode: Opcode = 0;
  #drive = 0;
  #offset = 0;
  #bytes = 0;
  #tag = 0;
  #buffer = NO_BUFFER;
  #status: IoStatus = IO_OK;
  #donePs = NOT_DONE;

  constructor(thread: Thread, path: PosixPath, callPs: number, copyPagePs: number) {
    this.#thread = thread;
    this.#path = path;
    this.#callPs = callPs;
    this.#copyPagePs = copyPagePs;
    this.#index = path.addChannel(this);
  }

  prepare(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer?: Uint8Array,
  ): void {
    assert(!this.#hasRequest, "a blocking call takes one request");
    this.#hasRequest = true;
    this.#opcode = opcode;
    this.#drive = drive;
    this.#offset = offset;
    this.#bytes = bytes;
    this.#tag = tag;
    this.#buffer = buffer === undefined ? NO_BUFFER : this.#path.commands.hold(buffer);
    this.#thread.core.charge(CAUSE.ioInterface, this.#callPs);
  }

  submit(): void {
    if (!this.#hasRequest) return;
    const wasSent = this.#path.send(
      this.#thread,
      this.#opcode,
      this.#drive,
      this.#offset,
      this.#bytes,
      this.#index,
      this.#buffer,
    );
    if (wasSent) this.#hasRequest = false;
  }

  reap(): number {
    this.submit();
    const { core } = this.#thread;
    if (this.#donePs > core.cursorPs) return 0;
    this.#donePs = NOT_DONE;
    // What could not be read is not in the buffer cache. [osv fs/vfs/vfs_bdev.cc bdev_read]
    const isCopied = this.#opcode === WRITE || this.#status === IO_OK;
    const pages = isCopied ? Math.ceil(this.#bytes / PAGE_BYTES) : 0;
    core.charge(CAUSE.copy, pages * this.#copyPagePs);
    this.completed[0] = this.#tag;
    this.completedStatus[0] = this.#status;
    return 1;
  }

  roomAgain(atPs: number): void {
    this.#thread.wake(atPs);
  }

  /** The request is complete and the thread runnable from `atPs` on. */
  requestDone(atPs: number, status: IoStatus): void {
    this.#donePs = atPs;
    this.#status = status;
    this.#thread.wake(atPs);
  }
}
