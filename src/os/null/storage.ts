/** Storage without an operating system: the array keeps its time, everything else is free. */
import type { Ground, StorageFacet } from "../model.ts";
import { PolledChannel } from "../polled-channel.ts";

const FREE = { submitPs: 0, doorbellPs: 0, completePs: 0, emptyPollPs: 0 };

export function createStorage({ machine }: Ground): StorageFacet {
  const { array } = machine;
  return {
    interrupts: 0,
    openChannel: (thread, depth) => {
      const queueDepth = Math.min(depth + 1, array.shape.queueDepthMax);
      const limits = { queueDepth, inFlightMax: queueDepth - 1, visitMax: queueDepth };
      return new PolledChannel(thread, machine, depth, limits, FREE);
    },
  };
}
