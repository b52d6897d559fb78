/**
 * The module's file, which stands for the drives behind it: blocking reads and writes through
 * Linux's request path, into pages of the exmap region. A read allocates the page that it reads
 * into (`memory.ts`). [vmcache23 §5.1 "the blocking pread", Fig 10; exmap-source exmap_read_iter]
 */
import { kernelInterruptCosts, NvmeInterrupts } from "../kernel/nvme-interrupts.ts";
import { PsyncChannel, type PsyncCosts } from "../kernel/psync-channel.ts";
import { requestCosts } from "../kernel/request-costs.ts";
import { RequestPath } from "../kernel/request-path.ts";
import type { Ground, IoChannel, StorageFacet, Thread } from "../model.ts";
import type { CustomCosts } from "./costs.ts";

export class ExmapFile implements StorageFacet {
  readonly #interrupts: NvmeInterrupts;
  readonly #path: RequestPath;
  readonly #costs: PsyncCosts;

  constructor({ simulation, machine, costs }: Ground) {
    const times = costs as CustomCosts;
    this.#interrupts = new NvmeInterrupts(simulation, machine, kernelInterruptCosts(times));
    this.#path = new RequestPath(machine, requestCosts(times), this.#interrupts, {
      refersToFile: true,
      sharesFile: true,
      pinsPages: true,
      hasBlockLayer: true,
      files: machine.array.shape.driveCount,
      layers: [],
      hasJournal: false,
      interruptedCore: (core) => core,
    });
    this.#costs = {
      systemCallPs: times["kernel.systemCall"],
      readCallPs: times["custom.readCall"],
      wakeUpPs: times["kernel.wakeUp"],
    };
  }

  get interrupts(): number {
    return this.#interrupts.count;
  }

  openChannel(thread: Thread): IoChannel {
    return new PsyncChannel(thread, this.#path, this.#costs);
  }
}
