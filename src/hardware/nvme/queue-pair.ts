/**
 * NVMe queue pair: a submission and a completion queue shared by one host thread and one controller.
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
 * I3  The controller never overwrites a CQ entry that the host has not returned. [nvme2.0 §3.3.3.1]
 * I4  Every submitted command is polled exactly once.
 *
 * Not modelled: PRP lists, the admin queue, arbitration other than doorbell order.
 */
import { assert } from "../../base/assert.ts";
import { IntRing } from "../../base/ring.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { CommandTable, Opcode } from "./command-table.ts";
import type { CompletionWatch } from "./completion-watch.ts";
import type { InterruptVector } from "./interrupt-vector.ts";

/** What `poll` returns when no completion is visible; tags are ≥ 0. */
export const NO_COMPLETION = -1;

/** The controller's side, as a queue pair needs it. */
export interface DoorbellTarget {
  /** Handler that fetches from a queue pair, given its number. */
  readonly fetchHandler: number;
}

export class QueuePair {
  readonly index: number;
  readonly drive: number;
  readonly depth: number;
  /** Interrupt vector of the completion queue; undefined while the host polls. */
  vector: InterruptVector | undefined;
  /** Whoever polls this completion queue, perhaps among others; undefined: nobody. */
  watch: CompletionWatch | undefined;

  readonly #simulation: Simulation;
  readonly #commands: CommandTable;
  readonly #fetchHandler: number;

  readonly #submissionEntries: Int32Array;
  #submissionTail = 0;
  #submissionDoorbell = 0;
  #submissionHead = 0;

  readonly #completionEntries: Int32Array;
  readonly #completionPhases: Uint8Array;
  readonly #visiblePs: Float64Array;
  #completionTail = 0;
  #controllerPhase = 1;
  #completionHead = 0;
  #hostPhase = 1;
  #completionDoorbell = 0;
  readonly #stalled: IntRing;
  #outstanding = 0;

  constructor(
    index: number,
    drive: number,
    depth: number,
    simulation: Simulation,
    commands: CommandTable,
    controller: DoorbellTarget,
  ) {
    assert(depth >= 2, "a queue has at least two entries");
    this.index = index;
    this.drive = drive;
    this.depth = depth;
    this.#simulation = simulation;
    this.#commands = commands;
    this.#fetchHandler = controller.fetchHandler;
    this.#submissionEntries = new Int32Array(depth);
    this.#completionEntries = new Int32Array(depth);
    this.#completionPhases = new Uint8Array(depth);
    this.#visiblePs = new Float64Array(depth);
    this.#stalled = new IntRing(depth);
  }

  /** Commands submitted and not yet polled. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Whether `submit` would refuse. */
  get isFull(): boolean {
    return this.#outstanding >= this.depth - 1;
  }

  /** Commands that wait behind the SQ tail doorbell. */
  get unannounced(): number {
    return (this.#submissionTail - this.#submissionDoorbell + this.depth) % this.depth;
  }

  /** Places a command at the SQ tail; returns false, and does nothing, when the queue is full. */
  submit(opcode: Opcode, offset: number, bytes: number, tag: number): boolean {
    if (this.isFull) return false;
    const command = this.#commands.allocate(opcode, offset, bytes, tag, this.index);
    this.#submissionEntries[this.#submissionTail] = command;
    this.#submissionTail = this.#next(this.#submissionTail);
    this.#outstanding += 1;
    return true;
  }

  /** The host writes the SQ tail doorbell at `atPs`; the controller fetches from then on. */
  ringSubmissionDoorbell(atPs: number): void {
    this.#submissionDoorbell = this.#submissionTail;
    this.#simulation.schedule(atPs, this.#fetchHandler, this.index);
  }

  /** The controller takes the next announced command; undefined when there is none. */
  fetch(): number | undefined {
    if (this.#submissionHead === this.#submissionDoorbell) return undefined;
    const command = this.#submissionEntries[this.#submissionHead]!;
    this.#submissionHead = this.#next(this.#submissionHead);
    return command;
  }

  /** The controller posts the completion of `command`; the host can see it from `visiblePs` on. */
  post(command: number, visiblePs: number): void {
    if (this.#next(this.#completionTail) === this.#completionDoorbell) {
      this.#stalled.push(command);
      return;
    }
    this.#completionEntries[this.#completionTail] = command;
    this.#completionPhases[this.#completionTail] = this.#controllerPhase;
    this.#visiblePs[this.#completionTail] = visiblePs;
    this.#completionTail = this.#next(this.#completionTail);
    if (this.#completionTail === 0) this.#controllerPhase ^= 1;
    if (this.vector !== undefined) this.vector.completionPosted(visiblePs);
    if (this.watch !== undefined) this.watch.completionPosted(visiblePs);
  }

  /** When the oldest posted entry becomes (or became) visible; Infinity when none is posted. */
  earliestVisiblePs(): number {
    const head = this.#completionHead;
    if (this.#completionPhases[head] !== this.#hostPhase) return Number.POSITIVE_INFINITY;
    return this.#visiblePs[head]!;
  }

  /** Takes the next completion visible at `atPs`: its tag, or `NO_COMPLETION`. */
  poll(atPs: number): number {
    const head = this.#completionHead;
    if (this.#completionPhases[head] !== this.#hostPhase || this.#visiblePs[head]! > atPs) {
      return NO_COMPLETION;
    }
    const command = this.#completionEntries[head]!;
    this.#completionHead = this.#next(head);
    if (this.#completionHead === 0) this.#hostPhase ^= 1;
    this.#outstanding -= 1;
    if (this.watch !== undefined) this.watch.posted -= 1;
    const tag = this.#commands.tag(command);
    this.#commands.release(command);
    return tag;
  }

  /** The host writes the CQ head doorbell at `atPs`: entries polled so far may be overwritten. */
  ringCompletionDoorbell(atPs: number): void {
    this.#completionDoorbell = this.#completionHead;
    for (let left = this.#stalled.length; left > 0; left--) {
      const command = this.#stalled.shift();
      if (command !== undefined) this.post(command, atPs);
    }
  }

  #next(slot: number): number {
    return slot + 1 === this.depth ? 0 : slot + 1;
  }
}
