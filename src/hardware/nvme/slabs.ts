/**
 * Memory of the host for what lies on drives, in slabs of blocks.
 *
 * A host gives memory out page by page when it is first touched, some of them at ten times the cost
 * of copying the page. A store keeps slabs that nobody uses any more for whoever comes next.
 */

/** Memory is given out, and copied from an image, in blocks of the usual page size. */
export const BLOCK_BYTES = 4_096;
/** Blocks of the largest slabs, which are the ones that a store keeps. */
export const SLAB_BLOCKS_MAX = 1_024;
const SLAB_BYTES_MAX = SLAB_BLOCKS_MAX * BLOCK_BYTES;

export class SlabStore {
  readonly #free: Uint8Array[] = [];

  /** How much memory waits for somebody. */
  get bytes(): number {
    return this.#free.length * SLAB_BYTES_MAX;
  }

  /** A slab of that many blocks. A large one may hold what somebody else has left in it. */
  take(blocks: number): Uint8Array {
    const kept = blocks === SLAB_BLOCKS_MAX ? this.#free.pop() : undefined;
    return kept ?? new Uint8Array(blocks * BLOCK_BYTES);
  }

  /** Takes slabs back as long as `bytes` are enough; nobody may use one of them from now on. */
  giveBack(slabs: Iterable<Uint8Array>, bytesMax: number): void {
    for (const slab of slabs) {
      if (slab.byteLength === SLAB_BYTES_MAX && this.bytes + SLAB_BYTES_MAX <= bytesMax) {
        this.#free.push(slab);
      }
    }
  }

  /** Leaves memory to the host until at most `bytes` are kept. */
  shrinkTo(bytes: number): void {
    while (this.bytes > Math.max(0, bytes)) this.#free.pop();
  }
}
