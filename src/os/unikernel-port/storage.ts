/** POSIX reads and writes as function calls, over a small kernel's VFS, bio and NVMe driver. */
import { NvmeInterrupts } from "../kernel/nvme-interrupts.ts";
import type { Ground, StorageFacet } from "../model.ts";
import { PosixChannel } from "./storage/posix-channel.ts";
import { PosixPath } from "./storage/posix-path.ts";

export function createStorage({ simulation, machine, costs }: Ground): StorageFacet {
  const interrupts = new NvmeInterrupts(simulation, machine, {
    entryPs: costs["port.interruptEntry"]!,
    completionEntryPs: costs["port.completion"]!,
  });
  const path = new PosixPath(simulation, machine, interrupts, {
    vfsLockPs: costs["port.vfsLock"]!,
    bioPs: costs["port.bio"]!,
    driverPs: costs["port.driver"]!,
    wakeUpPs: costs["port.wakeUp"]!,
    contextSwitchPs: costs["port.contextSwitch"]!,
  });
  const callPs = costs["port.functionCall"]!;
  const copyPagePs = costs["port.copyPage"]!;
  return {
    get interrupts() {
      return interrupts.count;
    },
    openChannel: (thread) => new PosixChannel(thread, path, callPs, copyPagePs),
  };
}
