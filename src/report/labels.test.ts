import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { around, hitsAt } from "./free-place.ts";
import { LABEL_HEIGHT, leaderOf, placeLabels, pushApart } from "./labels.ts";

describe("pushApart", () => {
  it("leaves alone what is far enough apart", () => {
    expect(pushApart([50, 10, 30], 15, 0, 100)).toEqual([50, 10, 30]);
  });

  it("spreads a cluster evenly around its middle", () => {
    expect(pushApart([50, 50, 50], 10, 0, 100)).toEqual([40, 50, 60]);
  });

  it("stays inside its limits", () => {
    expect(pushApart([2, 1], 10, 0, 100)).toEqual([10, 0]);
    expect(pushApart([99, 99], 10, 0, 100)).toEqual([90, 100]);
  });

  it("keeps the gap, the order and the limits for any positions", () => {
    const positions = fc.array(fc.integer({ min: -50, max: 250 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(positions, (ys) => {
        const moved = pushApart(ys, 17, 0, 200);
        const sorted = [...moved].sort((a, b) => a - b);
        for (const [index, y] of sorted.entries()) {
          expect(y).toBeGreaterThanOrEqual(0);
          expect(y).toBeLessThanOrEqual(200);
          if (index > 0) expect(y - sorted[index - 1]!).toBeGreaterThan(17 - 1e-9);
        }
        for (const [i, a] of ys.entries()) {
          for (const [j, b] of ys.entries()) if (a < b) expect(moved[i]!).toBeLessThan(moved[j]!);
        }
      }),
    );
  });
});

describe("placeLabels", () => {
  const frame = { left: 60, right: 500, top: 50, bottom: 400 };

  it("puts the name of a short curve inside and of a full one into the margin", () => {
    const [short, full] = placeLabels(
      [
        { x: 200, y: 100, width: 40 },
        { x: 490, y: 100, width: 40 },
      ],
      frame,
    );
    expect(short?.isInside).toBe(true);
    expect(short?.x).toBeLessThan(frame.right);
    expect(full).toMatchObject({ isInside: false, y: 100 });
    expect(full?.x).toBeGreaterThan(frame.right);
  });

  it("separates names of curves that end together", () => {
    const end = { x: 490, y: 100, width: 40 };
    const [first, second] = placeLabels([end, end], frame);
    expect(Math.abs(first!.y - second!.y)).toBeGreaterThanOrEqual(LABEL_HEIGHT);
  });

  it("keeps a long name out of the margin's names", () => {
    const [place] = placeLabels([{ x: 450, y: 100, width: 80 }], frame);
    expect(place?.isInside).toBe(false);
  });

  it("keeps the name of a short curve off points, lines, leaders and other names", () => {
    const end = { x: 200, y: 200, width: 100 };
    const rising = [
      { x: 180, y: 210 },
      { x: 480, y: 120 },
    ];
    const drawn = { boxes: rising.map((point) => around(point, 6)), lines: [rising] };
    const full = { x: 210, y: 220, width: 350 };
    const [first, second, margin] = placeLabels([end, end, full], frame, drawn);
    const boxes = [first!, second!].map(({ x, y }) => ({
      left: x,
      right: x + end.width,
      top: y - 6,
      bottom: y + 6,
    }));
    const lines = [rising, leaderOf(full, margin!)];
    for (const [index, box] of boxes.entries()) {
      const others = [...drawn.boxes, ...boxes.filter((other) => other !== box)];
      expect([index, hitsAt(box, { boxes: others, lines })]).toEqual([index, 0]);
      expect(box.right).toBeLessThan(frame.right);
    }
    expect([first!.isInside, second!.isInside, margin!.isInside]).toEqual([true, true, false]);
  });

  it("keeps the name of a short curve within the frame", () => {
    const [place] = placeLabels([{ x: 200, y: 398, width: 40 }], frame);
    expect(place!.y).toBeLessThan(frame.bottom - 5);
  });
});
