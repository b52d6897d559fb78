/**
 * Storage beside the mapping: blocking reads, writes and flushes of the same drives (a log), and
 * the kernel's request path that the page cache reads through.
 */
import { kernelInterruptCosts, NvmeInterrupts } from "../kernel/nvme-interrupts.ts";
import { PsyncChannel } from "../kernel/psync-channel.ts";
import { requestCosts } from "../kernel/request-costs.ts";
import { RaidLayer } from "../kernel/request-layers.ts";
import { RequestPath } from "../kernel/request-path.ts";
import type { Ground, IoChannel, StorageFacet, Thread } from "../model.ts";
import type { MmapCosts } from "./costs.ts";

export class MmapStorage implements StorageFacet {
  /** The page cache's own way down: no user buffer, no file reference; md RAID0 over drives. */
  readonly pagePath: RequestPath;
  readonly #filePath: RequestPath;
  readonly #interrupts: NvmeInterrupts;
  readonly #costs: MmapCosts;

  constructor({ simulation, machine, costs }: Ground) {
    const times = costs as MmapCosts;
    this.#costs = times;
    this.#interrupts = new NvmeInterrupts(simulation, machine, kernelInterruptCosts(times));
    const isRaid = machine.array.shape.driveCount > 1;
    const steps = requestCosts(times);
    const shape = {
      hasBlockLayer: true,
      hasJournal: false,
      interruptedCore: (core: number) => core,
      sharesFile: true,
    };
    this.#filePath = new RequestPath(machine, steps, this.#interrupts, {
      ...shape,
      refersToFile: true,
      pinsPages: true,
      files: machine.array.shape.driveCount,
      layers: [],
    });
    const raid = isRaid ? [new RaidLayer(times["kernel.raid"], machine.lineTransfer)] : [];
    const pages = { ...shape, refersToFile: false, pinsPages: false, files: 1, layers: raid };
    const beside = this.#filePath;
    this.pagePath = new RequestPath(machine, steps, this.#interrupts, pages, beside);
  }

  get interrupts(): number {
    return this.#interrupts.count;
  }

  openChannel(thread: Thread): IoChannel {
    return new PsyncChannel(thread, this.#filePath, {
      systemCallPs: this.#costs["kernel.systemCall"],
      readCallPs: this.#costs["mmap.readCall"],
      wakeUpPs: this.#costs["kernel.wakeUp"],
    });
  }
}
