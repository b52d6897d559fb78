/**
 * What is written on the drives of an array: real bytes, there only when somebody asks for them.
 *
 * A run without media keeps time only. With media, a write's content is taken at the moment its
 * drive accepts the data, and a read's buffer is filled at the moment its drive has the data.
 *
 * I1  What was never written reads as zeroes.
 * I2  Memory follows what was written, in pieces of `PIECE_BYTES`.
 * I3  An image never changes; media that hold the same image share its memory.
 *
 * Not modelled here: losing power. `SparseMedia` keeps everything; a media of the tests forgets.
 */
import { IO_OK, type IoStatus } from "./status.ts";

/** Bytes that one array element of a sparse drive holds. */
export const PIECE_BYTES = 65_536;
/** Pieces are cut from slabs, each twice as large as the last: the host's allocator is slow. */
const SLAB_BYTES_MAX = 4_194_304;

export interface Media {
  /** Fills `into` from `offset` on; undefined: nobody wants the bytes, only how it goes. */
  read(drive: number, offset: number, bytes: number, into: Uint8Array | undefined): IoStatus;
  /** The drive accepts data; undefined: bytes that nobody knows, the content stays. */
  write(drive: number, offset: number, bytes: number, from: Uint8Array | undefined): IoStatus;
  /** How much the drive has accepted so far: what a flush that begins now makes durable. */
  acceptedSoFar(drive: number): number;
  /**
   * A system's cache holds newer content for this place and may write it at any moment from now on;
   * for whoever explores crashes.
   */
  mayBeWritten?(drive: number, offset: number, from: Uint8Array): void;
  /** A flush ends: what was accepted up to `accepted` is durable. */
  flush(drive: number, accepted: number): IoStatus;
}

/** Whoever has media, or none. */
export interface MediaHolder {
  media: Media | undefined;
}

/** What lies on each drive, by piece; nobody may change it. */
export type MediaImage = readonly ReadonlyMap<number, Uint8Array>[];

export class SparseMedia implements Media {
  readonly #drives: readonly Map<number, Uint8Array>[];
  /** Pieces of each drive that belong to an image, too: a write changes a copy. */
  readonly #shared: readonly Set<number>[];
  #slab = new ArrayBuffer(PIECE_BYTES);
  #slabUsed = 0;

  constructor(driveCount: number) {
    this.#drives = Array.from({ length: driveCount }, () => new Map<number, Uint8Array>());
    this.#shared = this.#drives.map(() => new Set<number>());
  }

  /** What lies on the drives now; it stays so, whatever is written from now on. */
  image(): MediaImage {
    for (const [drive, pieces] of this.#drives.entries()) {
      for (const index of pieces.keys()) this.#shared[drive]!.add(index);
    }
    return this.#drives.map((pieces) => new Map(pieces));
  }

  /** Puts everything that `image` holds where it was. */
  adopt(image: MediaImage): void {
    for (const [drive, pieces] of image.entries()) {
      for (const [index, piece] of pieces) {
        this.#drives[drive]!.set(index, piece);
        this.#shared[drive]!.add(index);
      }
    }
  }

  /** Bytes of host memory in use. */
  get heldBytes(): number {
    return this.#drives.reduce((sum, pieces) => sum + pieces.size * PIECE_BYTES, 0);
  }

  read(drive: number, offset: number, bytes: number, into: Uint8Array | undefined): IoStatus {
    if (into === undefined) return IO_OK;
    const pieces = this.#drives[drive]!;
    let done = 0;
    while (done < bytes) {
      const index = Math.floor((offset + done) / PIECE_BYTES);
      const start = offset + done - index * PIECE_BYTES;
      const count = Math.min(PIECE_BYTES - start, bytes - done);
      const piece = pieces.get(index);
      if (piece === undefined) into.fill(0, done, done + count);
      else into.set(piece.subarray(start, start + count), done);
      done += count;
    }
    return IO_OK;
  }

  write(drive: number, offset: number, bytes: number, from: Uint8Array | undefined): IoStatus {
    if (from === undefined) return IO_OK;
    let done = 0;
    while (done < bytes) {
      const index = Math.floor((offset + done) / PIECE_BYTES);
      const start = offset + done - index * PIECE_BYTES;
      const count = Math.min(PIECE_BYTES - start, bytes - done);
      this.#pieceToWrite(drive, index).set(from.subarray(done, done + count), start);
      done += count;
    }
    return IO_OK;
  }

  #pieceToWrite(drive: number, index: number): Uint8Array {
    const pieces = this.#drives[drive]!;
    const old = pieces.get(index);
    if (old !== undefined && !this.#shared[drive]!.delete(index)) return old;
    const piece = this.#newPiece();
    if (old !== undefined) piece.set(old);
    pieces.set(index, piece);
    return piece;
  }

  #newPiece(): Uint8Array {
    if (this.#slabUsed === this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(Math.min(2 * this.#slabUsed, SLAB_BYTES_MAX));
      this.#slabUsed = 0;
    }
    const piece = new Uint8Array(this.#slab, this.#slabUsed, PIECE_BYTES);
    this.#slabUsed += PIECE_BYTES;
    return piece;
  }

  acceptedSoFar(): number {
    return 0;
  }

  flush(): IoStatus {
    return IO_OK;
  }
}
