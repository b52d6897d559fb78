/** The mapped file as a region: what `mmap` returns, and what msync, mincore and madvise act on. */
import { assert } from "../../../base/assert.ts";
import { UsageError } from "../../../base/usage-error.ts";
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { type LineTransferTimes, SharedLine } from "../../../hardware/cpu/shared-line.ts";
import { ACCESSED, DIRTY, WRITABLE } from "../../../hardware/mmu/page-table.ts";
import type { AddressSpace } from "../../kernel/address-space.ts";
import { BufferedReads, type ReadCallTimes } from "../../kernel/memory/buffered-reads.ts";
import type { FileMemoryCosts } from "../../kernel/memory/costs.ts";
import { FileMapping } from "../../kernel/memory/file-mapping.ts";
import { type DirtyLimits, Flusher } from "../../kernel/memory/flusher.ts";
import { startKswapds } from "../../kernel/memory/kswapd.ts";
import { type Mapper, PageCache } from "../../kernel/memory/page-cache.ts";
import { PageFiller } from "../../kernel/memory/page-filler.ts";
import { NO_FRAME, UPTODATE } from "../../kernel/memory/page-frames.ts";
import { PageReader } from "../../kernel/memory/page-reader.ts";
import { PageWriter } from "../../kernel/memory/page-writer.ts";
import { READAHEAD_PAGES, Readahead } from "../../kernel/memory/readahead.ts";
import { Volume } from "../../kernel/memory/volume.ts";
import type { Watermarks } from "../../kernel/memory/watermarks.ts";
import { QueuedLock } from "../../kernel/queued-lock.ts";
import type { RequestPath } from "../../kernel/request-path.ts";
import {
  type FilePaging,
  type FileReads,
  type FileStores,
  type MemoryRegion,
  MISS,
  type PageContent,
  type RegionRequest,
} from "../../memory-model.ts";
import type { Media, SchedulerFacet, SystemTask, Thread } from "../../model.ts";
import { MappedFilePaging } from "./file-paging.ts";

export interface FileRegionPlan extends ReadCallTimes {
  readonly space: AddressSpace;
  readonly path: RequestPath;
  readonly scheduler: SchedulerFacet;
  readonly costs: FileMemoryCosts;
  readonly wakeUpPs: number;
  readonly dirty: DirtyLimits;
  /** What is written on the drives. */
  readonly media: () => Media | undefined;
  readonly kswapds: number;
  /** Number of the first kswapd among all threads. */
  readonly firstHelper: number;
  readonly drives: number;
  /** Threads of the workload. */
  readonly threads: number;
  /** Pages of a read-ahead window, if not what the kernel gives such a volume. */
  readonly readAheadPages: number | undefined;
  readonly lineTransfer: LineTransferTimes;
  readonly coreCount: number;
  readonly watermarks: Watermarks;
  /** Size of the twin ÷ size of the original. */
  readonly scale: number;
}

export class FileRegion implements MemoryRegion {
  readonly cache: PageCache;
  readonly mapping: FileMapping;
  readonly reader: PageReader;
  readonly stores?: FileStores;
  readonly paging: FilePaging;
  readonly reads?: FileReads;

  readonly #space: AddressSpace;
  readonly #readahead: Readahead;

  constructor(request: RegionRequest, plan: FileRegionPlan) {
    const { space, watermarks } = plan;
    this.#space = space;
    space.table.reserve(request.pages);
    const { content, startBytes } = request;
    const volume = new Volume(plan.drives, startBytes);
    const usualPages = plan.readAheadPages ?? volume.readAheadPages;
    // POSIX_FADV_SEQUENTIAL, of a file that is read, doubles the window. [linux-5.x mm/fadvise.c]
    const isDoubled = request.isRead === true && request.hint === "sequential";
    const windowPages = isDoubled ? 2 * usualPages : usualPages;
    this.#readahead = new Readahead(request.pages, request.hint ?? "normal", windowPages);
    const isLarger = request.pages > request.residentMax;
    if (isLarger && request.hint !== "random") {
      checkWindows(windowPages, plan.threads, request.residentMax);
    }
    this.cache = new PageCache(
      {
        frameCount: request.residentMax,
        watermarks,
        inactiveRatio: inactiveRatio(request.residentMax / plan.scale),
        lineTransfer: plan.lineTransfer,
        coreCount: plan.coreCount,
        pages: request.pages,
        cause: request.isRead === true ? CAUSE.fileSystem : CAUSE.pageFault,
      },
      plan.costs,
      mapperOf(space),
    );
    this.reader = new PageReader(
      plan.path,
      this.cache,
      volume,
      plan.wakeUpPs,
      space.counters,
      content,
    );
    const filler = new PageFiller(
      this.cache,
      this.reader,
      this.#readahead,
      request.pages,
      space.counters,
    );
    this.mapping = new FileMapping(filler, space.counters, new QueuedLock(plan.lineTransfer));
    this.paging = new MappedFilePaging(filler, this.mapping, plan.systemCallPs);
    if (request.isRead === true) {
      const file = new SharedLine(plan.lineTransfer);
      this.reads = new BufferedReads(filler, plan, file, plan.coreCount);
    }
    startKswapds(
      plan.scheduler,
      plan.firstHelper,
      plan.kswapds,
      this.cache,
      this.#readahead,
      space.counters,
    );
    if (content !== undefined) this.stores = this.#openStores(plan, volume, content);
  }

  #openStores(plan: FileRegionPlan, volume: Volume, content: PageContent): FileStores {
    const { cache } = this;
    const writer = new PageWriter(plan.path, cache, volume, content, plan.wakeUpPs);
    const { scheduler, firstHelper, coreCount, dirty } = plan;
    const flusher = new Flusher(scheduler, firstHelper, coreCount, cache, writer, dirty);
    return {
      get written() {
        return writer.written;
      },
      happened: (page) => {
        const media = plan.media();
        if (media?.mayBeWritten === undefined) return;
        const bytes = content.bytesOf(page, "write");
        if (bytes === undefined) return;
        media.mayBeWritten(volume.driveOf(page), volume.offsetOf(page), bytes);
      },
      mustWait: (thread) => flusher.mustWait(thread.core),
      awaitCleaning: (thread) => flusher.awaitCleaning(thread),
      copyOnWrite: (core, page) => this.mapping.copyOnWrite(core, page),
      *sync(thread) {
        thread.core.charge(CAUSE.systemCall, plan.systemCallPs);
        return yield* writer.writeAll(thread);
      },
    };
  }

  get freeFrames(): number {
    return Math.max(0, this.cache.freeFrames);
  }

  tryAccess(core: Core, page: number, isWrite: boolean): number {
    return this.#space.translate(core, page, isWrite);
  }

  /** Not a generator of its own: every one between a fault and its thread slows each resumption. */
  fault(thread: Thread, page: number, isWrite: boolean): SystemTask {
    return isWrite ? this.#faultToStore(thread, page) : this.mapping.fault(thread, page);
  }

  *#faultToStore(thread: Thread, page: number): SystemTask {
    yield* this.mapping.fault(thread, page);
    this.beforeStore(thread.core, page);
  }

  // biome-ignore lint/correctness/useYield: what is resident is the kernel's business.
  *populate(): SystemTask {
    assert(false, "residency is transparent: pages of a file mapping come by touching them");
  }

  // biome-ignore lint/correctness/useYield: as above.
  *release(): SystemTask {
    assert(false, "residency is transparent: the kernel evicts when it likes");
  }

  /** As if they had been read and touched long ago; as many as leave memory free. */
  prefill(count: number): void {
    for (let page = 0; page < count && this.freeFrames > this.cache.watermarks.high; page++) {
      this.cache.prefill(page);
    }
  }

  place(): void {
    assert(false, "what is resident is the kernel's business");
  }

  beforeStore(core: Core, page: number): void {
    if (this.#space.translate(core, page, true) !== MISS) return;
    this.mapping.makeWritable(core, page);
    // The store is begun again, and the core remembers the new entry.
    this.#space.translate(core, page, true);
  }

  isResident(page: number): boolean {
    const { index, frames } = this.cache;
    const frame = index.find(page);
    return frame !== NO_FRAME && (frames.flags[frame]! & UPTODATE) !== 0;
  }

  bytesOf(): Uint8Array | undefined {
    return undefined;
  }
}

/**
 * Windows do not shrink with a twin's memory: where all threads' together fill much of it, they
 * push each other out before anybody has used them.
 */
function checkWindows(windowPages: number, threads: number, frames: number): void {
  if (windowPages <= READAHEAD_PAGES || 2 * windowPages * threads <= frames) return;
  throw new UsageError(
    `read_ahead_kb: windows of ${windowPages * 4} KiB for ${threads} threads would fill more ` +
      `than half of the simulated memory of ${frames * 4} KiB; choose a larger scale, one ` +
      "drive, the hint random, or --read_ahead_kb 128",
  );
}

/** [linux-5.x mm/vmscan.c inactive_is_low]: the square root of ten times the size in GiB. */
function inactiveRatio(frames: number): number {
  const gib = Math.floor(frames / 0x4_0000);
  return gib > 0 ? Math.floor(Math.sqrt(10 * gib)) : 1;
}

function mapperOf(space: AddressSpace): Mapper {
  const { table } = space;
  return {
    map: (page, frame, isWritable) => {
      table.map(page, frame, ACCESSED | (isWritable ? WRITABLE | DIRTY : 0));
    },
    unmap: (page) => {
      table.unmap(page);
    },
    entryOf: (page) => table.entryOf(page),
    tableCount: () => {
      const [leaves = 0, directories = 0, pointers = 0, roots = 0] = table.tablesAt;
      return leaves + directories + pointers + roots;
    },
    testAndClearAccessed: (page) => {
      const position = table.positionOf(page);
      if (position < 0 || (table.entryAt(position) & ACCESSED) === 0) return false;
      table.clearFlags(page, ACCESSED);
      return true;
    },
    protect: (page) => table.clearFlags(page, WRITABLE | DIRTY),
    flush: (thread) => space.flushAll(thread),
    flushInStep: (core, page) => space.flushInStep(core, page),
  };
}
