/**
 * In place: stores go to the shared mapping, and the system writes them when it likes.
 *
 * Nothing keeps a page from the drives until the log is durable, nor half of a split. A checkpoint
 * is an msync. Pages carry no valid checksum, for every store would have to renew it.
 */
import type { EngineTask } from "../../model.ts";
import { pageLsn } from "../../page/page-header.ts";
import type { Worker } from "../../worker.ts";
import { syncFile } from "./file-sync.ts";
import type { MappedFile } from "./mapped-file.ts";
import type { UpdateProtocol } from "./update-protocol.ts";

export class InPlace implements UpdateProtocol {
  readonly #file: MappedFile;

  constructor(file: MappedFile) {
    this.#file = file;
  }

  isSealed(): boolean {
    return false;
  }

  isElsewhere(): boolean {
    return false;
  }

  placeInFile(pageId: number): number {
    return pageId;
  }

  pageAt(place: number): number {
    return place;
  }

  bytesInFile(frame: number): Uint8Array {
    return this.#file.pool.frames.view(frame);
  }

  isReady(frame: number, worker: Worker): boolean {
    return this.#file.isWritable(this.#file.pool.frames.pageIds[frame]!, worker);
  }

  beforeStore(frame: number, worker: Worker | undefined): void {
    if (worker === undefined) return;
    this.#file.announce(this.#file.pool.frames.pageIds[frame]!, worker);
  }

  stored(frame: number): void {
    const { region, pool } = this.#file;
    region.stores?.happened(pool.frames.pageIds[frame]!);
  }

  *writeOlderThan(_lsn: number, worker: Worker): EngineTask<void> {
    const { pool, log } = this.#file;
    const { frames } = pool;
    // What the database itself asks for it can at least ask for in the right order.
    let newest = 0;
    for (let frame = 0; frame < frames.count; frame++) {
      if (frames.dirty[frame] === 0) continue;
      newest = Math.max(newest, pageLsn(frames.memory, frames.base(frame)));
      frames.dirty[frame] = 0;
    }
    if (newest > log.durableLsn) yield* log.flushUpTo(newest, worker);
    yield* syncFile(this.#file, worker);
  }

  isFull(): boolean {
    return false;
  }
}
