/**
 * The file mapping as a buffer pool: the operating system decides which pages are in memory.
 *
 * Page p of the database is page p of the mapping, and its frame in the pool is its place in the
 * address space: it never changes. `touch` is one access; when it faults, `bring` waits until the
 * system has the page. Nothing is evicted here, and nothing written: the system does both when it
 * likes, which is what update protocols (`UpdateProtocol`) have to live with.
 *
 * I1  Whatever is stored to was announced (`beforeStore`) in the same step.
 * I2  A page that the system has read is verified before anybody uses it.
 */
import { type MemoryFacet, type MemoryRegion, MISS, type PageContent } from "../../../os/model.ts";
import type { EngineTask } from "../../model.ts";
import type { EngineTimes } from "../../times.ts";
import type { Worker } from "../../worker.ts";
import type { Frames } from "../frames.ts";
import { IoFailure, type PageIo } from "../page-io.ts";
import type { WriteAhead } from "../write-back.ts";
import type { UpdateProtocol } from "./update-protocol.ts";

/** The pool, as far as the mapping needs it. */
export interface AddressSpaceOfPages {
  readonly frames: Frames;
  readonly times: EngineTimes;
  /** The page's place in the address space, which it gets when it is first needed. */
  placeOf(pageId: number): number;
  reads: number;
}

export interface MappingRequest {
  /** Pages of the mapping, and of memory that the system may fill with it. */
  readonly filePages: number;
  readonly residentMax: number;
  /** Bytes at the beginning of every drive that are not the file's. */
  readonly startBytes: number;
  /** Size of the twin ÷ size of the original. */
  readonly scale: number;
}

export class MappedFile implements PageContent {
  readonly region: MemoryRegion;
  readonly pool: AddressSpaceOfPages;
  readonly log: WriteAhead;
  readonly protocol: UpdateProtocol;
  readonly #memory: MemoryFacet;
  readonly #io: PageIo;
  /** Frames whose page the system has read and nobody has verified yet. */
  readonly #unverified: Uint8Array;
  readonly #filePages: number;
  readonly #residentMax: number;
  /** Workers that have stored while too much was dirty. */
  readonly #mustWait = new Set<Worker>();

  constructor(
    pool: AddressSpaceOfPages,
    io: PageIo,
    log: WriteAhead,
    memory: MemoryFacet,
    request: MappingRequest,
    protocolOf: (file: MappedFile) => UpdateProtocol,
  ) {
    const { filePages, residentMax, startBytes, scale } = request;
    this.pool = pool;
    this.log = log;
    this.#io = io;
    this.#memory = memory;
    this.#filePages = filePages;
    this.#residentMax = residentMax;
    this.#unverified = new Uint8Array(pool.frames.count);
    this.region = memory.createRegion({
      pages: filePages,
      residentMax,
      backing: "file",
      content: this,
      startBytes,
      scale,
    });
    this.protocol = protocolOf(this);
    pool.frames.onStored = (frame) => this.protocol.stored(frame);
  }

  /** What was loaded is in memory as far as it goes; before anybody works here. */
  warm(pages: number): void {
    this.region.prefill(Math.min(this.protocol.placeInFile(pages - 1) + 1, this.#filePages));
  }

  /** Pages of the file that are in memory now. */
  get pagesInMemory(): number {
    return this.#residentMax - this.region.freeFrames;
  }

  attach({ thread }: Worker): void {
    this.#memory.attach(thread);
  }

  /** Whether a store to a place of the file does not fault. */
  isWritable(place: number, { thread }: Worker): boolean {
    return this.region.tryAccess(thread.core, place, true) !== MISS;
  }

  /** Announces stores to a place of the file. */
  announce(place: number, worker: Worker): void {
    this.region.beforeStore(worker.thread.core, place);
    if (this.region.stores?.mustWait(worker.thread) === true) this.#mustWait.add(worker);
  }

  /** One access to the page in `frame`; false: it faults, or the worker has to wait. */
  touch(frame: number, worker: Worker): boolean {
    const { thread } = worker;
    const { frames } = this.pool;
    if (this.#mustWait.size > 0 && this.#mustWait.has(worker)) return false;
    if (this.protocol.isElsewhere(frame)) return true;
    const page = this.protocol.placeInFile(frames.pageIds[frame]!);
    if (this.region.tryAccess(thread.core, page, false) === MISS) return false;
    if (this.#unverified[frame] !== 0) this.#verify(frame);
    return true;
  }

  /**
   * The access to the page in `frame` faults; returns when the system has handled it.
   * @throws BusError when the page could not be read: SIGBUS, wherever the access was.
   */
  *bring(frame: number, worker: Worker): EngineTask<void> {
    const { thread } = worker;
    const { stores } = this.region;
    // The system makes who dirties too much sleep in its fault; ours suspend here first.
    if (this.#mustWait.delete(worker) && stores !== undefined) yield* stores.awaitCleaning(thread);
    const page = this.protocol.placeInFile(this.pool.frames.pageIds[frame]!);
    yield* this.region.fault(thread, page, false);
  }

  bytesOf(page: number, why: "read" | "write"): Uint8Array | undefined {
    const pageId = this.protocol.pageAt(page);
    if (pageId < 0) return undefined;
    const frame = this.pool.placeOf(pageId);
    if (why === "read") {
      this.pool.reads += 1;
      if (!this.protocol.isElsewhere(frame)) this.#unverified[frame] = 1;
    }
    return this.protocol.bytesInFile(frame);
  }

  /** Nobody has seen what is at the place: it is verified before it is used. */
  doubt(frame: number): void {
    this.#unverified[frame] = 1;
  }

  /** The frame's page is about to be built from nothing. */
  renew(frame: number): void {
    this.#unverified[frame] = 0;
  }

  #verify(frame: number): void {
    const { frames } = this.pool;
    this.#unverified[frame] = 0;
    if (!this.protocol.isSealed(frame)) return;
    const pageId = frames.pageIds[frame]!;
    const wrong = this.#io.verify(frames.memory, frames.base(frame), pageId, 0);
    if (wrong !== 0) throw new IoFailure(pageId, "read", wrong);
  }
}
