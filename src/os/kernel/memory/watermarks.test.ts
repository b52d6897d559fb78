import { expect, it } from "vitest";
import { GIB } from "../../../base/units.ts";
import { watermarksOf } from "./watermarks.ts";

it("is what Linux computes for a machine of 512 GiB", () => {
  const { min, low, high } = watermarksOf(512 * GIB, 1);
  // sqrt(16 × 512 GiB in KiB) = 92,681 KiB; 0.1 % of memory between the marks.
  expect(min).toBe(Math.round(92_681.9 / 4));
  expect(low - min).toBe(Math.round((512 * GIB) / 4_096 / 1_000));
  expect(high - low).toBe(low - min);
});

it("takes a quarter of min as distance on small machines, and caps min on huge ones", () => {
  const small = watermarksOf(4 * GIB, 1);
  expect(small.low - small.min).toBe(Math.round(4_194.304 / 4));
  expect(watermarksOf(2 ** 53, 1).min).toBe(65_536);
});

it("shrinks with the twin", () => {
  const twin = watermarksOf(512 * GIB, 0.01);
  expect(twin.high / watermarksOf(512 * GIB, 1).high).toBeCloseTo(0.01, 3);
});
