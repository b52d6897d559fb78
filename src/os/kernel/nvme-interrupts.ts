/**
 * The kernel's side of NVMe interrupts: handler, completion queue, and the request's owner.
 *
 * The handler steals its time from whatever runs on the core. It takes every entry that it can see,
 * rings the CQ head doorbell once and returns. [linux-5.x drivers/nvme/host/pci.c nvme_irq]
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { InterruptVector, NO_COALESCING } from "../../hardware/nvme/interrupt-vector.ts";
import type { Coalescing } from "../../hardware/nvme/interrupt-vector.ts";
import type { QueuePair } from "../../hardware/nvme/queue-pair.ts";
import { NO_COMPLETION } from "../../hardware/nvme/queue-pair.ts";
import type { Simulation } from "../../sim/simulation.ts";

/** Whoever submitted a command and wants to know of its completion. */
export interface CompletionSink {
  /** Finishes the request `tag` of `drive` on `core` at `atPs`; returns how long that took. */
  complete(tag: number, drive: number, core: Core, atPs: number): number;
}

export interface InterruptCosts {
  readonly entryPs: number;
  readonly completionEntryPs: number;
}

interface Line {
  readonly queuePair: QueuePair;
  readonly vector: InterruptVector;
  readonly core: Core;
  readonly sink: CompletionSink;
}

export class NvmeInterrupts {
  /** Interrupts taken so far. */
  count = 0;

  readonly #simulation: Simulation;
  readonly #machine: HostMachine;
  readonly #costs: InterruptCosts;
  readonly #coalescing: Coalescing;
  readonly #handler: number;
  readonly #lines: Line[] = [];
  /** When the handler that runs on each core returns. */
  readonly #busyUntilPs: Float64Array;

  constructor(
    simulation: Simulation,
    machine: HostMachine,
    costs: InterruptCosts,
    coalescing: Coalescing = NO_COALESCING,
  ) {
    this.#simulation = simulation;
    this.#machine = machine;
    this.#costs = costs;
    this.#coalescing = coalescing;
    this.#handler = simulation.register({ handle: (line) => this.#interrupt(line) });
    this.#busyUntilPs = new Float64Array(machine.cores.length);
  }

  /** From now on completions of `queuePair` interrupt `core` and reach `sink`. */
  attach(queuePair: QueuePair, core: Core, sink: CompletionSink): void {
    const vector = new InterruptVector(
      this.#simulation,
      this.#handler,
      this.#lines.length,
      this.#machine.interruptDeliveryPs,
      this.#coalescing,
    );
    queuePair.vector = vector;
    this.#lines.push({ queuePair, vector, core, sink });
  }

  #interrupt(index: number): void {
    const line = this.#lines[index]!;
    if (!line.vector.isDue()) return;
    const { core, queuePair } = line;
    const nowPs = this.#simulation.nowPs;
    let atPs = Math.max(nowPs, this.#busyUntilPs[core.index]!);
    if (!core.isOccupied && core.cursorPs < nowPs) {
      core.passUntil(nowPs + this.#machine.idleExitPs, CAUSE.idle);
      atPs = core.cursorPs;
    }
    this.count += 1;
    atPs += core.charge(CAUSE.interrupt, this.#costs.entryPs);
    for (let tag = queuePair.poll(atPs); tag !== NO_COMPLETION; tag = queuePair.poll(atPs)) {
      atPs += core.charge(CAUSE.completion, this.#costs.completionEntryPs);
      atPs += line.sink.complete(tag, queuePair.drive, core, atPs);
    }
    queuePair.ringCompletionDoorbell(atPs);
    this.#busyUntilPs[core.index] = atPs;
    line.vector.served(queuePair.earliestVisiblePs());
  }
}
