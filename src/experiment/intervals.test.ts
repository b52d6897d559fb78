import { expect, it } from "vitest";
import { metricsDuring } from "./intervals.ts";
import type { RunResult } from "./result.ts";

const interval = (startS: number, pagesPerS: number) => ({
  startS,
  endS: startS + 2,
  metrics: { pagesPerS },
});
const result = { intervals: [interval(0, 10), interval(2, 30), interval(4, 0)] } as const;
const during = (startS: number, endS: number) =>
  metricsDuring(result as unknown as RunResult, { startS, endS });

it("weighs each interval by its part of the span", () => {
  expect(during(0, 2)).toEqual({ pagesPerS: 10 });
  expect(during(0, 4)).toEqual({ pagesPerS: 20 });
  expect(during(1, 4)).toEqual({ pagesPerS: (10 + 60) / 3 });
  expect(during(2, 6)).toEqual({ pagesPerS: 15 });
});

it("refuses a span that the run does not cover", () => {
  expect(() => during(4, 8)).toThrow(/^x: the run reports no intervals from 4 s to 8 s/);
});
