/**
 * io_uring: requests in a shared submission ring, results in a shared completion ring.
 *
 * The thread calls io_uring_enter to submit, and again only if it must wait; it takes results from
 * the completion ring without a system call. Completions come by interrupt, or with IOPOLL by
 * polling the drive inside io_uring_enter. A call that waits for several is woken when all are
 * there. [linux-5.x fs/io_uring.c io_submit_sqes, io_do_iopoll, io_wake_function]
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { NO_BUFFER, NOP, type Opcode } from "../../../hardware/nvme/command-table.ts";
import { IO_OK, type IoStatus } from "../../../hardware/nvme/status.ts";
import { CompletionRing } from "../../completion-ring.ts";
import type { RequestOwner, RequestPath } from "../../kernel/request-path.ts";
import { wakeWaiter } from "../../kernel/wake-waiter.ts";
import type { IoChannel, Thread, Wait } from "../../model.ts";
import { REAP_MAX } from "../../polled-channel.ts";
import { PreparedRequests } from "../../prepared-requests.ts";
import type { LinuxCosts } from "../costs.ts";
import type { IoPoll } from "./io-poll.ts";
import { PollList } from "./poll-list.ts";

export class UringChannel implements IoChannel, RequestOwner {
  readonly isAsynchronous = true;
  readonly depth: number;
  readonly completed = new Int32Array(REAP_MAX);
  readonly completedStatus = new Uint8Array(REAP_MAX);
  readonly completionWait: Wait;
  isCut = false;
  isSubmitting = false;

  readonly #thread: Thread;
  readonly #path: RequestPath;
  readonly #costs: LinuxCosts;
  readonly #ioPoll: IoPoll | undefined;
  /** With IOPOLL: what it polls for. */
  readonly #pollList = new PollList();
  readonly #owner: number;
  /** Whether the first prepared request has left the ring: then its queue pair was full. */
  #hasTaken = false;
  /** NOPs in the completion ring: finished where they were submitted. */
  #nops = 0;
  /** Polled completions are finished where they are found. */
  readonly #taskWorkPs: number;
  readonly #prepared: PreparedRequests;
  readonly #done: CompletionRing;
  /** Whether the thread is inside io_uring_enter to wait for completions. */
  #isWaiting = false;
  /** Completions without which that call does not return. */
  #least = 1;

  /** @param ioPoll polls the thread's own queue pairs; undefined: completions interrupt. */
  constructor(
    thread: Thread,
    path: RequestPath,
    costs: LinuxCosts,
    depth: number,
    ioPoll: IoPoll | undefined,
  ) {
    this.depth = depth;
    this.#thread = thread;
    this.#path = path;
    this.#costs = costs;
    this.#ioPoll = ioPoll;
    this.#owner = path.addOwner(this);
    this.#taskWorkPs = ioPoll === undefined ? costs["linux.taskWork"] : 0;
    this.#prepared = new PreparedRequests();
    this.#done = new CompletionRing();
    this.completionWait = ioPoll?.wait ?? {
      kind: "sleep",
      earliestPs: () => this.#done.readyPs(this.#least),
      isInCall: () => this.#isWaiting,
      timedOut: () => this.#endCall(),
    };
  }

  prepare(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer?: Uint8Array,
  ): void {
    const handle = buffer === undefined ? NO_BUFFER : this.#path.commands.hold(buffer);
    this.#prepared.push(opcode, drive, offset, bytes, tag, handle);
  }

  submit(mayBeCut = false): void {
    const { core } = this.#thread;
    if (!this.isSubmitting) {
      const { length } = this.#prepared;
      if (length === 0) return;
      this.#enter();
      this.#path.plug(this.#owner, length);
    }
    this.isSubmitting = !this.#sendPrepared(core, mayBeCut);
    if (!this.isSubmitting) this.#path.unplug(core, this.#owner);
  }

  /** Returns whether the call is over. */
  #sendPrepared(core: Core, mayBeCut: boolean): boolean {
    const requests = this.#prepared;
    while (requests.length > 0) {
      const { opcode, drive, offset, bytes, tag, buffer } = requests;
      // An entry is read and prepared before its request goes down. [linux-5.x io_submit_sqe]
      if (!this.#hasTaken) core.charge(CAUSE.ioInterface, this.#costs["linux.uringSubmit"]);
      this.#hasTaken = true;
      if (opcode === NOP) {
        this.#done.push(tag, core.cursorPs, IO_OK);
        this.#nops += 1;
      } else {
        if (!this.#path.send(core, this.#owner, opcode, drive, offset, bytes, tag, buffer)) break;
        if (this.#ioPoll !== undefined) this.#pollList.add(tag, drive);
      }
      this.#hasTaken = false;
      requests.drop();
      if (mayBeCut && requests.length > 0 && this.#thread.isAhead()) return false;
    }
    return true;
  }

  reap(limit: number, least = 1): number {
    const most = Math.min(limit, REAP_MAX);
    this.isCut = false;
    this.submit();
    const found = this.#takeDone(most);
    if (found > 0) {
      if (found >= least) this.#endCall();
      return found;
    }
    if (!this.#isWaiting) this.#enter();
    this.#isWaiting = true;
    this.#least = least;
    if (this.#ioPoll !== undefined && !this.#poll(this.#ioPoll, least)) return 0;
    return this.#takeDone(most);
  }

  /**
   * A pass of polling inside the call, which goes on until it has posted what the caller waits for;
   * returns whether the pass is over.
   */
  #poll(ioPoll: IoPoll, least: number): boolean {
    ioPoll.poll(this.#thread, this.#pollList);
    this.isCut = ioPoll.isCut;
    if (this.isCut) return false;
    if (this.#pollList.post(this.#done, this.#thread.core.cursorPs) >= least) this.#endCall();
    return true;
  }

  #endCall(): void {
    this.#isWaiting = false;
    this.#least = 1;
  }

  roomAgain(atPs: number): void {
    if (this.#ioPoll === undefined) this.#thread.wake(atPs);
  }

  requestDone(tag: number, core: Core, atPs: number, status: IoStatus): void {
    if (this.#ioPoll !== undefined) {
      this.#pollList.finish(tag, status);
      return;
    }
    this.#done.push(tag, atPs, status);
    // Whoever completes a request looks at the ring before it wakes the waiter.
    if (this.#done.length < this.#least) return;
    wakeWaiter(this.#thread, core, atPs, this.#costs["kernel.wakeUp"]);
  }

  #takeDone(most: number): number {
    const { core } = this.#thread;
    let found = 0;
    while (found < most) {
      const tag = this.#done.take(core.cursorPs);
      if (tag < 0) break;
      if (this.#nops > 0) this.#nops -= 1;
      else core.charge(CAUSE.completion, this.#taskWorkPs);
      core.charge(CAUSE.ioInterface, this.#costs["linux.uringReap"]);
      this.completedStatus[found] = this.#done.takenStatus;
      this.completed[found++] = tag;
    }
    return found;
  }

  #enter(): void {
    const { core } = this.#thread;
    core.charge(CAUSE.systemCall, this.#costs["kernel.systemCall"]);
    core.charge(CAUSE.ioInterface, this.#costs["linux.uringEnter"]);
  }
}
