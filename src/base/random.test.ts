import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mixBits, RandomStream, streamSeed, unmixBits } from "./random.ts";

/** Sum of (observed − expected)² / expected over equally likely cells. */
function chiSquare(cells: readonly number[]): number {
  const expected = cells.reduce((sum, count) => sum + count, 0) / cells.length;
  return cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Bounds that a chi-square of `degrees` leaves once in some ten thousand times, on either side. */
function plausible(degrees: number): readonly [low: number, high: number] {
  const spread = 3.9 * Math.sqrt(2 * degrees);
  return [degrees - spread, degrees + spread];
}

function expectUniform(cells: readonly number[]): void {
  const [low, high] = plausible(cells.length - 1);
  expect(chiSquare(cells)).toBeGreaterThan(low);
  expect(chiSquare(cells)).toBeLessThan(high);
}

function counted(draws: number, cells: number, next: () => number): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (let draw = 0; draw < draws; draw++) counts[next()]! += 1;
  return counts;
}

describe("a random stream", () => {
  it("gives the same numbers for ever", () => {
    const stream = new RandomStream(1, "flash");
    const drawn = [stream.below(1000), stream.below(2 ** 40), stream.fraction()];
    expect(drawn).toEqual([230, 1_087_807_657_622, 0.14352301973849535]);
  });

  it("depends on all 53 bits of the seed and on every character of the name", () => {
    const seeds = new Set<number>();
    for (let bit = 0; bit < 53; bit++) seeds.add(streamSeed(2 ** bit, "drive-0"));
    for (const name of ["drive-1", "drive-01", "Drive-0", "", "0-drive", "drive-0 ", "drive-ā"]) {
      seeds.add(streamSeed(0, name));
    }
    expect(seeds.size).toBe(60);
  });

  it("draws the same whatever its neighbours draw", () => {
    const alone = new RandomStream(7, "a");
    const beside = new RandomStream(7, "a");
    const neighbour = new RandomStream(7, "b");
    for (let draw = 0; draw < 100; draw++) {
      neighbour.fraction();
      expect(beside.fraction()).toBe(alone.fraction());
    }
  });

  it("fills [0, 1) evenly", () => {
    const stream = new RandomStream(1, "even");
    expectUniform(counted(1_000_000, 1024, () => Math.floor(stream.fraction() * 1024)));
  });

  it("fills small and large integer ranges evenly", () => {
    const stream = new RandomStream(1, "integers");
    expectUniform(counted(700_000, 7, () => stream.below(7)));
    expectUniform(
      counted(300_000, 300, () => Math.floor(stream.below(3 * 2 ** 40) / (2 ** 40 / 100))),
    );
    expectUniform(counted(256_000, 256, () => stream.below(2 ** 53) % 256));
  });

  it("reaches both ends of a range and nothing beyond", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 2 ** 53 - 1 }), (seed, bound) => {
        const drawn = new RandomStream(seed, "range").below(bound);
        return Number.isInteger(drawn) && drawn >= 0 && drawn < bound;
      }),
      { seed: 1, numRuns: 5_000 },
    );
    const stream = new RandomStream(3, "ends");
    const seen = new Set<number>();
    for (let draw = 0; draw < 1_000; draw++) seen.add(stream.below(4));
    expect([...seen].sort()).toEqual([0, 1, 2, 3]);
    expect(stream.below(1)).toBe(0);
  });

  it("is independent of the draw before", () => {
    const stream = new RandomStream(5, "pairs");
    expectUniform(counted(256_000, 256, () => stream.below(16) * 16 + stream.below(16)));
  });
});

describe("streams of neighbouring names and seeds", () => {
  const firstDraws = (make: (index: number) => RandomStream): void => {
    const draws = 25_600;
    for (let position = 0; position < 4; position++) {
      let index = 0;
      const next = (): number => {
        const stream = make(index++);
        for (let skipped = 0; skipped < position; skipped++) stream.fraction();
        return stream.below(16) * 16 + stream.below(16);
      };
      expectUniform(counted(draws, 256, next));
    }
  };

  it("start evenly over names", () => {
    firstDraws((index) => new RandomStream(1, `worker-${index}`));
  });

  it("start evenly over seeds", () => {
    firstDraws((index) => new RandomStream(index, "worker"));
  });

  it("do not run side by side", () => {
    const left = new RandomStream(1, "worker-0");
    const right = new RandomStream(1, "worker-1");
    expectUniform(counted(256_000, 256, () => left.below(16) * 16 + right.below(16)));
  });
});

describe("mixBits", () => {
  it("moves about half of the output bits for each input bit", () => {
    for (let bit = 0; bit < 32; bit++) {
      let moved = 0;
      for (let input = 0; input < 256; input++) {
        const value = Math.imul(input, 0x9e3779b1);
        let difference = (mixBits(value) ^ mixBits(value ^ (1 << bit))) >>> 0;
        for (; difference !== 0; difference >>>= 1) moved += difference & 1;
      }
      expect(moved / 256).toBeGreaterThan(14);
      expect(moved / 256).toBeLessThan(18);
    }
  });

  it("never maps two values to one", () => {
    const outputs = new Set<number>();
    for (let input = 0; input < 65_536; input++) {
      outputs.add(mixBits(input)).add(mixBits(input << 16));
    }
    expect(outputs.size).toBe(2 * 65_536 - 1);
  });
});

it("mixing 32 bits can be undone", () => {
  fc.assert(
    fc.property(fc.integer(), (bits) => {
      expect(unmixBits(mixBits(bits))).toBe(bits);
    }),
    { seed: 1, numRuns: 5_000 },
  );
});
