/**
 * read(), write() and fsync() through the page cache: one blocking call at a time.
 *
 * write() copies into the cache and marks pages dirty. fsync() writes the file's dirty pages back,
 * waits, and then asks for durability as direct I/O does (`file-sync.ts`).
 *
 * When a write-back fails, the page has already been marked clean, and nobody marks it dirty again;
 * the error is noted at the file and reported by the next fsync, once. A second fsync finds nothing
 * to do and succeeds, although the data was never written: "fsyncgate". [linux-5.x
 * mm/page-writeback.c clear_page_dirty_for_io; fs/buffer.c end_buffer_async_write; lib/errseq.c
 * errseq_check_and_advance; fs/sync.c]
 *
 * I1  What the cache holds is what readers see, whether it ever reached the drive or not.
 *
 * Not modelled: a limit of the cache and background write-back (dirty pages wait for fsync);
 * read-ahead; partial pages. Write-back takes the steps of a direct request, pinning included.
 */
import { assert } from "../../base/assert.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { type Opcode, READ, WRITE } from "../../hardware/nvme/command-table.ts";
import { IO_OK, type IoStatus } from "../../hardware/nvme/status.ts";
import { CompletionRing } from "../completion-ring.ts";
import {
  type BufferedIo,
  type CachedPage,
  type FailedPages,
  PAGE_BYTES,
  type Sleep,
  type Thread,
} from "../model.ts";
import type { RequestOwner, RequestPath } from "./request-path.ts";
import { wakeWaiter } from "./wake-waiter.ts";

export interface BufferedCosts {
  readonly systemCallPs: number;
  readonly readCallPs: number;
  readonly copyPagePs: number;
  readonly cachePagePs: number;
  readonly wakeUpPs: number;
}

interface CachePage extends CachedPage {
  isDirty: boolean;
}

interface CachedFile {
  readonly pages: Map<number, CachePage>;
  /** The last write-back error since an fsync has told of one. [linux-5.x lib/errseq.c] */
  error: IoStatus;
}

/** What a kernel remembers of its files; one file per drive. */
export class PageCache {
  readonly #files = new Map<number, CachedFile>();

  file(drive: number): CachedFile {
    const known = this.#files.get(drive);
    if (known !== undefined) return known;
    const file: CachedFile = { pages: new Map(), error: IO_OK };
    this.#files.set(drive, file);
    return file;
  }
}

/** A page on its way to or from the drive. */
interface Transfer {
  readonly opcode: Opcode;
  readonly number: number;
  readonly page: CachePage;
}

/** The call that the thread is in. */
interface Call {
  readonly opcode: Opcode;
  readonly drive: number;
  readonly offset: number;
  readonly bytes: number;
  readonly tag: number;
  readonly buffer: Uint8Array | undefined;
  hasEntered: boolean;
  /** Pages still to be sent, and how many have been sent and not come back. */
  readonly transfers: Transfer[];
  inFlight: number;
  isSyncing: boolean;
  status: IoStatus;
}

/** Tag of the sync that follows write-back; transfers have theirs below. */
const SYNC_TAG = 65_535;

export class BufferedChannel implements BufferedIo, RequestOwner {
  readonly depth = 1;
  readonly completed = new Int32Array(1);
  readonly completedStatus = new Uint8Array(1);

  readonly #thread: Thread;
  readonly #path: RequestPath;
  readonly #cache: PageCache;
  readonly #costs: BufferedCosts;
  readonly #failedPages: FailedPages;
  readonly #owner: number;
  readonly #done = new CompletionRing();
  readonly completionWait: Sleep = { kind: "sleep", earliestPs: () => this.#readyPs() };
  readonly #sent = new Map<number, Transfer>();
  #call: Call | undefined;
  /** When the thread has something to go on with. */
  #wokenPs = Number.POSITIVE_INFINITY;
  #nextTag = 0;

  constructor(
    thread: Thread,
    path: RequestPath,
    cache: PageCache,
    costs: BufferedCosts,
    failedPages: FailedPages,
  ) {
    this.#thread = thread;
    this.#path = path;
    this.#cache = cache;
    this.#costs = costs;
    this.#failedPages = failedPages;
    this.#owner = path.addOwner(this);
  }

  prepare(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer?: Uint8Array,
  ): void {
    assert(this.#call === undefined, "a blocking call is one at a time");
    assert(offset % PAGE_BYTES === 0 && bytes % PAGE_BYTES === 0, "the page cache has whole pages");
    this.#call = {
      opcode,
      drive,
      offset,
      bytes,
      tag,
      buffer,
      hasEntered: false,
      transfers: [],
      inFlight: 0,
      isSyncing: false,
      status: IO_OK,
    };
  }

  submit(): void {
    const call = this.#call;
    if (call === undefined) return;
    if (!call.hasEntered) this.#enter(call);
    this.#send(call);
    if (call.inFlight === 0 && call.transfers.length === 0) this.#proceed(call);
  }

  reap(): number {
    this.#wokenPs = Number.POSITIVE_INFINITY;
    this.submit();
    const tag = this.#done.take(this.#thread.core.cursorPs);
    if (tag < 0) return 0;
    this.completed[0] = tag;
    this.completedStatus[0] = this.#done.takenStatus;
    return 1;
  }

  cached(drive: number, offset: number): CachedPage | undefined {
    return this.#cache.file(drive).pages.get(offset / PAGE_BYTES);
  }

  roomAgain(atPs: number): void {
    this.#wokenPs = atPs;
    this.#thread.wake(atPs);
  }

  requestDone(tag: number, core: Core, atPs: number, status: IoStatus): void {
    const call = this.#call!;
    call.inFlight -= 1;
    if (tag === SYNC_TAG) {
      if (status !== IO_OK) call.status = status;
    } else this.#transferred(call, this.#sent.get(tag)!, tag, status);
    if (call.inFlight > 0) return;
    this.#wokenPs = atPs;
    wakeWaiter(this.#thread, core, atPs, this.#costs.wakeUpPs);
  }

  #readyPs(): number {
    return Math.min(this.#wokenPs, this.#done.earliestPs());
  }

  #enter(call: Call): void {
    const { core } = this.#thread;
    const costs = this.#costs;
    call.hasEntered = true;
    core.charge(CAUSE.systemCall, costs.systemCallPs);
    const file = this.#cache.file(call.drive);
    if (call.opcode !== READ && call.opcode !== WRITE) {
      this.#gatherDirty(call, file);
      return;
    }
    core.charge(CAUSE.ioInterface, costs.readCallPs);
    for (let done = 0; done < call.bytes; done += PAGE_BYTES) {
      core.charge(CAUSE.fileSystem, costs.cachePagePs);
      const number = (call.offset + done) / PAGE_BYTES;
      const cached = file.pages.get(number);
      const page = cached ?? { bytes: new Uint8Array(PAGE_BYTES), isDirty: false };
      file.pages.set(number, page);
      if (call.opcode === READ) {
        if (cached === undefined) call.transfers.push({ opcode: READ, number, page });
      } else {
        core.charge(CAUSE.copy, costs.copyPagePs);
        if (call.buffer) page.bytes.set(call.buffer.subarray(done, done + PAGE_BYTES));
        page.isDirty = true;
      }
    }
  }

  #gatherDirty(call: Call, { pages }: CachedFile): void {
    for (const [number, page] of pages) {
      if (!page.isDirty) continue;
      // Clean from here on, however the write ends.
      page.isDirty = false;
      call.transfers.push({ opcode: WRITE, number, page });
    }
  }

  #send(call: Call): void {
    const { commands } = this.#path;
    while (call.transfers.length > 0) {
      const transfer = call.transfers[0]!;
      const { opcode, number, page } = transfer;
      const tag = this.#nextTag;
      const handle = commands.hold(page.bytes);
      const offset = number * PAGE_BYTES;
      const { core } = this.#thread;
      if (
        !this.#path.send(core, this.#owner, opcode, call.drive, offset, PAGE_BYTES, tag, handle)
      ) {
        commands.letGo(handle);
        return;
      }
      this.#sent.set(tag, transfer);
      this.#nextTag = (tag + 1) % SYNC_TAG;
      call.transfers.shift();
      call.inFlight += 1;
    }
  }

  #transferred(
    call: Call,
    { opcode, number, page }: Transfer,
    tag: number,
    status: IoStatus,
  ): void {
    this.#sent.delete(tag);
    if (status === IO_OK) return;
    const file = this.#cache.file(call.drive);
    if (opcode === READ) {
      call.status = status;
      file.pages.delete(number);
      return;
    }
    file.error = status;
    if (this.#failedPages === "dirty") page.isDirty = true;
  }

  /** Every page has come back: the next step of the call, or its end. */
  #proceed(call: Call): void {
    const { core } = this.#thread;
    const { opcode, drive } = call;
    if (opcode === READ) {
      this.#copyOut(call);
    } else if (opcode !== WRITE) {
      if (!call.isSyncing) {
        call.isSyncing = true;
        call.inFlight = 1;
        this.#path.send(core, this.#owner, opcode, drive, 0, 0, SYNC_TAG);
        return;
      }
      const file = this.#cache.file(drive);
      if (file.error !== IO_OK) call.status = file.error;
      // Reported once. [linux-5.x lib/errseq.c]
      file.error = IO_OK;
    }
    this.#call = undefined;
    this.#done.push(call.tag, core.cursorPs, call.status);
  }

  #copyOut({ drive, offset, bytes, buffer }: Call): void {
    const { pages } = this.#cache.file(drive);
    for (let done = 0; done < bytes; done += PAGE_BYTES) {
      this.#thread.core.charge(CAUSE.copy, this.#costs.copyPagePs);
      const page = pages.get((offset + done) / PAGE_BYTES);
      if (page !== undefined) buffer?.set(page.bytes, done);
    }
  }
}
