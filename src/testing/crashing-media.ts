/**
 * Drives with a volatile cache that lose power: of what was not flushed, any part survives.
 *
 * Every sector of an unflushed write survives or not on its own, so writes are lost, reordered and
 * torn. Independent of the crash explorer on purpose: two ways to lose power find more.
 */
import type { RandomStream } from "../base/random.ts";
import { type Media, SparseMedia } from "../hardware/nvme/media.ts";
import { IO_OK, IO_WRITE_FAULT, type IoStatus } from "../hardware/nvme/status.ts";

const SECTOR_BYTES = 512;
const PIECE_BYTES = 65_536;

interface CachedWrite {
  readonly offset: number;
  readonly content: Uint8Array;
}

export class CrashingMedia implements Media {
  /** Flushes that fail, counted from 1; what they should have saved is lost with the next crash. */
  failingFlush = 0;
  readonly #driveCount: number;
  /** What a read sees. */
  readonly #live: SparseMedia;
  /** What is there after any crash. */
  readonly #durable: SparseMedia;
  /** Pieces of each drive that were ever written. */
  readonly #pieces: readonly Set<number>[];
  readonly #cached: CachedWrite[][];
  readonly #accepted: number[];
  #flushes = 0;

  constructor(driveCount: number) {
    this.#driveCount = driveCount;
    this.#live = new SparseMedia(driveCount);
    this.#pieces = Array.from({ length: driveCount }, () => new Set<number>());
    this.#durable = new SparseMedia(driveCount);
    this.#cached = Array.from({ length: driveCount }, () => []);
    this.#accepted = new Array<number>(driveCount).fill(0);
  }

  read(drive: number, offset: number, bytes: number, into: Uint8Array | undefined): IoStatus {
    return this.#live.read(drive, offset, bytes, into);
  }

  write(drive: number, offset: number, bytes: number, from: Uint8Array | undefined): IoStatus {
    if (from === undefined) return IO_OK;
    this.#cached[drive]!.push({ offset, content: from.slice(0, bytes) });
    this.#accepted[drive]! += 1;
    for (let at = offset; at < offset + bytes; at += SECTOR_BYTES) {
      this.#pieces[drive]!.add(Math.floor(at / PIECE_BYTES));
    }
    return this.#live.write(drive, offset, bytes, from);
  }

  acceptedSoFar(drive: number): number {
    return this.#accepted[drive]!;
  }

  flush(drive: number, accepted: number): IoStatus {
    this.#flushes += 1;
    const cached = this.#cached[drive]!;
    const first = this.#accepted[drive]! - cached.length;
    const covered = cached.splice(0, accepted - first);
    if (this.#flushes === this.failingFlush) return IO_WRITE_FAULT;
    for (const { offset, content } of covered) {
      this.#durable.write(drive, offset, content.length, content);
    }
    return IO_OK;
  }

  /** The same drives after power has come back; this object is not used any more. */
  crash(random: RandomStream): CrashingMedia {
    const after = this.#durable;
    for (let drive = 0; drive < this.#driveCount; drive++) {
      const survives = random.fraction();
      for (const { offset, content } of this.#cached[drive]!) {
        for (let at = 0; at < content.length; at += SECTOR_BYTES) {
          if (random.fraction() >= survives) continue;
          const sector = content.subarray(at, at + SECTOR_BYTES);
          after.write(drive, offset + at, sector.length, sector);
        }
      }
    }
    return this.#copyOf(after);
  }

  #copyOf(media: SparseMedia): CrashingMedia {
    const copy = new CrashingMedia(this.#driveCount);
    const piece = new Uint8Array(PIECE_BYTES);
    for (let drive = 0; drive < this.#driveCount; drive++) {
      for (const index of this.#pieces[drive]!) {
        media.read(drive, index * PIECE_BYTES, PIECE_BYTES, piece);
        copy.write(drive, index * PIECE_BYTES, PIECE_BYTES, piece);
      }
      copy.flush(drive, copy.acceptedSoFar(drive));
    }
    return copy;
  }
}
