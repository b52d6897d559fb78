/**
 * Copy-on-write: the first store to a page makes a private copy, which nobody writes; when the log
 * is durable up to its last change, it is applied to the shared mapping, sealed and whole.
 *
 * The operating system makes the copy (a private mapping beside the shared one, MongoDB's MMAPv1)
 * or the database does (SQLite, MonetDB, RavenDB). Either way all accesses go to the copy until it
 * is applied, which a checkpoint does, or whoever finds too many of them. [crotty22 §3.1]
 *
 * I1  What lies in the shared mapping is covered by the durable log.
 */
import { assert } from "../../../base/assert.ts";
import { MISS } from "../../../os/model.ts";
import type { EngineTask } from "../../model.ts";
import { pageLsn, sealPage } from "../../page/page-header.ts";
import type { Worker } from "../../worker.ts";
import { syncFile } from "./file-sync.ts";
import type { MappedFile } from "./mapped-file.ts";
import type { UpdateProtocol } from "./update-protocol.ts";

export class CopyOnWrite implements UpdateProtocol {
  readonly #file: MappedFile;
  readonly #copiedBy: "system" | "database";
  readonly #copiesMax: number;
  /** What the shared mapping holds of pages that have a private copy, by frame. */
  readonly #shared = new Map<number, Uint8Array>();

  /** @param copiesMax private copies at which they are applied without waiting for the log. */
  constructor(file: MappedFile, copiedBy: "system" | "database", copiesMax: number) {
    this.#file = file;
    this.#copiedBy = copiedBy;
    this.#copiesMax = copiesMax;
  }

  isSealed(): boolean {
    return true;
  }

  isElsewhere(frame: number): boolean {
    return this.#shared.has(frame);
  }

  placeInFile(pageId: number): number {
    return pageId;
  }

  pageAt(place: number): number {
    return place;
  }

  bytesInFile(frame: number): Uint8Array {
    return this.#shared.get(frame) ?? this.#file.pool.frames.view(frame);
  }

  isReady(frame: number): boolean {
    return this.#shared.has(frame);
  }

  beforeStore(frame: number, worker: Worker | undefined): void {
    if (this.#shared.has(frame)) return;
    const { region, pool } = this.#file;
    this.#shared.set(frame, pool.frames.view(frame).slice());
    if (worker === undefined) return;
    if (this.#copiedBy === "database") worker.charge(pool.times.copyPage);
    else region.stores?.copyOnWrite(worker.thread.core, pool.frames.pageIds[frame]!);
  }

  stored(frame: number): void {
    assert(this.#shared.has(frame), "a store to a page was not announced");
  }

  *writeOlderThan(lsn: number, worker: Worker): EngineTask<void> {
    const { frames } = this.#file.pool;
    for (const frame of [...this.#shared.keys()]) {
      while (this.#shared.has(frame) && frames.recoveryLsn[frame]! < lsn) {
        if (yield* this.#tryApply(frame, worker)) break;
      }
    }
    yield* syncFile(this.#file, worker);
  }

  isFull(): boolean {
    return this.#shared.size > this.#copiesMax;
  }

  /** False: the page has changed meanwhile. */
  *#tryApply(frame: number, worker: Worker): EngineTask<boolean> {
    const { region, pool, log } = this.#file;
    const { frames, times } = pool;
    const { memory, latches } = frames;
    const base = frames.base(frame);
    const page = frames.pageIds[frame]!;
    const { thread } = worker;
    yield* latches.awaitUnlock(frame, worker);
    const newest = pageLsn(memory, base);
    if (newest > log.durableLsn) yield* log.flushUpTo(newest, worker);
    while (region.tryAccess(thread.core, page, false) === MISS) {
      yield* region.fault(thread, page, false);
    }
    if (latches.isLocked(frame) || pageLsn(memory, base) > log.durableLsn) return false;
    worker.charge(times.copyPage);
    sealPage(memory, base);
    this.#shared.delete(frame);
    frames.dirty[frame] = 0;
    this.#file.announce(page, worker);
    region.stores?.happened(page);
    yield* worker.catchUp();
    return true;
  }
}
