/**
 * SQPOLL: the thread fills the submission ring; a kernel thread on a core of its own submits.
 *
 * With IOPOLL the kernel thread polls the drive too; otherwise completions interrupt its core, and
 * where they end in task work (Linux 5.15 and later) it is the kernel thread that does it, asleep
 * or not. [linux-5.x io_uring/io_uring.c io_req_task_work_add, io_sq_tw] The
 * application thread never enters the kernel: it looks at the completion ring until something
 * comes. After `sq_thread_idle` without work the kernel thread sleeps, and the next submission must
 * enter the kernel to wake it. [linux-5.x fs/io_uring.c io_sq_thread]
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { NO_BUFFER, type Opcode } from "../../../hardware/nvme/command-table.ts";
import type { Poller } from "../../../hardware/nvme/completion-watch.ts";
import type { IoStatus } from "../../../hardware/nvme/status.ts";
import { CompletionRing } from "../../completion-ring.ts";
import type { RequestOwner, RequestPath } from "../../kernel/request-path.ts";
import { wakeWaiter } from "../../kernel/wake-waiter.ts";
import type { IoChannel, Poll, Thread, ThreadTask } from "../../model.ts";
import { CATCH_UP, SLEEP } from "../../model.ts";
import { REAP_MAX } from "../../polled-channel.ts";
import { PreparedRequests } from "../../prepared-requests.ts";
import type { LinuxCosts } from "../costs.ts";
import type { IoPoll } from "./io-poll.ts";
import { PollList } from "./poll-list.ts";

/** Task work that the kernel thread does in a round. [linux-5.x io_uring/sqpoll.c IORING_TW_CAP] */
const TASK_WORK_MAX = 32;

/** Somebody who polls memory and is told when there is something to see. */
class Watcher {
  #poller: Poller | undefined;

  arm(poller: Poller): void {
    this.#poller = poller;
  }

  disarm(): void {
    this.#poller = undefined;
  }

  notify(atPs: number): void {
    this.#poller?.visibleAt(atPs);
  }
}

export class SqpollChannel implements IoChannel, RequestOwner {
  readonly isAsynchronous = true;
  readonly depth: number;
  readonly completed = new Int32Array(REAP_MAX);
  readonly completedStatus = new Uint8Array(REAP_MAX);
  readonly completionWait: Poll;
  isCut = false;

  readonly #thread: Thread;
  readonly #path: RequestPath;
  readonly #costs: LinuxCosts;
  readonly #owner: number;
  readonly #idlePs: number;
  /** Requests published and not yet complete. */
  #outstanding = 0;
  /** The kernel thread while it sleeps (the ring's need-wake-up flag). */
  #sleeper: Thread | undefined;
  readonly #prepared: PreparedRequests;
  /** Entries published to the kernel thread, and the moment at which the last one was. */
  readonly #published: PreparedRequests;
  #publishedPs = 0;
  readonly #done: CompletionRing;
  /** Completed by interrupts; the kernel thread's task work is left to do. */
  readonly #arrived = new CompletionRing();
  readonly #taskWorkPs: number;
  /** With IOPOLL: the kernel thread polls for what is in the list. */
  readonly #isPolled: boolean;
  readonly #pollList = new PollList();
  /** Every queue pair that the next entry could use is full: only a completion helps. */
  #isBlocked = false;
  /** Completions that this look has taken, before the look-ahead cut it. */
  #collected = 0;
  readonly #application = new Watcher();
  readonly #kernelThread = new Watcher();

  constructor(
    thread: Thread,
    path: RequestPath,
    costs: LinuxCosts,
    depth: number,
    { idlePs, isPolled }: { idlePs: number; isPolled: boolean },
  ) {
    this.#idlePs = idlePs;
    this.#isPolled = isPolled;
    this.#taskWorkPs = isPolled ? 0 : costs["linux.taskWork"];
    this.depth = depth;
    this.#thread = thread;
    this.#path = path;
    this.#costs = costs;
    this.#owner = path.addOwner(this);
    this.#prepared = new PreparedRequests();
    this.#published = new PreparedRequests();
    this.#done = new CompletionRing();
    this.completionWait = {
      kind: "poll",
      periodPs: costs["linux.uringReap"],
      timeoutPs: Number.POSITIVE_INFINITY,
      arm: (poller) => {
        this.#application.arm(poller);
        return this.#done.earliestPs();
      },
      disarm: () => this.#application.disarm(),
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

  submit(): void {
    const { core } = this.#thread;
    const requests = this.#prepared;
    if (requests.length === 0) return;
    while (requests.length > 0) {
      const { opcode, drive, offset, bytes, tag, buffer } = requests;
      core.charge(CAUSE.ioInterface, this.#costs["linux.uringSharedSubmit"]);
      this.#published.push(opcode, drive, offset, bytes, tag, buffer);
      this.#outstanding += 1;
      requests.drop();
    }
    this.#publishedPs = core.cursorPs;
    if (this.#sleeper === undefined) this.#kernelThread.notify(core.cursorPs);
    else this.#wakeKernelThread(this.#sleeper);
  }

  #wakeKernelThread(sleeper: Thread): void {
    const { core } = this.#thread;
    this.#sleeper = undefined;
    core.charge(CAUSE.systemCall, this.#costs["kernel.systemCall"]);
    core.charge(CAUSE.ioInterface, this.#costs["linux.uringEnter"]);
    core.charge(CAUSE.wakeUp, this.#costs["kernel.wakeUp"]);
    sleeper.wake(core.cursorPs + this.#costs["linux.sqpollWake"]);
  }

  reap(limit: number): number {
    const { core } = this.#thread;
    if (!this.isCut) this.#collected = 0;
    this.isCut = false;
    this.submit();
    const most = Math.max(1, Math.min(limit, REAP_MAX) - this.#collected);
    let found = 0;
    while (found < most) {
      const tag = this.#done.take(core.cursorPs);
      if (tag < 0) break;
      core.charge(CAUSE.ioInterface, this.#costs["linux.uringReap"]);
      this.completedStatus[found] = this.#done.takenStatus;
      this.completed[found++] = tag;
      this.isCut = found < most && this.#thread.isAhead();
      if (this.isCut) break;
    }
    this.#collected += found;
    return found;
  }

  requestDone(tag: number, core: Core, atPs: number, status: IoStatus): void {
    if (this.#isPolled) {
      this.#pollList.finish(tag, status);
      return;
    }
    if (this.#taskWorkPs === 0) {
      this.#finish(tag, atPs, status);
      return;
    }
    this.#arrived.push(tag, atPs, status);
    const sleeper = this.#sleeper;
    this.#sleeper = undefined;
    if (sleeper === undefined) this.#kernelThread.notify(atPs);
    else wakeWaiter(sleeper, core, atPs, this.#costs["kernel.wakeUp"]);
  }

  /** The application sees what its kernel thread has polled; returns how many. */
  #postPolled(atPs: number): number {
    const posted = this.#pollList.post(this.#done, atPs);
    this.#outstanding -= posted;
    if (posted > 0) this.#application.notify(atPs);
    return posted;
  }

  /** The application can see the completion from `atPs` on. */
  #finish(tag: number, atPs: number, status: IoStatus): void {
    this.#outstanding -= 1;
    this.#done.push(tag, atPs, status);
    this.#application.notify(atPs);
  }

  /** Task work for the oldest request that an interrupt has completed; false: there is none. */
  #doTaskWork(core: Core): boolean {
    const tag = this.#arrived.take(core.cursorPs);
    if (tag < 0) return false;
    core.charge(CAUSE.completion, this.#taskWorkPs);
    this.#finish(tag, core.cursorPs, this.#arrived.takenStatus);
    return true;
  }

  roomAgain(atPs: number): void {
    this.#kernelThread.notify(atPs);
  }

  /**
   * The kernel thread's loop: a round of polling, then all entries that there are.
   * [linux-5.x fs/io_uring.c __io_sq_thread]
   */
  *kernelThread(thread: Thread, ioPoll: IoPoll | undefined): ThreadTask {
    const wait = this.#kernelWait(ioPoll);
    let busyPs = thread.core.cursorPs;
    while (true) {
      let done = 0;
      if (ioPoll !== undefined) {
        do {
          ioPoll.poll(thread, this.#pollList);
          if (thread.isAhead()) yield CATCH_UP;
        } while (ioPoll.isCut);
        done += this.#postPolled(thread.core.cursorPs);
      }
      // As io_uring_enter does, a round opens a plug. [linux-5.x __io_sq_thread: io_submit_sqes]
      const round = this.#published.length;
      this.#path.plug(this.#owner, round);
      for (let left = round; left > 0 && this.#submitNext(thread.core); left--) {
        done += 1;
        if (thread.isAhead()) yield CATCH_UP;
      }
      this.#path.unplug(thread.core, this.#owner);
      for (let left = TASK_WORK_MAX; left > 0 && this.#doTaskWork(thread.core); left--) {
        done += 1;
        if (thread.isAhead()) yield CATCH_UP;
      }
      if (done > 0) {
        busyPs = thread.core.cursorPs;
        continue;
      }
      // Requests that only its own polling can complete keep the thread awake.
      const isPolling = ioPoll !== undefined && this.#outstanding > 0;
      const mayPoll = isPolling || this.#arrived.earliestPs() < Number.POSITIVE_INFINITY;
      wait.timeoutPs = mayPoll
        ? Number.POSITIVE_INFINITY
        : busyPs + this.#idlePs - thread.core.cursorPs;
      if (wait.timeoutPs > 0) yield wait;
      else {
        this.#sleeper = thread;
        yield SLEEP;
        busyPs = thread.core.cursorPs;
      }
    }
  }

  /** Submits the oldest published entry; returns false when the path has no room for it. */
  #submitNext(core: Core): boolean {
    const requests = this.#published;
    const { opcode, drive, offset, bytes, tag, buffer } = requests;
    if (!this.#isBlocked) core.charge(CAUSE.ioInterface, this.#costs["linux.uringSubmit"]);
    const wasSent = this.#path.send(core, this.#owner, opcode, drive, offset, bytes, tag, buffer);
    this.#isBlocked = !wasSent;
    if (!wasSent) return false;
    if (this.#isPolled) this.#pollList.add(tag, drive);
    requests.drop();
    return true;
  }

  /** The kernel thread looks for new entries and, with IOPOLL, for completions. */
  #kernelWait(ioPoll: IoPoll | undefined): Poll & { timeoutPs: number } {
    return {
      kind: "poll",
      timeoutPs: Number.POSITIVE_INFINITY,
      periodPs: this.#costs["linux.emptyPoll"] + (ioPoll?.wait.periodPs ?? 0),
      arm: (poller) => {
        this.#kernelThread.arm(poller);
        const visiblePs = ioPoll?.wait.arm(poller) ?? Number.POSITIVE_INFINITY;
        const hasEntries = this.#published.length > 0 && !this.#isBlocked;
        const workPs = Math.min(visiblePs, this.#arrived.earliestPs());
        return hasEntries ? Math.min(workPs, this.#publishedPs) : workPs;
      },
      disarm: () => {
        this.#kernelThread.disarm();
        ioPoll?.wait.disarm();
      },
    };
  }
}
