/**
 * The kernel's side of NVMe interrupts: handler, completion queue, and the request's owner.
 *
 * The handler steals its time from whatever runs on the core. It takes every entry that it can see,
 * rings the CQ head doorbell once and returns. [linux-5.x drivers/nvme/host/pci.c nvme_irq]
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import type { Coalescing, InterruptTarget } from "../../hardware/nvme/interrupt-vector.ts";
import { InterruptVector, NO_COALESCING } from "../../hardware/nvme/interrupt-vector.ts";
import type { QueuePair } from "../../hardware/nvme/queue-pair.ts";
import { NO_COMPLETION } from "../../hardware/nvme/queue-pair.ts";
import type { IoStatus } from "../../hardware/nvme/status.ts";
import type { Simulation } from "../../sim/simulation.ts";

/** Whoever submitted a command and wants to know of its completion. */
export interface CompletionSink {
  /**
   * Finishes the request `tag` of `drive`, which ended with `status`, on `core` at `atPs`; returns
   * how long that took.
   */
  complete(tag: number, drive: number, core: Core, atPs: number, status: IoStatus): number;
  /** The handler that has finished requests on `core` has returned at `atPs`. */
  handlerReturned?(core: Core, atPs: number): void;
}

export interface InterruptCosts {
  readonly entryPs: number;
  readonly completionEntryPs: number;
}

/** What Linux's handler takes, of a backend that is a Linux. */
export function kernelInterruptCosts(
  costs: Readonly<Record<"kernel.interruptEntry" | "kernel.completionEntry", number>>,
): InterruptCosts {
  return {
    entryPs: costs["kernel.interruptEntry"],
    completionEntryPs: costs["kernel.completionEntry"],
  };
}

interface Line {
  readonly queuePair: QueuePair;
  readonly vector: InterruptVector;
  readonly core: Core;
  readonly sink: CompletionSink;
  /** When its last handler run returned. */
  returnedPs: number;
}

export class NvmeInterrupts implements InterruptTarget {
  /** Interrupts taken so far. */
  count = 0;

  readonly #simulation: Simulation;
  readonly #machine: HostMachine;
  readonly #costs: InterruptCosts;
  readonly #coalescing: Coalescing;
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
    this.#busyUntilPs = new Float64Array(machine.cores.length);
  }

  /** From now on completions of `queuePair` interrupt `core` and reach `sink`. */
  attach(queuePair: QueuePair, core: Core, sink: CompletionSink): void {
    const vector = new InterruptVector(
      this.#simulation,
      this,
      this.#lines.length,
      {
        deliveryPs: this.#machine.interruptDeliveryPs,
        lookaheadPs: this.#machine.lookaheadPs,
      },
      this.#coalescing,
    );
    queuePair.vector = vector;
    this.#lines.push({ queuePair, vector, core, sink, returnedPs: Number.NEGATIVE_INFINITY });
  }

  interrupt(index: number, dueAtPs: number): void {
    const line = this.#lines[index]!;
    const { core, queuePair } = line;
    let atPs = Math.max(dueAtPs, this.#busyUntilPs[core.index]!);
    if (core.waitsUntilPs > 0) core.interruptAt(atPs);
    // An entry that was visible before the last run returned has been found by that run: it is the
    // look-ahead that shows it to us only now.
    const isNewRun = queuePair.earliestVisiblePs() > line.returnedPs;
    if (isNewRun) {
      let isOutside = false;
      if (!core.isOccupied && core.cursorPs < dueAtPs) {
        isOutside = core.leaveIdle(dueAtPs);
        atPs = core.cursorPs;
      }
      this.count += 1;
      atPs += core.charge(CAUSE.interrupt, this.#costs.entryPs);
      const { guest } = this.#machine;
      if (guest !== undefined) {
        // A core that has halted has left the guest already.
        const arrivalPs = isOutside ? 0 : guest.interruptPs;
        atPs += core.charge(CAUSE.hypervisor, arrivalPs + guest.interruptEndPs);
      }
    }
    for (let tag = queuePair.poll(atPs); tag !== NO_COMPLETION; tag = queuePair.poll(atPs)) {
      atPs += core.charge(CAUSE.completion, this.#costs.completionEntryPs);
      atPs += line.sink.complete(tag, queuePair.drive, core, atPs, queuePair.polledStatus);
    }
    queuePair.ringCompletionDoorbell(atPs);
    this.#busyUntilPs[core.index] = atPs;
    line.returnedPs = atPs;
    line.sink.handlerReturned?.(core, atPs);
    line.vector.served(queuePair.earliestVisiblePs(), queuePair.postedCompletions, atPs);
  }
}
