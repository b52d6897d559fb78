/** Writes from memory that the process has never written pin the zero page, the slow way. */
import { describe, expect, it } from "vitest";
import { runIo } from "../../testing/io-run.ts";

const FIRST_PS = 500_000;
const NEXT_PS = 100_000;

/** Pinning time per I/O of one thread, in picoseconds. */
function pinningPs(rw: "randread" | "randwrite", blockBytes: number, options: object): number {
  const result = runIo({
    drives: 1,
    backend: "linux",
    options: { ioengine: "io_uring", untouchedbufs: true, ...options },
    workload: { kind: "raw-io", rw, blockBytes },
    runtimeUs: 2_000,
    rampUs: 200,
    set: {
      "linux.zeroPagePinning": FIRST_PS / 1_000,
      "linux.zeroPagePinningNext": NEXT_PS / 1_000,
    },
  });
  return Number(result.ledger.total["pagePinning"]) / result.metrics.simulatedIos;
}

describe("untouchedbufs", () => {
  it("makes writes pay for the first and each further page", () => {
    expect(pinningPs("randwrite", 4_096, {})).toBeCloseTo(FIRST_PS, -4);
    expect(pinningPs("randwrite", 16_384, {})).toBeCloseTo(FIRST_PS + 3 * NEXT_PS, -4);
  });

  it("leaves reads as they are: the first one has made the pages real", () => {
    const touched = pinningPs("randread", 16_384, { untouchedbufs: false });
    expect(touched).toBeGreaterThan(0);
    expect(pinningPs("randread", 16_384, {})).toBe(touched);
  });

  it("is refused beside registered buffers, which are written when they are registered", () => {
    expect(() => pinningPs("randwrite", 4_096, { fixedbufs: true })).toThrow(
      /untouchedbufs: registering buffers \(fixedbufs\)/,
    );
  });
});
