/**
 * Blocking reads and writes of the drives through Linux's request path, into pages of the exmap
 * region [vmcache23 §5.1: "reads through the blocking pread"].
 */
import { kernelInterruptCosts, NvmeInterrupts } from "../kernel/nvme-interrupts.ts";
import { PsyncChannel } from "../kernel/psync-channel.ts";
import { requestCosts } from "../kernel/request-costs.ts";
import { RequestPath } from "../kernel/request-path.ts";
import type { Ground, StorageFacet } from "../model.ts";
import type { CustomCosts } from "./costs.ts";

export function createStorage({ simulation, machine, costs }: Ground): StorageFacet {
  const times = costs as CustomCosts;
  const interrupts = new NvmeInterrupts(simulation, machine, kernelInterruptCosts(times));
  const path = new RequestPath(machine, requestCosts(times), interrupts, {
    refersToFile: true,
    sharesFile: true,
    pinsPages: true,
    hasBlockLayer: true,
    files: machine.array.shape.driveCount,
    layers: [],
    hasJournal: false,
    interruptedCore: (core) => core,
  });
  const psync = {
    systemCallPs: times["kernel.systemCall"],
    readCallPs: times["custom.readCall"],
    wakeUpPs: times["kernel.wakeUp"],
  };
  return {
    get interrupts() {
      return interrupts.count;
    },
    openChannel: (thread) => new PsyncChannel(thread, path, psync),
  };
}
