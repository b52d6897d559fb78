import { describe, expect, it } from "vitest";
import { IO_METRIC_NAMES } from "../experiment/metric.ts";
import { kerneltax } from "../testing/captured-terminal.ts";

const RUN = ["io", "--drives=1", "--iodepth=8", "--runtime=400us", "--ramp_time=100us"] as const;

interface Printed {
  readonly kerneltax: {
    readonly seed: number;
    readonly metrics: Readonly<Record<string, number>>;
    readonly seeds?: readonly number[];
    readonly confidenceIntervals?: readonly { metric: string; mean: number; halfWidth: number }[];
  };
}

async function json(...args: readonly string[]): Promise<Printed["kerneltax"]> {
  const { code, out, err } = await kerneltax(...RUN, "--output-format=json", ...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return (JSON.parse(out) as Printed).kerneltax;
}

describe("--seeds", () => {
  it("gives every metric a mean over consecutive seeds, and an interval", async () => {
    const { seed, seeds, confidenceIntervals, metrics } = await json("--seeds=3", "--seed=5");
    expect(seed).toBe(5);
    expect(seeds).toEqual([5, 6, 7]);
    expect(confidenceIntervals!.map(({ metric }) => metric)).toEqual(IO_METRIC_NAMES);
    const alone = await Promise.all(["5", "6", "7"].map((one) => json("--seed", one)));
    expect(alone[0]!.metrics).toEqual(metrics);
    const latencies = alone.map((run) => run.metrics["latencyNsMean"]!);
    const latency = confidenceIntervals!.find(({ metric }) => metric === "latencyNsMean")!;
    expect(latency.mean).toBeCloseTo(latencies.reduce((a, b) => a + b) / 3, 6);
    // Student's t of two degrees of freedom: wider than the spread of three values.
    expect(latency.halfWidth).toBeGreaterThan((Math.max(...latencies) - latency.mean) / 2);
  });

  it("changes nothing else, and without it there are no intervals", async () => {
    const { seeds, confidenceIntervals, ...rest } = await json("--seeds=2");
    const plain = await json();
    expect(plain).toEqual(rest);
    expect(seeds).toEqual([1, 2]);
    expect(confidenceIntervals).toHaveLength(IO_METRIC_NAMES.length);
  });

  it("of a single run knows no spread", async () => {
    const { confidenceIntervals } = await json("--seeds=1");
    for (const { halfWidth } of confidenceIntervals!) expect(halfWidth).toBe(0);
  });

  it("prints the first run and then the table", async () => {
    const { code, out } = await kerneltax(...RUN, "--seeds=3");
    const first = await kerneltax(...RUN);
    expect(code).toBe(0);
    expect(out.startsWith(first.out)).toBe(true);
    expect(out).toContain("Mean over seeds 1 to 3, with 95 % confidence within ±:");
    expect(out).toMatch(/│ mean latency +│ +[\d.]+ │ +[\d.]+ │ µs/);
    expect(out).not.toMatch(/NaN|undefined|e-\d/);
  });
});
