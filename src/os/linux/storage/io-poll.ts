/**
 * IOPOLL: a thread inside the kernel polls the completion queues of its own requests.
 *
 * A pass begins with the queue of the oldest request, takes all that is in it, and ends.
 * [linux-5.x fs/io_uring.c io_do_iopoll; drivers/nvme/host/pci.c nvme_poll; needs the module
 * parameter nvme.poll_queues]
 */
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { CompletionWatch } from "../../../hardware/nvme/completion-watch.ts";
import type { QueuePair } from "../../../hardware/nvme/queue-pair.ts";
import { NO_COMPLETION } from "../../../hardware/nvme/queue-pair.ts";
import type { RequestPath } from "../../kernel/request-path.ts";
import type { Poll, Thread } from "../../model.ts";
import type { LinuxCosts } from "../costs.ts";
import type { PollList } from "./poll-list.ts";

export class IoPoll {
  /** What a thread yields when no poll finds anything. */
  readonly wait: Poll;
  readonly #path: RequestPath;
  readonly #queuePairs: readonly QueuePair[];
  readonly #watch: CompletionWatch;
  readonly #completionEntryPs: number;
  /** The queue pair that this pass looks at, and how many it may still look at. */
  #next = 0;
  #left = 0;
  /** Whether this pass has found something. */
  #hasFound = false;
  /** Whether the look-ahead, and not what it stands for, has ended the last pass. */
  isCut = false;

  /** @param queuePairs the polling core's own, one per drive. */
  constructor(path: RequestPath, queuePairs: readonly QueuePair[], costs: LinuxCosts) {
    this.#path = path;
    this.#queuePairs = queuePairs;
    this.#completionEntryPs = costs["kernel.completionEntry"];
    this.#watch = new CompletionWatch(queuePairs);
    this.wait = {
      kind: "poll",
      periodPs: costs["linux.emptyPoll"] * queuePairs.length,
      timeoutPs: Number.POSITIVE_INFINITY,
      // A pass that the look-ahead has cut goes on: what it has found may end only after it.
      arm: (poller) => (this.isCut ? Number.NEGATIVE_INFINITY : this.#watch.arm(poller)),
      disarm: () => this.#watch.disarm(),
    };
  }

  /**
   * One pass for `list`: unless its oldest request has finished, empties the queue pair of that one
   * or, if it has nothing, the next one that has.
   */
  poll(thread: Thread, list: PollList): void {
    const { core } = thread;
    if (!this.isCut) {
      const isNeeded = this.#watch.posted > 0 && !list.isOldestFinished;
      this.#left = isNeeded ? this.#queuePairs.length : 0;
      if (isNeeded) this.#next = list.oldestDrive;
      this.#hasFound = list.hasFinished;
    }
    this.isCut = false;
    while (this.#left > 0) {
      const queuePair = this.#queuePairs[this.#next]!;
      const tag = queuePair.poll(core.cursorPs);
      if (tag !== NO_COMPLETION) {
        core.charge(CAUSE.pollingUseful, this.#completionEntryPs);
        const status = queuePair.polledStatus;
        this.#path.complete(tag, queuePair.drive, core, core.cursorPs, status);
        this.#hasFound = true;
        this.isCut = thread.isAhead();
        if (this.isCut) return;
        continue;
      }
      queuePair.ringCompletionDoorbell(core.cursorPs);
      if (this.#hasFound) break;
      this.#next = this.#next + 1 === this.#queuePairs.length ? 0 : this.#next + 1;
      this.#left -= 1;
    }
    this.#path.handlerReturned(core, core.cursorPs);
  }
}
