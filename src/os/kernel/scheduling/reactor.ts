/**
 * A worker's own loop over its tasks' I/O: one channel, shared by all tasks of a core.
 *
 * A task prepares requests on its view of the channel and waits; the worker hands over what its
 * tasks have prepared and looks for completions after every few tasks, or when no task can run. A
 * completion goes to the view that the request came from, and makes its task runnable.
 *
 * I1  A slot (the tag on the worker's channel) belongs to one request from its preparation to its
 *     completion.
 *
 * A worker may also hand over each task's requests at once, by a call of their own.
 *
 * Not modelled: a task that prepares and then computes for long: its requests wait for the loop.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import type { Opcode } from "../../../hardware/nvme/command-table.ts";
import type { IoStatus } from "../../../hardware/nvme/status.ts";
import type { Simulation } from "../../../sim/simulation.ts";
import { CompletionRing } from "../../completion-ring.ts";
import type { IoChannel, Sleep, StorageFacet, Thread, Wait } from "../../model.ts";
import { REAP_MAX } from "../../polled-channel.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** How the tasks of a core share its worker's channel. */
export interface SharedChannel {
  /** Requests that it keeps outstanding. */
  readonly depth: number;
  /** Whether what a task prepares is handed over at once, instead of by the worker's loop. */
  readonly submitsAtOnce?: boolean;
}

/** What a worker has that a plain core has not. */
export interface WorkerParts {
  readonly reactor?: Reactor | undefined;
  readonly dispatcher?: Dispatcher | undefined;
}

/** What the worker's run queue tells about it. */
export interface WorkerState {
  readonly core: Core;
  readonly simulation: Simulation;
  readonly lookaheadPs: number;
  readonly isWorkerAsleep: boolean;
}

export class Reactor {
  /** Called when an idle worker should look, at the given moment. */
  onNews: (atPs: number) => void = () => {};
  worker: WorkerState | undefined;
  readonly #shared: SharedChannel;
  #channel: IoChannel | undefined;
  #outstanding = 0;
  /** Request in each slot: whose it is, and its own tag. */
  readonly #views: TaskChannel[] = [];
  readonly #tags: number[] = [];
  readonly #freeSlots: number[] = [];

  constructor(shared: SharedChannel) {
    this.#shared = shared;
  }

  /** From now on tasks may do I/O here: opens the worker's channel. */
  connect(storage: StorageFacet): void {
    this.#channel ??= storage.openChannel(this.#workerThread(), this.#shared.depth);
  }

  /** Whether completions will come. */
  get isExpecting(): boolean {
    return this.#outstanding > 0;
  }

  /** Whether the last look is not over: the worker has to look again before a task may run. */
  get isCut(): boolean {
    const channel = this.#channel;
    if (this.#outstanding === 0 || channel === undefined) return false;
    return channel.isCut === true || channel.isSubmitting === true;
  }

  /** What the worker waits for when no task can run. */
  get wait(): Wait | undefined {
    return this.#channel?.completionWait;
  }

  /** That, if the worker sleeps in it. */
  get sleep(): Sleep | undefined {
    const { wait } = this;
    return wait?.kind === "sleep" ? wait : undefined;
  }

  prepare(
    view: TaskChannel,
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer: Uint8Array | undefined,
  ): void {
    const slot = this.#freeSlots.pop() ?? this.#views.length;
    this.#views[slot] = view;
    this.#tags[slot] = tag;
    this.#outstanding += 1;
    this.#channel!.prepare(opcode, drive, offset, bytes, slot, buffer);
  }

  /** A task has prepared what it wants. */
  submitted(): void {
    if (this.#shared.submitsAtOnce === true) this.#channel!.submit();
  }

  /** One round of the worker's loop: hands over, and passes on what is complete. */
  look(): void {
    const channel = this.#channel;
    // A round of polling that the look-ahead has cut ends, even if it has found all there was.
    if (channel === undefined || (this.#outstanding === 0 && !channel.isCut)) return;
    channel.submit(true);
    if (channel.isSubmitting === true) return;
    const found = channel.reap(REAP_MAX);
    const { cursorPs } = this.worker!.core;
    this.#outstanding -= found;
    for (let position = 0; position < found; position++) {
      const slot = channel.completed[position]!;
      this.#freeSlots.push(slot);
      const status = channel.completedStatus[position]! as IoStatus;
      this.#views[slot]!.complete(this.#tags[slot]!, cursorPs, status);
    }
  }

  /** The worker as the storage facet sees it. */
  #workerThread(): Thread {
    const worker = this.worker!;
    return {
      core: worker.core,
      switches: 0,
      get isSleeping() {
        return worker.isWorkerAsleep;
      },
      isAhead: () => worker.core.cursorPs > worker.simulation.nowPs + worker.lookaheadPs,
      wake: (atPs) => this.onNews(atPs),
      unpark: (other) => other.wake(worker.core.cursorPs, worker.core),
      maskPreemption: () => {},
      unmaskPreemption: () => {},
    };
  }
}

/**
 * A task's view of its worker's channel; one that may move hands its requests to the worker that
 * it runs on then.
 */
export class TaskChannel implements IoChannel {
  readonly depth: number;
  readonly completed = new Int32Array(REAP_MAX);
  readonly completedStatus = new Uint8Array(REAP_MAX);
  readonly #task: Thread;
  readonly #reactor: () => Reactor;
  readonly #done = new CompletionRing();
  readonly completionWait: Sleep = { kind: "sleep", earliestPs: () => this.#done.earliestPs() };

  /** @param reactor the loop of the worker that the task runs on now. */
  constructor(task: Thread, reactor: () => Reactor, depth: number) {
    this.#task = task;
    this.#reactor = reactor;
    this.depth = depth;
  }

  prepare(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer?: Uint8Array,
  ): void {
    this.#reactor().prepare(this, opcode, drive, offset, bytes, tag, buffer);
  }

  submit(): void {
    this.#reactor().submitted();
  }

  reap(limit: number): number {
    const most = Math.min(limit, REAP_MAX);
    let found = 0;
    while (found < most) {
      const tag = this.#done.take(this.#task.core.cursorPs);
      if (tag < 0) break;
      this.completedStatus[found] = this.#done.takenStatus;
      this.completed[found++] = tag;
    }
    return found;
  }

  complete(tag: number, atPs: number, status: IoStatus): void {
    this.#done.push(tag, atPs, status);
    this.#task.wake(atPs);
  }
}
