/**
 * IOPOLL: a thread inside the kernel polls the completion queues of its own requests.
 *
 * [linux-5.x drivers/nvme/host/pci.c nvme_poll; needs the module parameter nvme.poll_queues]
 */
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { CompletionWatch } from "../../../hardware/nvme/completion-watch.ts";
import type { QueuePair } from "../../../hardware/nvme/queue-pair.ts";
import { NO_COMPLETION } from "../../../hardware/nvme/queue-pair.ts";
import type { RequestPath } from "../../kernel/request-path.ts";
import type { Poll, Thread } from "../../model.ts";
import type { LinuxCosts } from "../costs.ts";

export class IoPoll {
  /** What a thread yields when no poll finds anything. */
  readonly wait: Poll;
  readonly #path: RequestPath;
  readonly #queuePairs: readonly QueuePair[];
  readonly #watch: CompletionWatch;
  readonly #completionEntryPs: number;
  #next = 0;
  /** Whether the last `pollOnce` has looked at every queue pair to its end. */
  isRoundOver = true;
  /** Whether the look-ahead has ended it. */
  #isCut = false;

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
      // A round that the look-ahead has cut goes on: what it has found may end only after it.
      arm: (poller) => (this.#isCut ? Number.NEGATIVE_INFINITY : this.#watch.arm(poller)),
      disarm: () => this.#watch.disarm(),
    };
  }

  /** Takes up to `most` completions from the queue pairs in turn and finishes their requests. */
  pollOnce(thread: Thread, most: number): number {
    const { core } = thread;
    const found = this.#poll(thread, most);
    this.#isCut = !this.isRoundOver && found < most;
    if (!this.#isCut) this.#path.handlerReturned(core, core.cursorPs);
    return found;
  }

  #poll(thread: Thread, most: number): number {
    const { core } = thread;
    this.isRoundOver = true;
    if (this.#watch.posted === 0) return 0;
    let found = 0;
    let left = 0;
    while (found < most && left < this.#queuePairs.length) {
      const queuePair = this.#queuePairs[this.#next]!;
      const tag = queuePair.poll(core.cursorPs);
      if (tag === NO_COMPLETION) {
        queuePair.ringCompletionDoorbell(core.cursorPs);
        this.#next = this.#next + 1 === this.#queuePairs.length ? 0 : this.#next + 1;
        left += 1;
      } else {
        core.charge(CAUSE.pollingUseful, this.#completionEntryPs);
        const status = queuePair.polledStatus;
        this.#path.complete(tag, queuePair.drive, core, core.cursorPs, status);
        found += 1;
        if (thread.isAhead()) break;
      }
    }
    this.isRoundOver = left === this.#queuePairs.length;
    // What was taken is given back even if more is there, or the completion queue fills up.
    if (!this.isRoundOver) {
      this.#queuePairs[this.#next]!.ringCompletionDoorbell(core.cursorPs);
    }
    return found;
  }
}
