/**
 * Reads pages of the file from the drives into the page cache, and wakes who waits for them.
 *
 * One read is a run of neighbouring pages: `begin` opens it, `add` locks one frame after the other
 * into it, `submit` sends it down as one bio, split where a RAID chunk ends. Frames are locked from
 * `add` on; a thread that needs one of them waits for the read, even before it was submitted.
 *
 * I1  Every read that was begun is submitted, and every submitted one ends once.
 *
 * Not modelled: merging with other requests, plugging.
 */
import { assert } from "../../../base/assert.ts";
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { READ } from "../../../hardware/nvme/command-table.ts";
import { IO_OK, type IoStatus } from "../../../hardware/nvme/status.ts";
import type { PageContent } from "../../memory-model.ts";
import type { MemoryCounters, SystemTask, Thread } from "../../model.ts";
import { PAGE_BYTES, SLEEP } from "../../model.ts";
import type { RequestOwner, RequestPath } from "../request-path.ts";
import type { PageCache } from "./page-cache.ts";
import { DIRTY, UPTODATE } from "./page-frames.ts";
import type { Volume } from "./volume.ts";

/** Reads under way at most: a tag has 16 bits. */
const READS_MAX = 65_536;

/** A thread that waits for a read, and who began to wait for the same one after it. */
interface Waiter {
  readonly thread: Thread;
  hasEnded: boolean;
  next: Waiter | undefined;
}

/** Bytes of a run of pages on their way from a drive. */
interface Arriving {
  readonly page: number;
  readonly bytes: Uint8Array;
}

export class PageReader implements RequestOwner {
  readonly #path: RequestPath;
  readonly #cache: PageCache;
  readonly #volume: Volume;
  readonly #wakeUpPs: number;
  readonly #counters: MemoryCounters;
  readonly #owner: number;
  /** First page, pages, and requests not yet complete, of each read. */
  readonly #firstPage = new Uint32Array(READS_MAX);
  readonly #pages = new Int32Array(READS_MAX);
  readonly #parts = new Int32Array(READS_MAX);
  readonly #hasFailed = new Uint8Array(READS_MAX);
  /** The first to wait for each read. */
  readonly #waiters: (Waiter | undefined)[] = [];
  readonly #free: number[] = [];
  #begun = 0;
  readonly #waiterOf = new Map<Thread, Waiter>();
  /** Requests that found the queue pair full: read, drive, offset, bytes, core. */
  readonly #refused: { read: number; page: number; bytes: number; core: Core }[] = [];
  /** Of whom the bytes are; undefined: only time passes. */
  readonly #content: PageContent | undefined;
  readonly #arriving: Arriving[][] = [];

  constructor(
    path: RequestPath,
    cache: PageCache,
    volume: Volume,
    wakeUpPs: number,
    counters: MemoryCounters,
    content?: PageContent,
  ) {
    this.#content = content;
    this.#path = path;
    this.#cache = cache;
    this.#volume = volume;
    this.#wakeUpPs = wakeUpPs;
    this.#counters = counters;
    this.#owner = path.addOwner(this);
  }

  /** Opens a read that begins at `page`; returns its number. */
  begin(page: number): number {
    let read = this.#free.pop();
    if (read === undefined) {
      assert(this.#begun < READS_MAX, "more reads are under way than tags can tell apart");
      read = this.#begun;
      this.#begun += 1;
      this.#waiters.push(undefined);
    }
    this.#firstPage[read] = page;
    this.#pages[read] = 0;
    this.#hasFailed[read] = 0;
    return read;
  }

  /** Locks `frame`, which holds the next page, into the read. */
  add(read: number, frame: number): void {
    const { frames } = this.#cache;
    assert(
      frames.page[frame] === this.#firstPage[read]! + this.#pages[read]!,
      "a read is a run of neighbouring pages",
    );
    frames.io[frame] = read + 1;
    this.#pages[read]! += 1;
  }

  /** Sends the read down, charging `core`. */
  submit(core: Core, read: number): void {
    const { costs } = this.#cache;
    const pages = this.#pages[read]!;
    assert(pages > 0, "I1: a read has pages");
    core.charge(CAUSE.blockLayer, costs["kernel.bio"] + (pages - 1) * costs["kernel.bioNextPage"]);
    const first = this.#firstPage[read]!;
    this.#parts[read] = 0;
    for (let page = first; page < first + pages; ) {
      const part = Math.min(first + pages - page, this.#volume.pagesToChunkEnd(page));
      this.#parts[read]! += 1;
      this.#send(core, read, page, part * PAGE_BYTES);
      page += part;
    }
  }

  #send(core: Core, read: number, page: number, bytes: number): void {
    const drive = this.#volume.driveOf(page);
    const offset = this.#volume.offsetOf(page);
    const buffer = this.#content && new Uint8Array(bytes);
    const { commands } = this.#path;
    const handle = buffer && commands.hold(buffer);
    if (!this.#path.send(core, this.#owner, READ, drive, offset, bytes, read, handle)) {
      if (handle !== undefined) commands.letGo(handle);
      this.#refused.push({ read, page, bytes, core });
    } else if (buffer !== undefined) {
      this.#arriving[read] ??= [];
      this.#arriving[read].push({ page, bytes: buffer });
    }
  }

  roomAgain(): void {
    for (const { core, read, page, bytes } of this.#refused.splice(0)) {
      this.#send(core, read, page, bytes);
    }
  }

  /** Puts what has arrived where the process sees it. */
  #deliver(read: number): void {
    const { frames, index } = this.#cache;
    for (const { page, bytes } of this.#arriving[read]?.splice(0) ?? []) {
      if (this.#hasFailed[read] !== 0) continue;
      for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
        const found = page + at / PAGE_BYTES;
        // What was stored meanwhile is newer.
        if ((frames.flags[index.find(found)]! & DIRTY) !== 0) continue;
        const into = this.#content?.bytesOf(found, "read");
        into?.set(bytes.subarray(at, at + PAGE_BYTES));
      }
    }
  }

  requestDone(read: number, core: Core, atPs: number, status: IoStatus): void {
    if (status !== IO_OK) this.#hasFailed[read] = 1;
    this.#parts[read]! -= 1;
    if (this.#parts[read] !== 0) return;
    this.#deliver(read);
    const { frames, index, costs } = this.#cache;
    const first = this.#firstPage[read]!;
    const pages = this.#pages[read]!;
    this.#counters.populated += pages;
    core.charge(CAUSE.completion, pages * costs["kernel.pageIoEnd"]);
    for (let page = first; page < first + pages; page++) {
      const frame = index.find(page);
      frames.io[frame] = 0;
      // A page that could not be read stays in the cache without being up to date.
      if (this.#hasFailed[read] === 0) frames.flags[frame]! |= UPTODATE;
    }
    for (let waiter = this.#waiters[read]; waiter !== undefined; waiter = waiter.next) {
      waiter.hasEnded = true;
      if (waiter.thread.isSleeping) core.charge(CAUSE.wakeUp, this.#wakeUpPs);
      waiter.thread.wake(atPs);
    }
    this.#waiters[read] = undefined;
    this.#free.push(read);
  }

  /** Suspends `thread` until the read that locks `frame` has ended. */
  *waitFor(thread: Thread, frame: number): SystemTask {
    const read = this.#cache.frames.io[frame]! - 1;
    if (read < 0) return;
    let waiter = this.#waiterOf.get(thread);
    if (waiter === undefined) {
      waiter = { thread, hasEnded: false, next: undefined };
      this.#waiterOf.set(thread, waiter);
    }
    waiter.hasEnded = false;
    waiter.next = undefined;
    this.#append(read, waiter);
    while (!waiter.hasEnded) yield SLEEP;
  }

  /** Whoever waits longest is woken first. */
  #append(read: number, waiter: Waiter): void {
    let last = this.#waiters[read];
    if (last === undefined) {
      this.#waiters[read] = waiter;
      return;
    }
    while (last.next !== undefined) last = last.next;
    last.next = waiter;
  }
}
