import { describe, expect, it } from "vitest";
import { hitsAt } from "../../report/free-place.ts";
import { placePathLabels } from "./path-labels.ts";

/** Stations as the page draws them at 1280 px: y by lane, from the top down. */
const path = (gap: number, ...stations: readonly (readonly [lane: number, text: string])[]) =>
  stations.map(([lane, text], index) => ({ x: 100 + index * gap, y: 20 + 28 * lane, text }));

/** Two stations share a lane, and the line comes and goes as in the lecture's paths. */
const PATHS = {
  "a fault that zeroes a page": path(
    61,
    [2, "494 ns"],
    [4, "703 ns"],
    [4, "110 ns"],
    [2, "92 ns"],
    [5, "234 ns"],
  ),
  "an interrupt after a steep way down": path(
    58,
    [2, "92 ns"],
    [3, "100 ns"],
    [8, "1.4 µs"],
    [8, "392 ns"],
    [7, "218 ns"],
  ),
  "a poll in vain": path(70, [3, "100 ns"], [7, "88.1 µs"], [7, "60 ns"], [6, "158 ns"]),
};

describe("the times of a path", () => {
  it.each(Object.entries(PATHS))("touch neither each other nor the line: %s", (_, stations) => {
    const labels = placePathLabels(stations, 13);
    expect(labels.map(({ text }) => text)).toEqual(stations.map(({ text }) => text));
    for (const { box, text } of labels) {
      const boxes = labels.flatMap((other) => (other.text === text ? [] : [other.box]));
      expect([text, hitsAt(box, { boxes, lines: [stations] })]).toEqual([text, 0]);
    }
  });

  it("stand below a valley, and above where they can", () => {
    const [top, valley] = placePathLabels(path(80, [0, "1 µs"], [2, "2 µs"], [1, "3 µs"]), 13);
    expect(top!.y).toBeLessThan(20);
    expect(valley).toMatchObject({ anchor: "middle", x: 180 });
    expect(valley!.y).toBeGreaterThan(20 + 2 * 28);
  });

  it("are left out where stations are too close for any of them, and where there is none", () => {
    expect(placePathLabels(path(20, [0, "1 µs"], [1, "88.1 µs"]), 13)).toEqual([]);
    expect(placePathLabels(path(80, [0, ""], [1, "1 µs"]), 13)).toHaveLength(1);
  });
});
