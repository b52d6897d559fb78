import { describe, expect, it } from "vitest";
import { RandomStream } from "../base/random.ts";
import { Core } from "../hardware/cpu/core.ts";
import { LAST_LEVEL, LeafCaches, MEMORY, OWN_CACHE } from "./leaf-caches.ts";

/** Two cores of one complex and one of another. */
const cores = [0, 0, 1].map((complex, index) => new Core(index, complex, 1, []));
const [first, second, far] = cores as [Core, Core, Core];

describe("the caches of leaves", () => {
  it("keep a core's last leaf, the complex's for its other cores, and nothing for others", () => {
    const caches = new LeafCaches(1_000);
    expect(caches.visit(first, 7)).toBe(MEMORY);
    expect(caches.visit(first, 7)).toBe(OWN_CACHE);
    expect(caches.visit(second, 7)).toBe(LAST_LEVEL);
    expect(caches.visit(far, 7)).toBe(MEMORY);
  });

  it("forget what was visited longer ago than they are large", () => {
    const caches = new LeafCaches(1_000);
    const round = (leaves: number): number => {
      let cold = 0;
      for (let leaf = 0; leaf < leaves; leaf++) {
        if (caches.visit(first, leaf) === MEMORY) cold += 1;
      }
      return cold / leaves;
    };
    round(500);
    expect(round(500)).toBeLessThan(0.5);
    round(50_000);
    expect(round(50_000)).toBeGreaterThan(0.95);
  });

  it("lose none of those that fit because others have the same place", () => {
    const caches = new LeafCaches(1_000);
    const random = new RandomStream(1, "leaves");
    const leaves = Array.from({ length: 500 }, () => random.below(1_000_000_000));
    for (const leaf of leaves) caches.visit(first, leaf);
    const cold = leaves.filter((leaf) => caches.visit(first, leaf) === MEMORY).length;
    // With one way to a set it would be a fifth or more.
    expect(cold / leaves.length).toBeLessThan(0.02);
  });

  it("have no last level unless they are given one", () => {
    const caches = new LeafCaches(0);
    caches.visit(first, 7);
    expect(caches.visit(second, 7)).toBe(MEMORY);
  });
});
