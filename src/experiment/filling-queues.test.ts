/** A run says when its window closed before its queues were in steady state. */
import { describe, expect, it } from "vitest";
import { runIo } from "../testing/io-run.ts";

function warningsOf(
  rw: "randread" | "randwrite",
  ioDepth: number,
  blockBytes: number,
  rampUs: number,
  options = {},
) {
  const { warnings, metrics } = runIo({
    drives: 1,
    backend: "linux",
    options: { ioengine: "io_uring", ...options },
    workload: { kind: "raw-io", rw, ioDepth, blockBytes },
    rampUs,
    runtimeUs: 5_000,
  });
  return { text: warnings.join(), ms: metrics.latencyNsMean / 1e6 };
}

describe("a window that closes before the queues are full", () => {
  it("names the time that a request takes in steady state", () => {
    const MIB = 1_048_576;
    const early = warningsOf("randread", 64, MIB, 2_000);
    const later = warningsOf("randread", 64, MIB, 30_000);
    expect(later.ms).toBeGreaterThan(1.5 * early.ms);
    expect(early.text).toContain("the queues were still filling");
    const named = Number(/about ([\d.]+) ms/.exec(early.text)![1]);
    expect(Math.abs(named / later.ms - 1)).toBeLessThan(0.25);
    expect(later.text).toBe("");
  });

  it("writes a time of three digits as people do", () => {
    const text = warningsOf("randread", 40, 16 * 1_048_576, 2_000, { fixedbufs: true }).text;
    expect(text).toMatch(/about \d{3} ms/);
  });

  it("is not suspected where requests are short, even without a ramp", () => {
    expect(warningsOf("randread", 256, 4096, 0).text).toBe("");
    expect(warningsOf("randread", 1, 4096, 0).text).toBe("");
  });

  it("is not measured where nothing has completed", () => {
    const rarely = { irq_coalescing_threshold: 16, irq_coalescing_time: 255 };
    expect(warningsOf("randread", 8, 4096, 0, rarely).text).toMatch(/^no I\/O completed/);
    // Shares of what was written would be shares of nothing.
    expect(warningsOf("randwrite", 256, 1_048_576, 2_000).text).toMatch(/^no I\/O completed/);
  });
});
