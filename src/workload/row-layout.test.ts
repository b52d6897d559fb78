import fc from "fast-check";
import { expect, it } from "vitest";
import * as row from "./row-layout.ts";

it("numbers come back, at the ends of their ranges too", () => {
  const bytes = new Uint8Array(16).fill(0xa5);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.integer({ min: -(2 ** 47), max: 2 ** 47 - 1 }),
      (short, word, money) => {
        row.writeU16(bytes, 1, short);
        row.writeU32(bytes, 3, word);
        row.writeI48(bytes, 7, money);
        expect(row.readU16(bytes, 1)).toBe(short);
        expect(row.readU32(bytes, 3)).toBe(word);
        expect(row.readI48(bytes, 7)).toBe(money);
        expect([bytes[0], bytes[13]]).toEqual([0xa5, 0xa5]);
      },
    ),
    { seed: 1, numRuns: 2_000 },
  );
  for (const money of [-(2 ** 47), -1, 0, 2 ** 32, -(2 ** 32), 2 ** 47 - 1]) {
    row.writeI48(bytes, 0, money);
    expect(row.readI48(bytes, 0)).toBe(money);
  }
});

it("columns follow each other", () => {
  const layout = row.rowLayout({ a: 2, b: 6, c: 1 });
  expect(layout).toEqual({ bytes: 9, at: { a: 0, b: 2, c: 8 }, width: { a: 2, b: 6, c: 1 } });
});

it("a prefix is found at the beginning only", () => {
  const key = Uint8Array.of(1, 2, 3);
  expect(row.startsWith(key, Uint8Array.of(1, 2, 9), 2)).toBe(true);
  expect(row.startsWith(key, Uint8Array.of(1, 2, 9), 3)).toBe(false);
});
