import { describe, expect, it } from "vitest";
import { crashRun } from "../../testing/crash-run.ts";

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed + 1);

describe("after a crash at any moment, and crashes of recovery", () => {
  it("every acknowledged transaction is there, entirely, and nothing else", () => {
    const met = { acknowledged: 0, redone: 0, undone: 0, checkpoints: 0, recoveries: 0 };
    for (const seed of SEEDS) {
      // Half of them with the other buffer pool, with larger pages, with the adversary.
      const result = crashRun({
        seed,
        config: {
          buffer: seed % 2 === 0 ? "swizzling" : "hash-table",
          pageBytes: seed % 4 < 2 ? 4_096 : 8_192,
          ...(seed % 8 < 4 ? {} : { adversary: { seed, probability: 0.1 } }),
        },
      });
      expect(result.faults, `seed ${seed}`).toEqual([]);
      met.acknowledged += result.acknowledged;
      met.redone += result.redone;
      met.undone += result.undone;
      met.checkpoints += result.checkpoints;
      met.recoveries += result.recoveries;
    }
    // The test is worth something only if all of this happened.
    expect(met.acknowledged).toBeGreaterThan(300);
    expect(met.redone).toBeGreaterThan(100);
    expect(met.undone).toBeGreaterThan(5);
    expect(met.checkpoints).toBeGreaterThan(10);
    expect(met.recoveries).toBeGreaterThan(10);
  });
});
