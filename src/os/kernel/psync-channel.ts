/**
 * pread, pwrite with O_DIRECT, fsync and fdatasync: one blocking system call per request.
 *
 * The thread enters the kernel, sends the request down, sleeps, is woken by the interrupt handler
 * and returns. [linux-5.x block/fops.c __blkdev_direct_IO_simple, blk_io_schedule]
 */
import { assert } from "../../base/assert.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { NO_BUFFER, type Opcode, READ, WRITE } from "../../hardware/nvme/command-table.ts";
import type { IoStatus } from "../../hardware/nvme/status.ts";
import { CompletionRing } from "../completion-ring.ts";
import type { IoChannel, Sleep, Thread } from "../model.ts";
import { PreparedRequests } from "../prepared-requests.ts";
import type { RequestOwner, RequestPath } from "./request-path.ts";
import { wakeWaiter } from "./wake-waiter.ts";

export interface PsyncCosts {
  readonly systemCallPs: number;
  /** The call itself: file lookup and direct-I/O set-up. */
  readonly readCallPs: number;
  readonly wakeUpPs: number;
}

export class PsyncChannel implements IoChannel, RequestOwner {
  readonly depth = 1;
  readonly completed = new Int32Array(1);
  readonly completedStatus = new Uint8Array(1);

  readonly #thread: Thread;
  readonly #path: RequestPath;
  readonly #costs: PsyncCosts;
  readonly #owner: number;
  readonly #prepared = new PreparedRequests();
  readonly #done = new CompletionRing();
  readonly completionWait: Sleep = { kind: "sleep", earliestPs: () => this.#done.earliestPs() };
  /** Whether the thread is inside the call. */
  isInCall = false;
  #hasEntered = false;

  constructor(thread: Thread, path: RequestPath, costs: PsyncCosts) {
    this.#thread = thread;
    this.#path = path;
    this.#costs = costs;
    this.#owner = path.addOwner(this);
  }

  prepare(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer?: Uint8Array,
  ): void {
    assert(this.#prepared.length === 0, "a blocking call takes one request");
    const handle = buffer === undefined ? NO_BUFFER : this.#path.commands.hold(buffer);
    this.#prepared.push(opcode, drive, offset, bytes, tag, handle);
  }

  submit(): void {
    const { core } = this.#thread;
    const request = this.#prepared;
    if (request.length === 0) return;
    const { opcode, drive, offset, bytes, tag, buffer } = request;
    if (!this.#hasEntered) {
      core.charge(CAUSE.systemCall, this.#costs.systemCallPs);
      const isTransfer = opcode === READ || opcode === WRITE;
      // fsync and fdatasync have an entry of their own: `kernel.fsyncCall`.
      if (isTransfer) core.charge(CAUSE.ioInterface, this.#costs.readCallPs);
      this.#hasEntered = true;
      this.isInCall = true;
    }
    if (!this.#path.send(core, this.#owner, opcode, drive, offset, bytes, tag, buffer)) return;
    request.drop();
    this.#hasEntered = false;
  }

  reap(): number {
    this.submit();
    const tag = this.#done.take(this.#thread.core.cursorPs);
    if (tag < 0) return 0;
    this.isInCall = false;
    this.completed[0] = tag;
    this.completedStatus[0] = this.#done.takenStatus;
    return 1;
  }

  roomAgain(atPs: number): void {
    this.#thread.wake(atPs);
  }

  requestDone(tag: number, core: Core, atPs: number, status: IoStatus): void {
    this.#done.push(tag, atPs, status);
    wakeWaiter(this.#thread, core, atPs, this.#costs.wakeUpPs);
  }
}
