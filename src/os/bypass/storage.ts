/** SPDK's NVMe driver: every reactor polls its own queue pairs, one per drive. */
import type { Ground, StorageFacet } from "../model.ts";
import { PolledChannel } from "../polled-channel.ts";

/** Entries of a queue pair. [spdk include/spdk/nvme.h io_queue_size] */
const QUEUE_DEPTH = 1_024;

export function createStorage({ machine, costs }: Ground): StorageFacet {
  const { array } = machine;
  const queueDepth = Math.min(QUEUE_DEPTH, array.shape.queueDepthMax);
  const polledCosts = {
    submitPs: costs["bypass.submit"]!,
    doorbellPs: costs["bypass.doorbell"]!,
    completePs: costs["bypass.complete"]!,
    emptyPollPs: costs["bypass.emptyPoll"]!,
  };
  return {
    interrupts: 0,
    openChannel: (thread, depth) =>
      new PolledChannel(thread, array, depth, queueDepth, polledCosts),
  };
}
