import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantError } from "../../base/assert.ts";
import { FrameAllocator } from "./frame-allocator.ts";
import { DIRTY, frameOf, LARGE, PageTable, PRESENT, WRITABLE } from "./page-table.ts";

/** Pages close to each other and far apart, so that tables are shared and not. */
const page = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 500, max: 530 }),
  fc.integer({ min: 0, max: 0x3fff_ffff }),
);

describe("a page table", () => {
  it("holds what a map from pages to frames holds, whatever is mapped and unmapped", () => {
    const step = fc.record({
      page,
      frame: fc.integer({ min: 0, max: 0x7ff_ffff }),
      drop: fc.boolean(),
      reserved: fc.constantFrom(0, 0, 1, 5_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const table = new PageTable();
        const model = new Map<number, number>();
        for (const { page: at, frame, drop, reserved } of steps) {
          if (reserved > 0) table.reserve(reserved);
          if (drop) {
            const entry = table.unmap(at);
            expect((entry & PRESENT) !== 0 ? frameOf(entry) : undefined).toBe(model.get(at));
            model.delete(at);
          } else {
            table.map(at, frame, WRITABLE);
            model.set(at, frame);
          }
          for (const { page: other } of steps) {
            const entry = table.entryOf(other);
            expect(entry === 0 ? undefined : frameOf(entry)).toBe(model.get(other));
          }
        }
      }),
      { seed: 41, numRuns: 300 },
    );
  });

  it("has 512 entries per table and level, and allocates tables when they are needed", () => {
    const frames = new FrameAllocator(16);
    const table = new PageTable(frames);
    expect([...table.tablesAt]).toEqual([0, 0, 0, 1]);
    table.map(0, 1, 0);
    table.map(511, 2, 0);
    expect([...table.tablesAt]).toEqual([1, 1, 1, 1]);
    table.map(512, 3, 0);
    table.map(512 * 512, 4, 0);
    table.map(512 * 512 * 512, 5, 0);
    expect([...table.tablesAt]).toEqual([4, 3, 2, 1]);
    expect(frames.freeCount).toBe(16 - 10);
  });

  it("maps 512 pages by one large entry, and keeps the two sizes apart", () => {
    const table = new PageTable();
    table.mapLarge(1024, 512, WRITABLE);
    for (const at of [1024, 1500, 1535]) {
      expect(table.entryOf(at) & LARGE).toBe(LARGE);
      expect(frameOf(table.entryOf(at))).toBe(512);
    }
    expect(table.entryOf(1536)).toBe(0);
    expect(() => table.map(1030, 1, 0)).toThrow(InvariantError);
    expect(() => table.mapLarge(1000, 512, 0)).toThrow(InvariantError);
    table.map(4096, 1, 0);
    expect(() => table.mapLarge(4096, 512, 0)).toThrow(InvariantError);
  });

  it("sets and clears flags of one entry", () => {
    const table = new PageTable();
    table.map(7, 9, WRITABLE);
    table.setFlags(table.positionOf(7), DIRTY);
    expect(table.entryOf(7) & DIRTY).toBe(DIRTY);
    table.clearFlags(7, DIRTY | WRITABLE);
    expect(table.entryOf(7) & (DIRTY | WRITABLE)).toBe(0);
    expect(frameOf(table.entryOf(7))).toBe(9);
  });
});

describe("physical memory", () => {
  it("gives every frame once and never loses one", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (steps) => {
        const frames = new FrameAllocator(13);
        const used: number[] = [];
        for (const take of steps) {
          if (take) {
            const frame = frames.allocate();
            if (used.length === 13) expect(frame).toBe(-1);
            else {
              expect(used).not.toContain(frame);
              used.push(frame);
            }
          } else if (used.length > 0) frames.free(used.splice(used.length >> 1, 1)[0]!);
          expect(frames.freeCount + used.length).toBe(13);
          for (let frame = 0; frame < 13; frame++) {
            expect(frames.isInUse(frame)).toBe(used.includes(frame));
          }
        }
      }),
      { seed: 42, numRuns: 200 },
    );
  });

  it("notices a frame that is freed twice", () => {
    const frames = new FrameAllocator(2);
    const frame = frames.allocate();
    frames.free(frame);
    expect(() => frames.free(frame)).toThrow(InvariantError);
  });
});
