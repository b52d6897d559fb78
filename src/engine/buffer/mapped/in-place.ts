/**
 * In place: stores go to the shared mapping, and the system writes them when it likes.
 *
 * Nothing keeps a page from the drives until the log is durable, nor half of a split. A checkpoint
 * is an msync. Pages carry no valid checksum, for every store would have to renew it.
 */
import type { EngineTask } from "../../model.ts";
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

  beforeStore(frame: number, worker: Worker | undefined): void {
    if (worker === undefined) return;
    this.#file.announce(this.#file.pool.frames.pageIds[frame]!, worker);
  }

  stored(frame: number): void {
    const { region, pool } = this.#file;
    region.stores?.happened(pool.frames.pageIds[frame]!);
  }

  *writeOlderThan(_lsn: number, worker: Worker): EngineTask<void> {
    this.#file.pool.frames.dirty.fill(0);
    yield* syncFile(this.#file, worker);
  }

  isFull(): boolean {
    return false;
  }
}
