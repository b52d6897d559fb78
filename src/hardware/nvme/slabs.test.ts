/** Memory that drives leave behind: who gets it next, and what must not be seen of it. */
import { describe, expect, it } from "vitest";
import { SparseMedia } from "./media.ts";
import { BLOCK_BYTES, SLAB_BLOCKS_MAX, SlabStore } from "./slabs.ts";

const SLAB_BYTES = SLAB_BLOCKS_MAX * BLOCK_BYTES;
const ALL = Number.POSITIVE_INFINITY;
/** Enough that the small slabs that media begin with are full, and two large ones are begun. */
const MANY = 3 * SLAB_BYTES;

function fill(media: SparseMedia, bytes: number, value: number): void {
  media.write(0, 0, bytes, new Uint8Array(bytes).fill(value));
}

describe("a store of slabs", () => {
  it("gives a slab that was given back to whoever asks next, and keeps no small ones", () => {
    const store = new SlabStore();
    const slab = store.take(SLAB_BLOCKS_MAX);
    store.giveBack([slab, store.take(16)], ALL);
    expect(store.bytes).toBe(SLAB_BYTES);
    expect(store.take(16).length).toBe(16 * BLOCK_BYTES);
    expect(store.take(SLAB_BLOCKS_MAX) === slab).toBe(true);
    expect(store.take(SLAB_BLOCKS_MAX) === slab).toBe(false);
    expect(store.bytes).toBe(0);
  });

  it("keeps as much as it may", () => {
    const store = new SlabStore();
    const slabs = [1, 2, 3].map(() => store.take(SLAB_BLOCKS_MAX));
    store.giveBack(slabs, 2 * SLAB_BYTES + 1);
    expect(store.bytes).toBe(2 * SLAB_BYTES);
    store.shrinkTo(SLAB_BYTES);
    expect(store.bytes).toBe(SLAB_BYTES);
    store.giveBack([slabs[2]!], 0);
    expect(store.bytes).toBe(SLAB_BYTES);
    store.shrinkTo(-1);
    expect(store.bytes).toBe(0);
  });
});

describe("media on used memory", () => {
  it("show nothing of what was there, also around a write of a few bytes", () => {
    const store = new SlabStore();
    const first = new SparseMedia(1, store);
    fill(first, MANY, 77);
    store.giveBack(first.takeSlabs(), ALL);
    expect(store.bytes).toBeGreaterThan(SLAB_BYTES);
    const kept = store.bytes;
    const second = new SparseMedia(1, store);
    const blocks = MANY / BLOCK_BYTES;
    for (let block = 0; block < blocks; block++) {
      second.write(0, block * BLOCK_BYTES + 100, 1, Uint8Array.of(5));
    }
    expect(store.bytes).toBeLessThan(kept);
    const expected = new Uint8Array(BLOCK_BYTES);
    expected[100] = 5;
    const into = new Uint8Array(BLOCK_BYTES);
    for (let block = 0; block < blocks; block++) {
      second.read(0, block * BLOCK_BYTES, BLOCK_BYTES, into);
      expect(Buffer.compare(into, expected)).toBe(0);
    }
  });

  it("leave behind what is theirs, and nothing that an image holds", () => {
    const media = new SparseMedia(1);
    fill(media, MANY, 1);
    const image = media.image();
    fill(media, MANY, 2);
    const left = media.takeSlabs();
    expect(left.length > 0).toBe(true);
    for (const slab of left) {
      expect(image.slabs.includes(slab)).toBe(false);
      slab.fill(99);
    }
    const again = new SparseMedia(1);
    again.adopt(image);
    const into = new Uint8Array(MANY);
    again.read(0, 0, MANY, into);
    expect(into.every((byte) => byte === 1)).toBe(true);
    expect(again.takeSlabs().length).toBe(0);
    media.read(0, 0, MANY, into);
    expect(into.every((byte) => byte === 0)).toBe(true);
  });
});
