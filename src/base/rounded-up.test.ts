import { expect, it } from "vitest";
import { roundedUp } from "./rounded-up.ts";

it.each([
  [1, 1],
  [0.0123, 0.013],
  [0.012, 0.012],
  [9.91, 10],
  [1_001, 1_100],
  [4.01e-7, 4.1e-7],
])("%f is not more than %f", (value, rounded) => {
  expect(roundedUp(value)).toBe(rounded);
});
