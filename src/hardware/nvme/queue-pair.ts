/**
 * NVMe queue pair: a submission and a completion queue shared by one host thread and one
 * controller.
 *
 * Interface for the host:
 * - `submit` places a command at the SQ tail; the controller sees it only after
 *   `ringSubmissionDoorbell`.
 * - `poll` takes the next completion that is visible, in order; call it until there is none.
 * - `ringCompletionDoorbell` returns the taken completion entries to the controller.
 * - With `vector` set, the controller sends an interrupt; with `watch` set, a polling core that has
 *   run out of work is told when the next entry becomes visible.
 * Interface for the controller: `fetch`, `post`.
 *
 * I1  0 ≤ outstanding < depth: one slot stays empty, to tell full from empty. [nvme2.0 §3.3.1]
 * I2  The phase tag of a CQ slot flips once per lap; a stale tag means "not yet". [nvme2.0 §4.2.4]
 *     Positions count up for ever: position modulo depth is the slot, the lap's parity the phase
 *     tag, and "not yet" is a head that has reached the tail.
 * I3  The controller never overwrites a CQ entry that the host has not returned. [nvme2.0 §3.3.3.1]
 * I4  Every submitted command is polled exactly once.
 *
 * Not modelled: PRP lists, the admin queue. Arbitration among queue pairs is the drive's.
 */
import { assert } from "../../base/assert.ts";
import type { CommandTable, Opcode } from "./command-table.ts";
import { NO_BUFFER } from "./command-table.ts";
import type { CompletionWatch } from "./completion-watch.ts";
import { EntryRing } from "./entry-ring.ts";
import type { InterruptVector } from "./interrupt-vector.ts";
import { IO_OK, type IoStatus } from "./status.ts";

/** What `poll` returns when no completion is visible; tags are ≥ 0. */
export const NO_COMPLETION = -1;
/** What `fetch` returns when no command is announced; commands are ≥ 0. */
export const NO_COMMAND = -1;

/** The controller's side, as a queue pair needs it. */
export interface DoorbellTarget {
  /** Fetches what has been announced on `queuePair`; its doorbell was written at `atPs`. */
  fetchFrom(queuePair: QueuePair, atPs: number): void;
}

export class QueuePair {
  readonly index: number;
  readonly drive: number;
  readonly depth: number;
  /** Interrupt vector of the completion queue; undefined while the host polls. */
  vector: InterruptVector | undefined;
  /** Whoever polls this completion queue, perhaps among others; undefined: nobody. */
  watch: CompletionWatch | undefined;
  /** How the command ended whose completion `poll` took last. */
  polledStatus: IoStatus = IO_OK;

  readonly #commands: CommandTable;
  readonly #controller: DoorbellTarget;

  /** Both queues: the entries between tail and head, however deep the queues are. */
  readonly #submissions = new EntryRing();
  readonly #completions = new EntryRing();
  #submissionTail = 0;
  #submissionDoorbell = 0;
  #submissionHead = 0;
  #completionTail = 0;
  #completionHead = 0;
  #completionDoorbell = 0;
  /** Completions that found the completion queue full, oldest first. */
  readonly #stalled: { readonly command: number; readonly visiblePs: number }[] = [];
  #outstanding = 0;
  #unannounced = 0;

  constructor(
    index: number,
    drive: number,
    depth: number,
    commands: CommandTable,
    controller: DoorbellTarget,
  ) {
    assert(depth >= 2, "a queue has at least two entries");
    this.index = index;
    this.drive = drive;
    this.depth = depth;
    this.#commands = commands;
    this.#controller = controller;
  }

  /** Commands submitted and not yet polled. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Commands that wait behind the SQ tail doorbell. */
  get unannounced(): number {
    return this.#unannounced;
  }

  /** Phase tag that the controller writes with the next completion. */
  get controllerPhase(): 0 | 1 {
    return (Math.floor(this.#completionTail / this.depth) & 1) === 0 ? 1 : 0;
  }

  /** Completions posted and not yet polled. */
  get postedCompletions(): number {
    return this.#completionTail - this.#completionHead;
  }

  /** Commands that can still be submitted. */
  get room(): number {
    return this.depth - 1 - this.#outstanding;
  }

  /** Whether `submit` would refuse. */
  get isFull(): boolean {
    return this.#outstanding >= this.depth - 1;
  }

  /**
   * Places a command at the SQ tail; returns false, and does nothing, when the queue is full.
   * @param buffer handle of the data's buffer in the array's command table.
   */
  submit(
    opcode: Opcode,
    offset: number,
    bytes: number,
    tag: number,
    buffer: number = NO_BUFFER,
  ): boolean {
    if (this.isFull) return false;
    const command = this.#commands.allocate(opcode, offset, bytes, tag, this.index, buffer);
    this.#submissions.write(this.#submissionTail, this.#submissionHead, command, 0);
    this.#submissionTail += 1;
    this.#outstanding += 1;
    this.#unannounced += 1;
    return true;
  }

  /**
   * The host writes the SQ tail doorbell at `atPs`, now or later; the controller fetches at that
   * moment.
   */
  ringSubmissionDoorbell(atPs: number): void {
    this.#submissionDoorbell = this.#submissionTail;
    this.#unannounced = 0;
    this.#controller.fetchFrom(this, atPs);
  }

  /** The controller takes the next announced command, or gets `NO_COMMAND`. */
  fetch(): number {
    if (this.#submissionHead === this.#submissionDoorbell) return NO_COMMAND;
    const command = this.#submissions.command(this.#submissionHead);
    this.#submissionHead += 1;
    return command;
  }

  /**
   * The controller posts the completion of `command`; the host can see it from `visiblePs` on.
   *
   * Entries lie in the order of those moments, not of the calls: a write may be announced before
   * data that is on the link, and yet complete after it.
   */
  post(command: number, visiblePs: number): void {
    if (this.#completionTail - this.#completionDoorbell >= this.depth - 1) {
      this.#stalled.push({ command, visiblePs });
      return;
    }
    const entries = this.#completions;
    const oldest = this.#completionDoorbell;
    let slot = this.#completionTail;
    while (slot > this.#completionHead && entries.visiblePs(slot - 1) > visiblePs) {
      entries.write(slot, oldest, entries.command(slot - 1), entries.visiblePs(slot - 1));
      slot -= 1;
    }
    entries.write(slot, oldest, command, visiblePs);
    this.#completionTail += 1;
    if (this.vector !== undefined) this.vector.completionPosted(visiblePs);
    if (this.watch !== undefined) this.watch.completionPosted(visiblePs);
  }

  /** When the oldest posted entry becomes (or became) visible; Infinity when none is posted. */
  earliestVisiblePs(): number {
    if (this.#completionHead === this.#completionTail) return Number.POSITIVE_INFINITY;
    return this.#completions.visiblePs(this.#completionHead);
  }

  /** Takes the next completion visible at `atPs`: its tag, or `NO_COMPLETION`. */
  poll(atPs: number): number {
    const head = this.#completionHead;
    if (head === this.#completionTail || this.#completions.visiblePs(head) > atPs) {
      return NO_COMPLETION;
    }
    const command = this.#completions.command(head);
    this.#completionHead = head + 1;
    this.#outstanding -= 1;
    if (this.watch !== undefined) this.watch.posted -= 1;
    const tag = this.#commands.tag(command);
    this.polledStatus = this.#commands.status(command);
    this.#commands.release(command);
    return tag;
  }

  /** The host writes the CQ head doorbell at `atPs`: entries polled so far may be overwritten. */
  ringCompletionDoorbell(atPs: number): void {
    this.#completionDoorbell = this.#completionHead;
    if (this.#stalled.length === 0) return;
    for (const { command, visiblePs } of this.#stalled.splice(0)) {
      this.post(command, Math.max(visiblePs, atPs));
    }
  }
}
