/**
 * A thread's own NVMe queue pairs, one per drive, polled without a kernel.
 *
 * It visits its queue pairs in turn: it takes the completions that it can see, then rings the CQ
 * doorbell if it took any and the SQ doorbell if commands were written meanwhile. So doorbells are
 * batched by whatever a round finds, as SPDK's delayed submission does.
 * [spdk-source lib/nvme/nvme_pcie_common.c nvme_pcie_qpair_process_completions, delay_cmd_submit]
 */
import type { Core } from "../hardware/cpu/core.ts";
import { CAUSE } from "../hardware/cpu/ledger.ts";
import type { GuestTimes } from "../hardware/guest.ts";
import type { HostMachine } from "../hardware/host-machine.ts";
import {
  type CommandTable,
  FLUSH,
  FLUSH_METADATA,
  NO_BUFFER,
  type Opcode,
} from "../hardware/nvme/command-table.ts";
import { CompletionWatch } from "../hardware/nvme/completion-watch.ts";
import type { QueuePair } from "../hardware/nvme/queue-pair.ts";
import { NO_COMPLETION } from "../hardware/nvme/queue-pair.ts";
import { announce } from "./isolation/announce.ts";
import type { IoChannel, Poll, Thread } from "./model.ts";
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

/** Most completions that one `reap` returns. */
export const REAP_MAX = 64;

/** How a polled driver uses its queue pairs. */
export interface PolledLimits {
  /** Entries of each queue pair. */
  readonly queueDepth: number;
  /** Most commands that one queue pair has in flight. */
  readonly inFlightMax: number;
  /** Most completions that one visit takes. */
  readonly visitMax: number;
}

export class PolledChannel implements IoChannel {
  readonly depth: number;
  readonly completed = new Int32Array(REAP_MAX);
  readonly completedStatus = new Uint8Array(REAP_MAX);
  readonly completionWait: Poll;
  readonly callsBack = true;
  isCut = false;

  readonly #thread: Thread;
  readonly #costs: PolledCosts;
  readonly #commands: CommandTable;
  readonly #guest: GuestTimes | undefined;
  readonly #queuePairs: readonly QueuePair[];
  readonly #watch: CompletionWatch;
  readonly #limits: PolledLimits;
  /** Requests that found their queue pair full. */
  readonly #postponed = new PreparedRequests();
  #visiting = 0;
  /** Completions taken during this visit. */
  #taken = 0;
  /** Commands written since their queue pair's doorbell was last rung. */
  #unannounced = 0;

  constructor(
    thread: Thread,
    machine: HostMachine,
    depth: number,
    limits: PolledLimits,
    costs: PolledCosts,
  ) {
    this.depth = depth;
    this.#thread = thread;
    this.#costs = costs;
    const { array } = machine;
    this.#guest = machine.guest;
    this.#commands = array.commands;
    this.#queuePairs = array.drives.map((_, drive) =>
      array.createQueuePair(drive, limits.queueDepth),
    );
    this.#watch = new CompletionWatch(this.#queuePairs);
    this.#limits = limits;
    this.completionWait = {
      kind: "poll",
      periodPs: costs.emptyPollPs * this.#queuePairs.length,
      timeoutPs: Number.POSITIVE_INFINITY,
      arm: (poller) => this.#watch.arm(poller),
      disarm: () => this.#watch.disarm(),
    };
  }

  /** The core that the thread runs on now: where it shares a queue of threads it may move. */
  get #core(): Core {
    return this.#thread.core;
  }

  prepare(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer?: Uint8Array,
  ): void {
    const handle = buffer === undefined ? NO_BUFFER : this.#commands.hold(buffer);
    // Nobody looks at the submission queue before its doorbell, so the command goes there at once.
    if (this.#postponed.length > 0 || !this.#write(opcode, drive, offset, bytes, tag, handle)) {
      this.#postponed.push(opcode, drive, offset, bytes, tag, handle);
    }
  }

  submit(): void {
    const postponed = this.#postponed;
    while (postponed.length > 0) {
      const { opcode, drive, offset, bytes, tag, buffer } = postponed;
      if (!this.#write(opcode, drive, offset, bytes, tag, buffer)) return;
      postponed.drop();
    }
  }

  reap(limit: number): number {
    const core = this.#core;
    this.isCut = false;
    this.submit();
    if (this.#watch.posted === 0 && this.#unannounced === 0 && this.#taken === 0) {
      core.charge(CAUSE.pollingEmpty, this.completionWait.periodPs);
      return 0;
    }
    const most = Math.min(limit, REAP_MAX);
    const queuePairs = this.#queuePairs;
    const { visitMax } = this.#limits;
    let found = 0;
    for (let left = 0; left <= queuePairs.length; left++) {
      const queuePair = queuePairs[this.#visiting]!;
      const { cursorPs } = core;
      while (found < most && this.#taken < visitMax) {
        const tag = queuePair.poll(cursorPs);
        if (tag === NO_COMPLETION) break;
        core.charge(CAUSE.pollingUseful, this.#costs.completePs);
        this.#taken += 1;
        this.completedStatus[found] = queuePair.polledStatus;
        this.completed[found++] = tag;
        if (this.#thread.isAhead()) {
          this.isCut = true;
          return found;
        }
      }
      if (found === most) return found;
      this.#leave(queuePair);
    }
    return found;
  }

  /** Writes a command into its submission queue; returns false when there is no room. */
  #write(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer: number,
  ): boolean {
    const queuePair = this.#queuePairs[drive]!;
    if (queuePair.outstanding >= this.#limits.inFlightMax) return false;
    this.#core.charge(CAUSE.driver, this.#costs.submitPs);
    // There is no file, so its metadata is nobody's.
    const command = opcode === FLUSH_METADATA ? FLUSH : opcode;
    queuePair.submit(command, offset, bytes, tag, buffer);
    this.#unannounced += 1;
    return true;
  }

  /**
   * The end of a visit: entries go back, and what was written since the last visit is announced.
   */
  #leave(queuePair: QueuePair): void {
    const core = this.#core;
    const { doorbellPs, emptyPollPs } = this.#costs;
    if (this.#taken > 0) {
      core.charge(CAUSE.driver, doorbellPs);
      queuePair.ringCompletionDoorbell(core.cursorPs);
    } else core.charge(CAUSE.pollingEmpty, emptyPollPs);
    const unannounced = queuePair.unannounced;
    if (unannounced > 0) {
      core.charge(CAUSE.driver, doorbellPs);
      announce(core, queuePair, this.#guest);
      this.#unannounced -= unannounced;
    }
    this.#taken = 0;
    this.#visiting = this.#visiting + 1 === this.#queuePairs.length ? 0 : this.#visiting + 1;
  }
}
