/** A thread's own queue pairs, with interrupts: the handler wakes the thread. */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { GuestTimes } from "../../../hardware/guest.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import {
  type CommandTable,
  FLUSH,
  FLUSH_METADATA,
  NO_BUFFER,
  type Opcode,
} from "../../../hardware/nvme/command-table.ts";
import type { QueuePair } from "../../../hardware/nvme/queue-pair.ts";
import type { IoStatus } from "../../../hardware/nvme/status.ts";
import { CompletionRing } from "../../completion-ring.ts";
import { announce } from "../../isolation/announce.ts";
import type { CompletionSink, NvmeInterrupts } from "../../kernel/nvme-interrupts.ts";
import type { IoChannel, Sleep, Thread } from "../../model.ts";
import { REAP_MAX } from "../../polled-channel.ts";
import { PreparedRequests } from "../../prepared-requests.ts";

/** What the steps take, in picoseconds. */
export interface InterruptChannelCosts {
  readonly submitPs: number;
  readonly doorbellPs: number;
  readonly wakeUpPs: number;
}

export class InterruptChannel implements IoChannel, CompletionSink {
  readonly depth: number;
  readonly completed = new Int32Array(REAP_MAX);
  readonly completedStatus = new Uint8Array(REAP_MAX);

  readonly #thread: Thread;
  readonly #costs: InterruptChannelCosts;
  readonly #commands: CommandTable;
  readonly #guest: GuestTimes | undefined;
  readonly #queuePairs: readonly QueuePair[];
  readonly #prepared: PreparedRequests;
  readonly #done = new CompletionRing();
  readonly completionWait: Sleep = { kind: "sleep", earliestPs: () => this.#done.earliestPs() };

  constructor(
    thread: Thread,
    machine: HostMachine,
    interrupts: NvmeInterrupts,
    depth: number,
    queueDepth: number,
    costs: InterruptChannelCosts,
  ) {
    this.depth = depth;
    this.#thread = thread;
    this.#costs = costs;
    const { array } = machine;
    this.#guest = machine.guest;
    this.#commands = array.commands;
    this.#queuePairs = array.drives.map((_, drive) => array.createQueuePair(drive, queueDepth));
    for (const queuePair of this.#queuePairs) interrupts.attach(queuePair, thread.core, this);
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
    const handle = buffer === undefined ? NO_BUFFER : this.#commands.hold(buffer);
    // There is no file, so its metadata is nobody's.
    const command = opcode === FLUSH_METADATA ? FLUSH : opcode;
    this.#prepared.push(command, drive, offset, bytes, tag, handle);
  }

  submit(): void {
    const requests = this.#prepared;
    while (requests.length > 0) {
      const queuePair = this.#queuePairs[requests.drive]!;
      if (queuePair.isFull) break;
      this.#thread.core.charge(CAUSE.driver, this.#costs.submitPs);
      const { opcode, offset, bytes, tag, buffer } = requests;
      queuePair.submit(opcode, offset, bytes, tag, buffer);
      requests.drop();
      // Consecutive requests to one drive share a doorbell.
      const isLastForDrive = requests.length === 0 || requests.drive !== queuePair.drive;
      if (isLastForDrive) this.#ring(queuePair);
    }
    for (const queuePair of this.#queuePairs) {
      if (queuePair.unannounced > 0) this.#ring(queuePair);
    }
  }

  reap(limit: number): number {
    const most = Math.min(limit, REAP_MAX);
    this.submit();
    let found = 0;
    while (found < most) {
      const tag = this.#done.take(this.#thread.core.cursorPs);
      if (tag < 0) break;
      this.completedStatus[found] = this.#done.takenStatus;
      this.completed[found++] = tag;
    }
    return found;
  }

  complete(tag: number, _drive: number, core: Core, atPs: number, status: IoStatus): number {
    const tookPs = this.#thread.isSleeping ? core.charge(CAUSE.wakeUp, this.#costs.wakeUpPs) : 0;
    this.#done.push(tag, atPs + tookPs, status);
    this.#thread.wake(atPs + tookPs);
    return tookPs;
  }

  #ring(queuePair: QueuePair): void {
    const { core } = this.#thread;
    core.charge(CAUSE.driver, this.#costs.doorbellPs);
    announce(core, queuePair, this.#guest);
  }
}
