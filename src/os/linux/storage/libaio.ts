/**
 * libaio: io_submit hands requests over, io_getevents collects results; completions interrupt.
 *
 * A call that waits for several is woken for each, takes it, and sleeps again.
 *
 * [linux-5.x fs/aio.c io_submit_one, aio_complete, read_events]
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { NO_BUFFER, type Opcode } from "../../../hardware/nvme/command-table.ts";
import type { IoStatus } from "../../../hardware/nvme/status.ts";
import { CompletionRing } from "../../completion-ring.ts";
import { PsyncChannel } from "../../kernel/psync-channel.ts";
import type { RequestOwner, RequestPath } from "../../kernel/request-path.ts";
import { wakeWaiter } from "../../kernel/wake-waiter.ts";
import type { IoChannel, Sleep, Thread } from "../../model.ts";
import { REAP_MAX } from "../../polled-channel.ts";
import { PreparedRequests } from "../../prepared-requests.ts";
import type { LinuxCosts } from "../costs.ts";
import { psyncCosts } from "./path-shape.ts";

export class LibaioChannel implements IoChannel, RequestOwner {
  readonly isAsynchronous = true;
  readonly depth: number;
  readonly completed = new Int32Array(REAP_MAX);
  readonly completedStatus = new Uint8Array(REAP_MAX);

  readonly #thread: Thread;
  readonly #path: RequestPath;
  readonly #costs: LinuxCosts;
  readonly #owner: number;
  readonly #prepared: PreparedRequests;
  readonly #done = new CompletionRing();
  readonly completionWait: Sleep = {
    kind: "sleep",
    earliestPs: () => this.#done.earliestPs(),
    isInCall: () => this.#isCollecting,
    timedOut: () => {
      this.#isCollecting = false;
    },
  };
  isCut = false;
  isSubmitting = false;
  /** Whether the thread is inside io_getevents: it sleeps there, or takes more events. */
  #isCollecting = false;
  #syncChannel: PsyncChannel | undefined;
  /** Events that this call has collected. */
  #collected = 0;
  /** Whether the first prepared request has been copied in: then its queue pair was full. */
  #hasCopied = false;

  constructor(thread: Thread, path: RequestPath, costs: LinuxCosts, depth: number) {
    this.depth = depth;
    this.#thread = thread;
    this.#path = path;
    this.#costs = costs;
    this.#owner = path.addOwner(this);
    this.#prepared = new PreparedRequests();
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
      core.charge(CAUSE.systemCall, this.#costs["kernel.systemCall"]);
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
      // A request is copied and allocated before it goes down. [linux-5.x fs/aio.c io_submit_one]
      if (!this.#hasCopied) core.charge(CAUSE.ioInterface, this.#costs["linux.aioSubmit"]);
      this.#hasCopied = true;
      if (!this.#path.send(core, this.#owner, opcode, drive, offset, bytes, tag, buffer)) break;
      this.#hasCopied = false;
      requests.drop();
      if (mayBeCut && requests.length > 0 && this.#thread.isAhead()) return false;
    }
    return true;
  }

  reap(limit: number, least = 1): number {
    const { core } = this.#thread;
    this.isCut = false;
    this.submit();
    if (!this.#isCollecting) {
      core.charge(CAUSE.systemCall, this.#costs["kernel.systemCall"]);
      this.#isCollecting = true;
      this.#collected = 0;
    }
    const most = Math.max(1, Math.min(limit, REAP_MAX) - this.#collected);
    let found = 0;
    while (found < most) {
      const tag = this.#done.take(core.cursorPs);
      if (tag < 0) break;
      core.charge(CAUSE.ioInterface, this.#costs["linux.aioReap"]);
      this.completedStatus[found] = this.#done.takenStatus;
      this.completed[found++] = tag;
      this.isCut = this.#thread.isAhead();
      if (this.isCut) break;
    }
    this.#collected += found;
    // The call returns with as many as fit, or with what there is if that is enough; the
    // look-ahead may cut it into pieces, and so does each sleep in it.
    const isEmpty = this.#done.earliestPs() > core.cursorPs;
    if (found === most || (found > 0 && found >= least && isEmpty)) {
      this.#isCollecting = false;
      this.isCut = false;
    }
    return found;
  }

  /** Its programs call fsync(2) beside it. [fio-source engines/libaio.c fio_libaio_queue] */
  openSyncChannel(): IoChannel {
    this.#syncChannel = new PsyncChannel(this.#thread, this.#path, psyncCosts(this.#costs));
    return this.#syncChannel;
  }

  roomAgain(atPs: number): void {
    this.#thread.wake(atPs);
  }

  requestDone(tag: number, core: Core, atPs: number, status: IoStatus): void {
    this.#done.push(tag, atPs, status);
    // A thread that sleeps in fsync sleeps on.
    if (this.#syncChannel?.isInCall === true) return;
    wakeWaiter(this.#thread, core, atPs, this.#costs["kernel.wakeUp"]);
  }
}
