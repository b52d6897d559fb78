/** Does a slotted page keep its records in order, whole, and within its bytes? */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import {
  INNER_PAGE,
  isPageIntact,
  LEAF_PAGE,
  pageIdOf,
  pageKind,
  pageLevel,
  pageLsn,
  sealPage,
  setPageLsn,
  slotCount,
  treeIdOf,
} from "./page-header.ts";
import { allocatePages, type PageMemory, pageInBytes } from "./page-memory.ts";
import { search } from "./search.ts";
import {
  append,
  copyKey,
  formatNode,
  freeBytes,
  insertAt,
  keyAt,
  keyBytesMax,
  lowerFence,
  recordBytesMax,
  removeAt,
  replaceValueAt,
  truncate,
  upperFence,
  valueView,
} from "./slotted-page.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const bytesOf = (string: string): Uint8Array => new Uint8Array(Buffer.from(string, "latin1"));
const EMPTY: Uint8Array = new Uint8Array(0);

/** Page 1 of a memory of three, so that a wrong base would show. */
function leaf(pageBytes = 4_096, lower = EMPTY, upper?: Uint8Array): [PageMemory, number] {
  const memory = allocatePages(pageBytes, 3);
  memory.bytes.fill(0xaa);
  formatNode(memory, pageBytes, 7, LEAF_PAGE, 0, 3, lower, upper);
  return [memory, pageBytes];
}

function recordsOf(memory: PageMemory, base: number): [string, string][] {
  return Array.from({ length: slotCount(memory, base) }, (_, position) => [
    text(keyAt(memory, base, position)),
    text(valueView(memory, base, position)),
  ]);
}

/** Inserts or replaces; returns whether it fitted. */
function put(memory: PageMemory, base: number, key: Uint8Array, value: Uint8Array): boolean {
  const position = search(memory, base, key);
  if (position >= 0) return replaceValueAt(memory, base, position, value);
  return insertAt(memory, base, ~position, key, value);
}

describe("a slotted page", () => {
  it("keeps its header", () => {
    const [memory, base] = leaf(8_192, bytesOf("ab"), bytesOf("abd"));
    setPageLsn(memory, base, 2 ** 40 + 3_000_000_000);
    expect(pageIdOf(memory, base)).toBe(7);
    expect([pageKind(memory, base), pageLevel(memory, base), treeIdOf(memory, base)]).toEqual([
      1, 0, 3,
    ]);
    expect(pageLsn(memory, base)).toBe(2 ** 40 + 3_000_000_000);
    expect(text(lowerFence(memory, base))).toBe("ab");
    expect(text(upperFence(memory, base)!)).toBe("abd");
    expect(upperFence(...leaf())).toBe(undefined);
  });

  it("orders keys as unsigned bytes, a prefix first", () => {
    const [memory, base] = leaf();
    const keys = ["", "\0", "\0\0", "a", "a\0", "a\0\0\0", "a\0\0\0\0", "ab", "abcd", "abcd\0"];
    keys.push("abcde", "abcdf", "\x7f", "\x80", "\xff", "\xff\xff\xff\xff", "\xff\xff\xff\xff\0");
    for (const key of keys.toReversed()) put(memory, base, bytesOf(key), bytesOf(`<${key}>`));
    const sorted = keys.toSorted((a, b) => (a < b ? -1 : 1));
    expect(recordsOf(memory, base)).toEqual(sorted.map((key) => [key, `<${key}>`]));
    sorted.forEach((key, position) => {
      expect(search(memory, base, bytesOf(key))).toBe(position);
      removeAt(memory, base, position);
      expect(search(memory, base, bytesOf(key))).toBe(~position);
      insertAt(memory, base, position, bytesOf(key), EMPTY);
    });
  });

  it("stores keys without what the fences share", () => {
    const [memory, base] = leaf(4_096, bytesOf("customer/1"), bytesOf("customer/9"));
    const [plain, plainBase] = leaf();
    const key = bytesOf("customer/5");
    expect(freeBytes(plain, plainBase) - freeBytes(memory, base)).toBe(24);
    put(memory, base, key, bytesOf("x"));
    put(plain, plainBase, key, bytesOf("x"));
    expect(freeBytes(plain, plainBase) - freeBytes(memory, base)).toBe(24 - 8);
    expect(text(keyAt(memory, base, 0))).toBe("customer/5");
    expect(search(memory, base, bytesOf("customer/6"))).toBe(~1);
  });

  it("is intact until a bit of it changes, or it is another page", () => {
    const [memory, base] = leaf();
    put(memory, base, bytesOf("key"), bytesOf("value"));
    sealPage(memory, base);
    expect(isPageIntact(memory, base, 7)).toBe(true);
    expect(isPageIntact(memory, base, 8)).toBe(false);
    const random = new RandomStream(1, "bits");
    for (let count = 0; count < 200; count++) {
      const at = base + random.below(4_096);
      const bit = 1 << random.below(8);
      memory.bytes[at]! ^= bit;
      expect(isPageIntact(memory, base, 7)).toBe(false);
      memory.bytes[at]! ^= bit;
    }
    expect(isPageIntact(pageInBytes(new Uint8Array(4_096)), 0, 0)).toBe(false);
  });

  it("truncates at a key", () => {
    const [memory, base] = leaf();
    for (const key of ["k1", "k2", "k3"]) append(memory, base, bytesOf(key), bytesOf(key));
    setPageLsn(memory, base, 99);
    truncate(memory, base, 2, bytesOf("k25"));
    expect(recordsOf(memory, base)).toEqual([
      ["k1", "k1"],
      ["k2", "k2"],
    ]);
    expect(text(upperFence(memory, base)!)).toBe("k25");
    expect(pageLsn(memory, base)).toBe(99);
  });

  it("takes four records of the greatest size, and inner nodes three children", () => {
    for (const pageBytes of [4_096, 8_192, 16_384, 32_768, 65_536]) {
      const [memory, base] = leaf(pageBytes);
      const key: Uint8Array = new Uint8Array(keyBytesMax(pageBytes)).fill(0xff);
      const lower = key.slice();
      lower[0] = 0;
      formatNode(memory, base, 1, INNER_PAGE, 1, 0, lower, key);
      const value = new Uint8Array(recordBytesMax(pageBytes) - key.length);
      for (let first = 1; first <= 3; first++) {
        key[0] = first;
        expect(put(memory, base, key, value)).toBe(true);
      }
    }
  });
});

describe("any sequence of changes", () => {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "\0", "\xff"), maxLength: 12 });
  const change = fc.record({ key, size: fc.nat(300), remove: fc.boolean() });

  it("leaves what a sorted map holds, and never more than the page's bytes", () => {
    const changes = fc.array(change, { maxLength: 200 });
    const prefix = fc.constantFrom("", "p", "prefix");
    fc.assert(
      fc.property(changes, prefix, (list, begin) => {
        const upper = begin === "" ? undefined : bytesOf(`${begin}\xff\xff\xff\xff\xff`);
        const [memory, base] = leaf(4_096, bytesOf(begin), upper);
        const empty = freeBytes(memory, base);
        const model = new Map<string, string>();
        for (const { key: suffix, size, remove } of list) {
          const name = begin + suffix.replaceAll("\xff", "c");
          const position = search(memory, base, bytesOf(name));
          expect(position >= 0).toBe(model.has(name));
          if (remove) {
            if (position >= 0) removeAt(memory, base, position);
            model.delete(name);
          } else {
            const value = String.fromCharCode(size & 0xff).repeat(size);
            if (put(memory, base, bytesOf(name), bytesOf(value))) model.set(name, value);
            else expect(freeBytes(memory, base)).toBeLessThan(size + name.length + 16);
          }
          expect(memory.bytes[base - 1]).toBe(0xaa);
          expect(memory.bytes[base + 4_096]).toBe(0xaa);
        }
        const sorted = [...model].toSorted(([a], [b]) => (a < b ? -1 : 1));
        expect(recordsOf(memory, base)).toEqual(sorted);
        const into = new Uint8Array(64);
        sorted.forEach(([name], position) => {
          expect(copyKey(memory, base, position, into)).toBe(name.length);
        });
        for (let left = sorted.length; left > 0; left--) removeAt(memory, base, 0);
        expect(freeBytes(memory, base)).toBe(empty);
      }),
      { numRuns: 300 },
    );
  });
});
