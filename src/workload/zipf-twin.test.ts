import { describe, expect, it } from "vitest";
import { RandomStream } from "../base/random.ts";
import type { KeyChooser } from "./keys.ts";
import { type EntriesTwin, entriesTwin } from "./twin.ts";
import { twinKeys, twinTheta, zipfMissRate } from "./zipf-twin.ts";

const PAGE_BYTES = 4_096;
const VALUE_BYTES = 120;
const DATA_BYTES = 80e6;
const THETA = 0.99;

const twinAt = (scale: number, dataBytes = DATA_BYTES): EntriesTwin =>
  entriesTwin(dataBytes, PAGE_BYTES, VALUE_BYTES, scale);

/** Page of each rank: entries in random order, `perPage` to a page. */
function scattered(count: number, perPage: number, random: RandomStream): Int32Array {
  const pageOf = Int32Array.from({ length: count }, (_, rank) => Math.floor(rank / perPage));
  for (let rank = count - 1; rank > 0; rank--) {
    const other = random.below(rank + 1);
    [pageOf[rank], pageOf[other]] = [pageOf[other]!, pageOf[rank]!];
  }
  return pageOf;
}

/** What a clock (second chance) over pages really misses, without any theory. */
function simulatedMissRate(
  { count, perLeaf }: EntriesTwin,
  keysOf: (random: RandomStream) => KeyChooser,
  cachedShare: number,
  requests = 400_000,
): number {
  const random = new RandomStream(1, "clock");
  const keys = keysOf(random);
  const pageOf = scattered(count, perLeaf, random);
  const pages = Math.ceil(count / perLeaf);
  const frames = Math.ceil(pages * cachedShare);
  const pageIn = new Int32Array(frames).fill(-1);
  const frameOf = new Int32Array(pages).fill(-1);
  const isUsed = new Uint8Array(frames);
  let [hand, misses] = [0, 0];
  for (let request = -requests; request < requests; request++) {
    const page = pageOf[keys.next(count)]!;
    if (frameOf[page]! < 0) {
      if (request >= 0) misses += 1;
      for (; isUsed[hand] === 1; hand = (hand + 1) % frames) isUsed[hand] = 0;
      if (pageIn[hand]! >= 0) frameOf[pageIn[hand]!] = -1;
      pageIn[hand] = page;
      frameOf[page] = hand;
      hand = (hand + 1) % frames;
    }
    isUsed[frameOf[page]!] = 1;
  }
  return misses / requests;
}

describe("a twin under Zipf's law", () => {
  it.each([0.5, 0.1])("misses what the original does with %d of it in memory", (cachedShare) => {
    const original = twinAt(1);
    const keys = twinKeys(THETA, original, cachedShare);
    const wanted = simulatedMissRate(original, keys, cachedShare);
    for (const scale of [1 / 6, 1 / 30]) {
      const twin = twinAt(scale);
      const missRate = simulatedMissRate(twin, twinKeys(THETA, twin, cachedShare), cachedShare);
      expect(Math.abs(missRate / wanted - 1), `scale ${scale}`).toBeLessThan(0.02);
    }
  });

  it("is predicted near to what a clock misses, whatever a page holds", () => {
    for (const perLeaf of [1, 2, 50]) {
      const small = twinAt(1 / 30);
      const twin = { ...small, nominalCount: small.count, perLeaf };
      for (const theta of [0.6, 0.99, 1.2]) {
        const predicted = zipfMissRate(twin.count, theta, perLeaf, 0.3);
        const clock = simulatedMissRate(twin, twinKeys(theta, twin, 0.3), 0.3);
        expect(predicted / clock, `${perLeaf} ${theta}`).toBeGreaterThan(0.9);
        expect(predicted / clock, `${perLeaf} ${theta}`).toBeLessThan(1.03);
      }
    }
  });

  it("with one entry to a page is Che's formula over entries, summed up one by one", () => {
    const [count, requests] = [20_000, 12_000];
    const weights = Array.from({ length: count }, (_, rank) => (rank + 1) ** -THETA);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const idle = weights.map((weight) => Math.exp((-weight / total) * requests));
    const idleShare = idle.reduce((sum, each) => sum + each, 0) / count;
    const missRate = idle.reduce((sum, each, rank) => sum + (each * weights[rank]!) / total, 0);
    expect(zipfMissRate(count, THETA, 1, 1 - idleShare) / missRate).toBeCloseTo(1, 3);
  });

  it.each([0.1, 1])("asks for each popular entry as often, with %d of it in memory", (share) => {
    const draws = 400_000;
    const shares = [1, 1 / 15, 1 / 60].map((scale) => {
      const twin = twinAt(scale, 2e9);
      const keys = twinKeys(THETA, twin, share)(new RandomStream(1, "popular"));
      const seen = new Float64Array(twin.count);
      for (let draw = 0; draw < draws; draw++) seen[keys.next(twin.count)]! += 1 / draws;
      // Two that ask at the same time meet this often: how long locks are waited for.
      const meetings = seen.reduce((sum, each) => sum + each * each, 0);
      return { first: seen[0]!, meetings };
    });
    const [original, ...twins] = shares;
    for (const twin of twins) {
      expect(Math.abs(twin.first / original!.first - 1)).toBeLessThan(0.02);
      expect(twin.meetings / original!.meetings).toBeLessThan(1.25);
      expect(twin.meetings / original!.meetings).toBeGreaterThan(1);
    }
  });

  it("is the original where nothing is scaled or all is in memory", () => {
    expect(twinTheta(THETA, twinAt(1), 0.1)).toBe(THETA);
    expect(twinTheta(THETA, twinAt(0.1), 1)).toBe(THETA);
  });

  it("has an exponent for any original, of up to 10¹² entries", () => {
    for (const theta of [0.001, 0.5, 1, 1.5, 5]) {
      for (const cachedShare of [1e-6, 0.1, 0.999_999]) {
        for (const [scale, dataBytes] of [
          [1e-9, 200e12],
          [1e-4, 200e12],
          [0.5, 1e6],
        ] as const) {
          const found = twinTheta(theta, twinAt(scale, dataBytes), cachedShare);
          expect(found).toBeGreaterThanOrEqual(theta);
          expect(found).toBeLessThanOrEqual(theta + 1);
        }
      }
    }
  });
});
