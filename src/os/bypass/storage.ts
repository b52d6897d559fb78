/** SPDK's NVMe driver: every reactor polls its own queue pairs, one per drive. */
import type { Ground, StorageFacet } from "../model.ts";
import { PolledChannel } from "../polled-channel.ts";

/** Part of a queue's entries that is also the most that one visit takes, and its upper bound. */
const VISIT_SHARE = 4;
const VISIT_MAX = 128;

export function createStorage({ machine, costs, options }: Ground): StorageFacet {
  const { array } = machine;
  const queueDepth = Math.min(Number(options["io_queue_size"]), array.shape.queueDepthMax);
  // [spdk-source lib/nvme/nvme_pcie_common.c nvme_pcie_qpair_construct]
  const visitMax = Math.max(1, Math.min(Math.floor(queueDepth / VISIT_SHARE), VISIT_MAX));
  const limits = { queueDepth, visitMax, inFlightMax: queueDepth - visitMax };
  const polledCosts = {
    submitPs: costs["bypass.submit"]!,
    doorbellPs: costs["bypass.doorbell"]!,
    completePs: costs["bypass.complete"]!,
    emptyPollPs: costs["bypass.emptyPoll"]!,
  };
  return {
    interrupts: 0,
    openChannel: (thread, depth) => new PolledChannel(thread, machine, depth, limits, polledCosts),
  };
}
