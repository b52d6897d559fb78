/** The memory facet: one shared mapping of the drives' content through the page cache. */
import { assert } from "../../base/assert.ts";
import { GIB } from "../../base/units.ts";
import { UsageError } from "../../base/usage-error.ts";
import { AddressSpace } from "../kernel/address-space.ts";
import { watermarksOf } from "../kernel/memory/watermarks.ts";
import { LINUX_CALLS } from "../kernel/remote-calls.ts";
import type { AccessHint, MemoryFacet, MemoryRegion, RegionRequest } from "../memory-model.ts";
import type { Ground, MemoryModule, SchedulerFacet, StorageFacet, Thread } from "../model.ts";
import type { OptionValues } from "../options.ts";
import { type MmapMemoryCosts, memoryCostMeanings, memoryCosts } from "./costs.ts";
import { FileRegion } from "./memory/file-region.ts";
import { memoryOptions } from "./options.ts";
import { MmapStorage } from "./storage.ts";

const KIB_PER_PAGE = 4;

function create(ground: Ground, scheduler: SchedulerFacet, storage: StorageFacet): MemoryFacet {
  const { machine, costs, options, threadCount } = ground;
  const times = costs as MmapMemoryCosts & {
    readonly "kernel.wakeUp": number;
    readonly "kernel.systemCall": number;
    readonly "kernel.fileReference": number;
    readonly "kernel.copyPage": number;
    readonly "mmap.readCall": number;
  };
  if (!(storage instanceof MmapStorage)) {
    throw new UsageError("facets: the memory of mmap reads through its own storage; take both");
  }
  const space = new AddressSpace(machine, {
    style: LINUX_CALLS,
    sendPs: times["kernel.ipiSend"],
    entryPs: times["kernel.ipiEntry"],
    by: options["tlb_flush"] as "interrupt" | "broadcast" | "miracle",
    isLazy: options["lazy_tlb"] === true,
  });
  let isMapped = false;
  return {
    counters: space.counters,
    attach: (thread: Thread) => space.attach(thread.core),
    createRegion: (request: RegionRequest): MemoryRegion => {
      assert(request.backing === "file" && !isMapped, "mmap maps one file, once");
      isMapped = true;
      const { scale = 1 } = request;
      const hint = options["madvise"] as AccessHint;
      return new FileRegion(
        { hint, ...request },
        {
          space,
          path: storage.pagePath,
          scheduler,
          costs: times,
          wakeUpPs: times["kernel.wakeUp"],
          systemCallPs: times["kernel.systemCall"],
          readCallPs: times["mmap.readCall"],
          fileReferencePs: times["kernel.fileReference"],
          copyPagePs: times["kernel.copyPage"],
          dirty: {
            backgroundRatio: Number(options["dirty_background_ratio"]),
            dirtyRatio: Number(options["dirty_ratio"]),
          },
          media: () => machine.array.media,
          kswapds: kswapds(options),
          firstHelper: threadCount,
          drives: machine.array.shape.driveCount,
          threads: threadCount,
          readAheadPages: readAheadPages(options),
          lineTransfer: machine.lineTransfer,
          coreCount: machine.cores.length,
          watermarks: watermarksOf(Number(options["machine_memory_gib"]) * GIB, scale),
          scale,
        },
      );
    },
  };
}

/** Pages of a read-ahead window; undefined: what Linux gives the volume. */
function readAheadPages(options: OptionValues): number | undefined {
  const kib = Number(options["read_ahead_kb"]);
  if (kib === 0) return undefined;
  return Math.max(1, Math.floor(kib / KIB_PER_PAGE));
}

const kswapds = (options: OptionValues): number => Number(options["kswapds"]);

export const memory: MemoryModule = {
  traits: { residency: "transparent", translation: "hardware" },
  options: memoryOptions,
  costs: memoryCosts,
  costMeanings: memoryCostMeanings,
  helperThreads: kswapds,
  create,
};
