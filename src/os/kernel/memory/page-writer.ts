/**
 * Writes dirty pages of the file back to the drives: for msync, and for the flusher.
 *
 * One page [linux-5.x mm/page-writeback.c write_cache_pages, clear_page_dirty_for_io; mm/rmap.c
 * page_mkclean_one]:
 * 1. Its entry loses write permission, and every core the translation: the next store faults again.
 *    Whatever was stored through an old translation until then still goes down in 2.
 * 2. It is clean from now on, and under write-back; it goes down as one bio, as it is now.
 * 3. At the end it is no longer under write-back, whether or not the drive took it: a page that
 *    could not be written is clean all the same, and the next msync to end hears of it, whoever had
 *    it written. [linux-5.x mm/filemap.c file_write_and_wait_range, __filemap_set_wb_err]
 *
 * Nobody waits for a page's write-back to store to it again (the drives need no stable pages).
 *
 * I1  A page is under one write-back at most, and under none while it is read or evicted.
 * I2  A page that is clean is writable on no core.
 *
 * Not modelled: merging neighbours into one bio, write-back per inode and its rates.
 */
import { assert } from "../../../base/assert.ts";
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { WRITE } from "../../../hardware/nvme/command-table.ts";
import { IO_OK, type IoStatus } from "../../../hardware/nvme/status.ts";
import type { PageContent } from "../../memory-model.ts";
import type { SystemTask, Thread } from "../../model.ts";
import { CATCH_UP, PAGE_BYTES, SLEEP } from "../../model.ts";
import type { RequestOwner, RequestPath } from "../request-path.ts";
import type { PageCache } from "./page-cache.ts";
import { DIRTY, NO_FRAME, WRITEBACK } from "./page-frames.ts";
import type { Volume } from "./volume.ts";

/** Writes that one caller keeps under way. [linux-5.x fs/fs-writeback.c, a few per queue pair] */
const WRITES_MAX = 64;

/** Somebody who writes pages and waits for them. */
interface Batch {
  readonly thread: Thread;
  outstanding: number;
}

interface Write {
  readonly frame: number;
  readonly page: number;
  readonly batch: Batch;
  /** What is written; undefined: only time passes. */
  readonly bytes: Uint8Array | undefined;
}

export class PageWriter implements RequestOwner {
  /** Pages handed to the drives so far. */
  written = 0;
  readonly #path: RequestPath;
  readonly #cache: PageCache;
  readonly #volume: Volume;
  readonly #content: PageContent;
  readonly #wakeUpPs: number;
  readonly #owner: number;
  readonly #writes: (Write | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #refused: { readonly tag: number; readonly core: Core }[] = [];
  /** Threads that wait for a write of somebody else. */
  readonly #waiting: Thread[] = [];
  /** What went wrong last since an msync heard of it. [linux-5.x lib/errseq.c errseq_set] */
  #error: IoStatus = IO_OK;

  constructor(
    path: RequestPath,
    cache: PageCache,
    volume: Volume,
    content: PageContent,
    wakeUpPs: number,
  ) {
    this.#path = path;
    this.#cache = cache;
    this.#volume = volume;
    this.#content = content;
    this.#wakeUpPs = wakeUpPs;
    this.#owner = path.addOwner(this);
  }

  /** For msync: writes what is dirty, waits for all under write-back; an error is told once. */
  *writeAll(thread: Thread): SystemTask<IoStatus> {
    const pages = new Set(this.#cache.dirtyPages);
    for (const write of this.#writes) if (write !== undefined) pages.add(write.page);
    const inOrder = [...pages].sort((a, b) => a - b);
    yield* this.write(thread, inOrder);
    const error = this.#error;
    this.#error = IO_OK;
    return error;
  }

  /** Writes those of `pages` that are dirty; waits for them and for those under write-back. */
  *write(thread: Thread, pages: readonly number[]): SystemTask {
    const batch: Batch = { thread, outstanding: 0 };
    for (const page of pages) {
      while (batch.outstanding >= WRITES_MAX) yield SLEEP;
      while (this.#isBusy(page)) yield* this.#pause(batch, page);
      if (thread.isAhead()) yield CATCH_UP;
      if (!this.#isBusy(page)) this.#begin(thread.core, page, batch);
    }
    while (batch.outstanding > 0) yield SLEEP;
  }

  /** Whether somebody else has the page locked: writes, reads or evicts it. */
  #isBusy(page: number): boolean {
    const { index, frames } = this.#cache;
    const frame = index.find(page);
    if (frame === NO_FRAME) return false;
    return (frames.flags[frame]! & WRITEBACK) !== 0 || frames.io[frame] !== 0;
  }

  /** Somebody else has the page: looks again when something has ended, or time has passed. */
  *#pause({ thread, outstanding }: Batch, page: number): SystemTask {
    if (outstanding > 0) yield SLEEP;
    else if (this.#writes.some((write) => write?.page === page)) {
      this.#waiting.push(thread);
      yield SLEEP;
    } else {
      thread.core.charge(CAUSE.fileSystem, this.#cache.costs["kernel.writePage"]);
      yield CATCH_UP;
    }
  }

  /** Steps 1 and 2, in one step of the simulation, as under the page's lock. */
  #begin(core: Core, page: number, batch: Batch): void {
    const cache = this.#cache;
    const { flags } = cache.frames;
    const frame = cache.index.find(page);
    if (frame === NO_FRAME || (flags[frame]! & DIRTY) === 0) return;
    core.charge(CAUSE.fileSystem, cache.costs["kernel.writePage"]);
    cache.walkReverseMap(core);
    cache.mapper.protect(page);
    cache.mapper.flushInStep(core, page);
    cache.markClean(frame);
    flags[frame]! |= WRITEBACK;
    batch.outstanding += 1;
    const source = this.#content.bytesOf(page, "write");
    const bytes = source?.slice(0, PAGE_BYTES);
    const tag = this.#free.pop() ?? this.#writes.length;
    this.#writes[tag] = { frame, page, batch, bytes };
    this.written += 1;
    this.#send(core, tag);
  }

  #send(core: Core, tag: number): void {
    const { page, bytes } = this.#writes[tag]!;
    const { commands } = this.#path;
    core.charge(CAUSE.blockLayer, this.#cache.costs["kernel.bio"]);
    const drive = this.#volume.driveOf(page);
    const offset = this.#volume.offsetOf(page);
    const handle = bytes === undefined ? undefined : commands.hold(bytes);
    if (this.#path.send(core, this.#owner, WRITE, drive, offset, PAGE_BYTES, tag, handle)) return;
    if (handle !== undefined) commands.letGo(handle);
    this.#refused.push({ tag, core });
  }

  roomAgain(): void {
    for (const { tag, core } of this.#refused.splice(0)) this.#send(core, tag);
  }

  /** Step 3. */
  requestDone(tag: number, core: Core, atPs: number, status: IoStatus): void {
    const write = this.#writes[tag];
    assert(write !== undefined, "I1: a page's write ended twice");
    this.#writes[tag] = undefined;
    this.#free.push(tag);
    const { frame, batch } = write;
    this.#cache.frames.flags[frame]! &= ~WRITEBACK;
    core.charge(CAUSE.completion, this.#cache.costs["kernel.pageIoEnd"]);
    if (status !== IO_OK) this.#error = status;
    batch.outstanding -= 1;
    if (batch.thread.isSleeping) core.charge(CAUSE.wakeUp, this.#wakeUpPs);
    batch.thread.wake(atPs);
    for (const thread of this.#waiting.splice(0)) thread.wake(atPs);
  }
}
