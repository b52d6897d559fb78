/**
 * What is written on the drives of an array: real bytes, there only when somebody asks for them.
 *
 * A run without media keeps time only. With media, a write's content is taken at the moment its
 * drive accepts the data, and a read's buffer is filled at the moment its drive has the data.
 *
 * I1  What was never written reads as zeroes.
 * I2  Memory follows what was written, in pieces of `PIECE_BYTES`.
 *
 * Not modelled here: losing power. `SparseMedia` keeps everything; a media of the tests forgets.
 */
import { IO_OK, type IoStatus } from "./status.ts";

/** Bytes that one array element of a sparse drive holds. */
const PIECE_BYTES = 65_536;
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

export class SparseMedia implements Media {
  readonly #drives: readonly Map<number, Uint8Array>[];
  #slab = new ArrayBuffer(PIECE_BYTES);
  #slabUsed = 0;

  constructor(driveCount: number) {
    this.#drives = Array.from({ length: driveCount }, () => new Map<number, Uint8Array>());
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
    const pieces = this.#drives[drive]!;
    let done = 0;
    while (done < bytes) {
      const index = Math.floor((offset + done) / PIECE_BYTES);
      const start = offset + done - index * PIECE_BYTES;
      const count = Math.min(PIECE_BYTES - start, bytes - done);
      let piece = pieces.get(index);
      if (piece === undefined) {
        piece = this.#newPiece();
        pieces.set(index, piece);
      }
      piece.set(from.subarray(done, done + count), start);
      done += count;
    }
    return IO_OK;
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
