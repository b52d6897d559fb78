import { expect, it } from "vitest";
import { NO_MARK, Readahead } from "./readahead.ts";
import { Volume } from "./volume.ts";

const window = ({ start, count, mark }: Readahead): number[] => [start, count, mark];

it("RANDOM reads the page alone", () => {
  const readahead = new Readahead(1_000, "random");
  readahead.onMiss(500);
  expect(window(readahead)).toEqual([500, 1, NO_MARK]);
});

it("NORMAL reads 16 before and 15 after, marked at the last quarter", () => {
  const readahead = new Readahead(1_000, "normal");
  readahead.onMiss(500);
  expect(window(readahead)).toEqual([484, 32, 508]);
  readahead.onMiss(3);
  expect(window(readahead)).toEqual([0, 32, 24]);
  readahead.onMiss(998);
  expect(window(readahead)).toEqual([982, 18, 1_006]);
});

it("takes as large a window as it is given: on a RAID0, twice what lies in a stripe", () => {
  expect(new Volume(1).readAheadPages).toBe(32);
  const { readAheadPages } = new Volume(10);
  expect(readAheadPages).toBe((2 * 10 * 512) / 4);
  const normal = new Readahead(1e6, "normal", readAheadPages);
  normal.onMiss(5_000);
  expect(window(normal)).toEqual([3_720, 2_560, 5_640]);
  const sequential = new Readahead(1e6, "sequential", readAheadPages);
  sequential.onMiss(0);
  expect(window(sequential)).toEqual([0, 2_560, 0]);
  sequential.onMark(2_560);
  expect(window(sequential)).toEqual([2_560, 2_560, 2_560]);
});

it("NORMAL stops reading around a file that misses much more than it hits", () => {
  const readahead = new Readahead(1e6, "normal");
  for (let miss = 0; miss < 100; miss++) readahead.onMiss(1_000 * miss + 500);
  expect(readahead.count).toBe(32);
  readahead.onMiss(7);
  expect(window(readahead)).toEqual([7, 1, NO_MARK]);
  readahead.onHit();
  readahead.onHit();
  readahead.onMiss(500_000);
  expect(readahead.count).toBe(32);
});

it("NORMAL forgets misses: a thousand at most have to be made good by hits", () => {
  const readahead = new Readahead(1e6, "normal");
  for (let miss = 0; miss < 5_000; miss++) readahead.onMiss(100 * miss);
  for (let hit = 0; hit < 900; hit++) readahead.onHit();
  readahead.onMiss(7);
  expect(readahead.count).toBe(1);
  for (let hit = 0; hit < 2; hit++) readahead.onHit();
  readahead.onMiss(500_000);
  expect(readahead.count).toBe(32);
});

it("SEQUENTIAL marks the windows of a reader that goes on, not those of others", () => {
  const readahead = new Readahead(1e6, "sequential");
  readahead.onMiss(0);
  expect(window(readahead)).toEqual([0, 32, 0]);
  readahead.onMiss(5_000);
  expect(window(readahead)).toEqual([5_000, 32, NO_MARK]);
  readahead.onMiss(32);
  expect(window(readahead)).toEqual([32, 32, 32]);
});

it("a mark starts the next window at the first page that is missing", () => {
  const readahead = new Readahead(100, "normal");
  readahead.onMark(90);
  expect(window(readahead)).toEqual([90, 10, 90]);
});

it("a lone read() reads its page alone, one that goes on or finds a trace reads more", () => {
  const readahead = new Readahead(1_000, "normal");
  readahead.onReadMiss(500, 0);
  expect(window(readahead)).toEqual([500, 1, NO_MARK]);
  readahead.onRead(500);
  readahead.onReadMiss(501, 0);
  expect(window(readahead)).toEqual([501, 4, 502]);
  readahead.onReadMiss(700, 1);
  expect(window(readahead)).toEqual([700, 1, NO_MARK]);
  readahead.onReadMiss(700, 2);
  expect(window(readahead)).toEqual([700, 3, 702]);
  readahead.onReadMiss(800, 32);
  expect(window(readahead)).toEqual([800, 32, 831]);
  const random = new Readahead(1_000, "random");
  random.onReadMiss(502, 2);
  expect(window(random)).toEqual([502, 1, NO_MARK]);
});
