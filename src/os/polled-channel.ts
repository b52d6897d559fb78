/**
 * A thread's own NVMe queue pairs, one per drive, polled without a kernel.
 *
 * It visits its queue pairs in turn. On arrival it rings the SQ doorbell for what was submitted since
 * the last visit; it takes the completions it can see; on leaving it rings the CQ doorbell if it took
 * any. So doorbells are batched by whatever a round finds, as SPDK's delayed submission does.
 * [spdk lib/nvme/nvme_pcie_common.c nvme_pcie_qpair_process_completions, delay_cmd_submit]
 */
import type { Core } from "../hardware/cpu/core.ts";
import { CAUSE } from "../hardware/cpu/ledger.ts";
import type { Opcode } from "../hardware/nvme/command-table.ts";
import type { NvmeArray } from "../hardware/nvme/nvme-array.ts";
import type { QueuePair } from "../hardware/nvme/queue-pair.ts";
import { NO_COMPLETION } from "../hardware/nvme/queue-pair.ts";
import type { IoChannel, Poll, Thread, Wait } from "./model.ts";
import { PreparedRequests } from "./prepared-requests.ts";

/** What the steps of a polled driver take, in picoseconds. */
export interface PolledCosts {
  /** Building one command in the submission queue. */
  readonly submitPs: number;
  /** One MMIO write to a doorbell register. */
  readonly doorbellPs: number;
  /** Taking one completion and calling its owner back. */
  readonly completePs: number;
  /** Looking at one queue pair that has nothing. */
  readonly emptyPollPs: number;
}

/** `waitFor` set to notify one handler of every queue pair's completions. */
export function pollOf(queuePairs: readonly QueuePair[], periodPs: number): Poll {
  return {
    kind: "poll",
    periodPs,
    arm(handler, argument) {
      let earliestPs = Number.POSITIVE_INFINITY;
      for (const queuePair of queuePairs) {
        queuePair.waiterHandler = handler;
        queuePair.waiterArgument = argument;
        const visiblePs = queuePair.earliestVisiblePs();
        if (visiblePs < earliestPs) earliestPs = visiblePs;
      }
      return earliestPs;
    },
    disarm() {
      for (const queuePair of queuePairs) queuePair.waiterHandler = -1;
    },
  };
}

/** Most completions that one `reap` returns. */
export const REAP_MAX = 64;

export class PolledChannel implements IoChannel {
  readonly depth: number;
  readonly completed = new Int32Array(REAP_MAX);
  readonly completionWait: Wait;

  readonly #thread: Thread;
  readonly #core: Core;
  readonly #costs: PolledCosts;
  readonly #queuePairs: readonly QueuePair[];
  readonly #prepared: PreparedRequests;
  #visiting = 0;
  #hasArrived = false;
  #taken = 0;

  /** @param queueDepth entries of each queue pair. */
  constructor(
    thread: Thread,
    array: NvmeArray,
    depth: number,
    queueDepth: number,
    costs: PolledCosts,
  ) {
    this.depth = depth;
    this.#thread = thread;
    this.#core = thread.core;
    this.#costs = costs;
    this.#queuePairs = array.drives.map((_, drive) => array.createQueuePair(drive, queueDepth));
    this.#prepared = new PreparedRequests(depth);
    this.completionWait = pollOf(
      this.#queuePairs,
      costs.emptyPollPs * this.#queuePairs.length,
    );
  }

  prepare(opcode: Opcode, drive: number, offset: number, bytes: number, tag: number): void {
    this.#prepared.push(opcode, drive, offset, bytes, tag);
  }

  submit(): void {
    const prepared = this.#prepared;
    while (prepared.length > 0) {
      const queuePair = this.#queuePairs[prepared.drive]!;
      if (queuePair.isFull) return;
      this.#core.charge(CAUSE.driver, this.#costs.submitPs);
      queuePair.submit(prepared.opcode, prepared.offset, prepared.bytes, prepared.tag);
      prepared.drop();
    }
  }

  reap(limit: number): number {
    const most = Math.min(limit, REAP_MAX);
    let found = 0;
    let left = 0;
    this.submit();
    while (found < most && left <= this.#queuePairs.length && !this.#thread.isAhead()) {
      const queuePair = this.#queuePairs[this.#visiting]!;
      if (!this.#hasArrived) this.#arriveAt(queuePair);
      const tag = queuePair.poll(this.#core.cursorPs);
      if (tag === NO_COMPLETION) {
        this.#leave(queuePair);
        left += 1;
      } else {
        this.#core.charge(CAUSE.pollingUseful, this.#costs.completePs);
        this.#taken += 1;
        this.completed[found++] = tag;
      }
    }
    return found;
  }

  #arriveAt(queuePair: QueuePair): void {
    this.#hasArrived = true;
    this.#taken = 0;
    if (queuePair.unannounced === 0) return;
    this.#core.charge(CAUSE.driver, this.#costs.doorbellPs);
    queuePair.ringSubmissionDoorbell(this.#core.cursorPs);
  }

  #leave(queuePair: QueuePair): void {
    if (this.#taken > 0) {
      this.#core.charge(CAUSE.driver, this.#costs.doorbellPs);
      queuePair.ringCompletionDoorbell(this.#core.cursorPs);
    }
    this.#hasArrived = false;
    this.#visiting = this.#visiting + 1 === this.#queuePairs.length ? 0 : this.#visiting + 1;
  }
}
