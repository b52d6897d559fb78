import { describe, expect, it } from "vitest";
import { around, crosses, freePlace, hitsAt, overlaps } from "./free-place.ts";

const box = { left: 10, right: 30, top: 10, bottom: 20 };

describe("crosses", () => {
  it.each([
    ["from side to side", { x: 0, y: 15 }, { x: 40, y: 15 }, true],
    ["across a corner", { x: 5, y: 12 }, { x: 12, y: 5 }, false],
    ["across a corner that it cuts", { x: 8, y: 16 }, { x: 16, y: 8 }, true],
    ["upright", { x: 20, y: 40 }, { x: 20, y: 0 }, true],
    ["ending inside", { x: 20, y: 40 }, { x: 20, y: 15 }, true],
    ["ending before", { x: 20, y: 40 }, { x: 20, y: 21 }, false],
    ["along an edge", { x: 0, y: 20 }, { x: 40, y: 20 }, false],
    ["a point inside", { x: 20, y: 15 }, { x: 20, y: 15 }, true],
    ["beside", { x: 31, y: 0 }, { x: 31, y: 40 }, false],
  ])("knows a line %s", (_, from, to, expected) => {
    expect(crosses(box, from, to)).toBe(expected);
    expect(crosses(box, to, from)).toBe(expected);
  });
});

describe("overlaps", () => {
  it("is about areas: boxes that touch do not overlap", () => {
    expect(overlaps(box, around({ x: 30, y: 20 }, 2))).toBe(true);
    expect(overlaps(box, around({ x: 32, y: 15 }, 2))).toBe(false);
  });
});

describe("freePlace", () => {
  const at = (x: number) => ({ x, box: { left: x, right: x + 10, top: 0, bottom: 10 } });
  const obstacles = {
    boxes: [around({ x: 5, y: 5 }, 4)],
    lines: [
      [
        { x: 15, y: -5 },
        { x: 15, y: 20 },
        { x: 18, y: -5 },
      ],
    ],
  };

  it("takes the first place that is free", () => {
    expect(freePlace([at(0), at(20), at(30)], obstacles).x).toBe(20);
  });

  it("takes the place that touches least, if none is free", () => {
    expect([hitsAt(at(11).box, obstacles), hitsAt(at(2).box, obstacles)]).toEqual([2, 1]);
    expect(freePlace([at(11), at(2), at(1)], obstacles).x).toBe(2);
  });
});
