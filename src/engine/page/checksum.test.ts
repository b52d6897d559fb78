/** Is the checksum XXH32? An independent byte-wise implementation is held against both. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wordChecksum } from "./checksum.ts";
import { pageInBytes } from "./page-memory.ts";

const [P1, P2, P3, P4, P5] = [
  2_654_435_761n,
  2_246_822_519n,
  3_266_489_917n,
  668_265_263n,
  374_761_393n,
];
const MASK = 0xffff_ffffn;

/** XXH32 with seed 0, straight from its specification, in big integers. */
function xxh32(bytes: Uint8Array): number {
  const rotate = (value: bigint, count: bigint): bigint =>
    ((value << count) | (value >> (32n - count))) & MASK;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): bigint => BigInt(view.getUint32(at, true));
  let at = 0;
  let hash = P5;
  if (bytes.length >= 16) {
    const lanes = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
    for (; at + 16 <= bytes.length; at += 16) {
      for (const [index, lane] of lanes.entries()) {
        const mixed = (lane + word(at + 4 * index) * P2) & MASK;
        lanes[index] = (rotate(mixed, 13n) * P1) & MASK;
      }
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, count, index) => sum + rotate(lanes[index]!, count), 0n);
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = (rotate((hash + word(at) * P3) & MASK, 17n) * P4) & MASK;
  }
  for (; at < bytes.length; at++) {
    hash = (rotate((hash + BigInt(bytes[at]!) * P5) & MASK, 11n) * P1) & MASK;
  }
  hash = ((hash ^ (hash >> 15n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 13n)) * P3) & MASK;
  return Number(hash ^ (hash >> 16n));
}

describe("the checksum of pages", () => {
  it.each([
    ["", 0x02cc5d05],
    ["a", 0x550d7456],
    ["abc", 0x32d153ff],
    ["Nobody inspects the spammish repetition", 0xe2293b2f],
  ])("is held against an oracle with the published value of %j", (input, value) => {
    expect(xxh32(new Uint8Array(Buffer.from(input)))).toBe(value);
  });

  it("is XXH32 of any number of words", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 256 }), fc.nat(3), (input, from) => {
        const bytes = input.slice(0, input.length & ~3);
        const { words } = pageInBytes(bytes);
        const first = Math.min(from, words.length);
        const sum = wordChecksum(words, first, words.length) >>> 0;
        expect(sum).toBe(xxh32(bytes.slice(4 * first)));
      }),
    );
  });
});
