import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { parseCount, parseDurationUs, parseFlag, parseSize } from "./fio-value.ts";

describe("sizes", () => {
  it.each([
    ["512", 512, 512],
    ["4k", 4096, 4000],
    ["4K", 4096, 4000],
    ["4kb", 4096, 4000],
    ["4ki", 4000, 4096],
    ["4KiB", 4000, 4096],
    ["1m", 1_048_576, 1_000_000],
    ["1.5k", 1536, 1500],
    ["2g", 2_147_483_648, 2_000_000_000],
    ["1t", 1_099_511_627_776, 1_000_000_000_000],
    ["7b", 7, 7],
  ])("%s is %d bytes, or %d with kb_base=1000", (text, binary, decimal) => {
    expect(parseSize(text, 1024, "--bs")).toBe(binary);
    expect(parseSize(text, 1000, "--bs")).toBe(decimal);
  });

  it.each(["", "k", "-4k", "4x", "4ib", "1e3", "99999999p", "0.3", "4k,8k", "NaN"])(
    "%j is refused",
    (text) => {
      expect(() => parseSize(text, 1024, "--bs")).toThrow(UsageError);
    },
  );
});

describe("durations", () => {
  it.each([
    ["2", 2e6],
    ["0.5", 5e5],
    ["200us", 200],
    ["200usec", 200],
    ["50ms", 50_000],
    ["50MS", 50_000],
    ["3s", 3e6],
    ["1m", 60e6],
    ["1h", 3_600e6],
  ])("%s is %d µs", (text, us) => {
    expect(parseDurationUs(text, "--runtime")).toBe(us);
  });

  it.each(["", "ms", "-1", "1 fortnight", "1e3", "Infinity"])("%j is refused", (text) => {
    expect(() => parseDurationUs(text, "--runtime")).toThrow(/--runtime/);
  });
});

describe("counts and flags", () => {
  it("reads whole numbers in their range", () => {
    expect(parseCount("16", "--iodepth", 1, 64)).toBe(16);
    expect(parseCount("1e1", "--iodepth", 1, 64)).toBe(10);
    for (const text of ["0", "65", "1e9", "1.5", "-1", "", "0x10", "many"]) {
      expect(() => parseCount(text, "--iodepth", 1, 64), text).toThrow("from 1 to 64");
    }
  });

  it("reads flags", () => {
    expect([parseFlag("1", "x"), parseFlag("0", "x")]).toEqual([true, false]);
    expect(() => parseFlag("yes", "--direct")).toThrow("--direct");
  });
});
