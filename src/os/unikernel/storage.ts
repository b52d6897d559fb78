/** The NVMe driver as a function call, polling or by interrupt. */
import { NvmeInterrupts } from "../kernel/nvme-interrupts.ts";
import type { Ground, StorageFacet } from "../model.ts";
import { PolledChannel } from "../polled-channel.ts";
import { InterruptChannel } from "./storage/interrupt-channel.ts";

export function createStorage({ simulation, machine, costs, options }: Ground): StorageFacet {
  const { array } = machine;
  const queueDepth = Math.min(Number(options["io_queue_size"]), array.shape.queueDepthMax);
  const limits = { queueDepth, inFlightMax: queueDepth - 1, visitMax: queueDepth };
  const submitPs = costs["unikernel.submit"]!;
  const doorbellPs = costs["unikernel.doorbell"]!;
  const completePs = costs["unikernel.complete"]!;
  const interrupts = new NvmeInterrupts(simulation, machine, {
    // The handler returns the entries that it took by one write to the CQ head doorbell.
    entryPs: costs["unikernel.interruptEntry"]! + doorbellPs,
    completionEntryPs: completePs,
  });
  const polledCosts = {
    submitPs,
    doorbellPs,
    completePs,
    emptyPollPs: costs["unikernel.emptyPoll"]!,
  };
  const interruptCosts = { submitPs, doorbellPs, wakeUpPs: costs["unikernel.wakeUp"]! };
  return {
    get interrupts() {
      return interrupts.count;
    },
    openChannel: (thread, depth) =>
      options["completion"] === "interrupt"
        ? new InterruptChannel(thread, machine, interrupts, depth, queueDepth, interruptCosts)
        : new PolledChannel(thread, machine, depth, limits, polledCosts),
  };
}
