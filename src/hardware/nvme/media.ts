/**
 * What is written on the drives of an array: real bytes, there only when somebody asks for them.
 *
 * A run without media keeps time only. With media, a write's content is taken at the moment its
 * drive accepts the data, and a read's buffer is filled at the moment its drive has the data.
 *
 * I1  What was never written reads as zeroes.
 * I2  Memory follows what was written, in blocks of `BLOCK_BYTES`.
 * I3  An image never changes; media that hold the same image share its memory.
 *
 * Not modelled here: losing power. `SparseMedia` keeps everything; a media of the tests forgets.
 */
import { BLOCK_BYTES, SLAB_BLOCKS_MAX, SlabStore } from "./slabs.ts";
import { IO_OK, type IoStatus } from "./status.ts";

/** Blocks are cut from slabs, each twice as large as the last: the host's allocator is slow. */
const SLAB_BLOCKS_MIN = 16;
/** Neighbouring blocks of a drive whose places lie in one array. */
const CHUNK_BLOCKS = 1_024;
const NOWHERE = -1;

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

/** Places of a drive's blocks, by chunk: `slab * SLAB_BLOCKS_MAX + block`, or `NOWHERE`. */
type DrivePlaces = ReadonlyMap<number, Int32Array>;

/** What lies on the drives of an array; nobody may change it. */
export interface MediaImage {
  readonly slabs: readonly Uint8Array[];
  readonly drives: readonly DrivePlaces[];
  /** Of host memory. */
  readonly heldBytes: number;
}

export class SparseMedia implements Media {
  readonly #drives: readonly Map<number, Int32Array>[];
  readonly #slabs: Uint8Array[] = [];
  readonly #store: SlabStore;
  /** Slabs that belong to an image: a write to one of their blocks goes elsewhere. */
  readonly #shared = new Set<number>();
  /** Blocks of the newest slab, and how many of them are taken. */
  #slabBlocks = 0;
  #taken = 0;

  constructor(driveCount: number, store = new SlabStore()) {
    this.#store = store;
    this.#drives = Array.from({ length: driveCount }, () => new Map<number, Int32Array>());
  }

  /** What lies on the drives now; it stays so, whatever is written from now on. */
  image(): MediaImage {
    for (const slab of this.#slabs.keys()) this.#shared.add(slab);
    this.#taken = this.#slabBlocks;
    const drives = this.#drives.map(
      (chunks) => new Map([...chunks].map(([chunk, places]) => [chunk, places.slice()])),
    );
    return { slabs: [...this.#slabs], drives, heldBytes: this.heldBytes };
  }

  /** Puts everything that `image` holds where it was. */
  adopt(image: MediaImage): void {
    const known = new Map(this.#slabs.map((slab, number) => [slab, number]));
    const numbers = image.slabs.map((slab) => known.get(slab) ?? this.#slabs.push(slab) - 1);
    for (const number of numbers) this.#shared.add(number);
    // The slab that blocks were cut from is no longer the newest one.
    this.#taken = this.#slabBlocks;
    for (const [drive, chunks] of image.drives.entries()) {
      for (const [chunk, theirs] of chunks) {
        const ours = this.#chunk(drive, chunk);
        for (let index = 0; index < CHUNK_BLOCKS; index++) {
          const place = theirs[index]!;
          if (place === NOWHERE) continue;
          const slab = numbers[Math.floor(place / SLAB_BLOCKS_MAX)]!;
          ours[index] = slab * SLAB_BLOCKS_MAX + (place % SLAB_BLOCKS_MAX);
        }
      }
    }
  }

  /** Forgets everything, and leaves its memory, as far as no image holds it, to others. */
  takeSlabs(): Uint8Array[] {
    const own = this.#slabs.filter((_, number) => !this.#shared.has(number));
    for (const chunks of this.#drives) chunks.clear();
    this.#slabs.length = 0;
    this.#shared.clear();
    this.#taken = this.#slabBlocks;
    return own;
  }

  /** Bytes that lie on the drives, in whole blocks. */
  get heldBytes(): number {
    let blocks = 0;
    for (const chunks of this.#drives) {
      for (const places of chunks.values()) {
        for (const place of places) if (place !== NOWHERE) blocks += 1;
      }
    }
    return blocks * BLOCK_BYTES;
  }

  read(drive: number, offset: number, bytes: number, into: Uint8Array | undefined): IoStatus {
    if (into === undefined) return IO_OK;
    let done = 0;
    while (done < bytes) {
      const block = Math.floor((offset + done) / BLOCK_BYTES);
      const start = offset + done - block * BLOCK_BYTES;
      const count = Math.min(BLOCK_BYTES - start, bytes - done);
      const chunk = this.#drives[drive]!.get(Math.floor(block / CHUNK_BLOCKS));
      const place = chunk === undefined ? NOWHERE : chunk[block % CHUNK_BLOCKS]!;
      if (place === NOWHERE) into.fill(0, done, done + count);
      else into.set(this.#bytesAt(place, start, count), done);
      done += count;
    }
    return IO_OK;
  }

  write(drive: number, offset: number, bytes: number, from: Uint8Array | undefined): IoStatus {
    if (from === undefined) return IO_OK;
    let done = 0;
    while (done < bytes) {
      const block = Math.floor((offset + done) / BLOCK_BYTES);
      const start = offset + done - block * BLOCK_BYTES;
      const count = Math.min(BLOCK_BYTES - start, bytes - done);
      const place = this.#placeToWrite(drive, block, count < BLOCK_BYTES);
      this.#bytesAt(place, start, count).set(from.subarray(done, done + count));
      done += count;
    }
    return IO_OK;
  }

  #bytesAt(place: number, start: number, count: number): Uint8Array {
    const at = (place % SLAB_BLOCKS_MAX) * BLOCK_BYTES + start;
    return this.#slabs[Math.floor(place / SLAB_BLOCKS_MAX)]!.subarray(at, at + count);
  }

  /** @param keepsRest whether what is not written now must stay. */
  #placeToWrite(drive: number, block: number, keepsRest: boolean): number {
    const places = this.#chunk(drive, Math.floor(block / CHUNK_BLOCKS));
    const index = block % CHUNK_BLOCKS;
    const old = places[index]!;
    const isOwn = old !== NOWHERE && !this.#shared.has(Math.floor(old / SLAB_BLOCKS_MAX));
    if (isOwn) return old;
    const place = this.#newPlace();
    if (keepsRest) {
      const bytes = this.#bytesAt(place, 0, BLOCK_BYTES);
      if (old === NOWHERE) bytes.fill(0);
      else bytes.set(this.#bytesAt(old, 0, BLOCK_BYTES));
    }
    places[index] = place;
    return place;
  }

  #chunk(drive: number, chunk: number): Int32Array {
    const chunks = this.#drives[drive]!;
    let places = chunks.get(chunk);
    if (places === undefined) {
      places = new Int32Array(CHUNK_BLOCKS).fill(NOWHERE);
      chunks.set(chunk, places);
    }
    return places;
  }

  #newPlace(): number {
    if (this.#taken === this.#slabBlocks) {
      this.#slabBlocks = Math.min(SLAB_BLOCKS_MAX, Math.max(SLAB_BLOCKS_MIN, 2 * this.#slabBlocks));
      this.#slabs.push(this.#store.take(this.#slabBlocks));
      this.#taken = 0;
    }
    const place = (this.#slabs.length - 1) * SLAB_BLOCKS_MAX + this.#taken;
    this.#taken += 1;
    return place;
  }

  acceptedSoFar(): number {
    return 0;
  }

  flush(): IoStatus {
    return IO_OK;
  }
}
