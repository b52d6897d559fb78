import { expect, it } from "vitest";
import { stableJson } from "./json.ts";

it("sorts keys at every depth, whatever the order in which they were set", () => {
  expect(stableJson({ b: 1, a: [{ d: 1, c: 2n }] })).toBe('{"a":[{"c":"2","d":1}],"b":1}');
  expect(stableJson({ a: 1, b: 2 })).toBe(stableJson({ b: 2, a: 1 }));
});

it("keeps the given order on request", () => {
  expect(stableJson({ b: 1, a: undefined, c: null }, 0, "given")).toBe('{"b":1,"c":null}');
});

it("refuses numbers that JSON would silently turn into null", () => {
  expect(() => stableJson({ a: Number.NaN })).toThrow(RangeError);
  expect(() => stableJson([Number.POSITIVE_INFINITY])).toThrow(RangeError);
});
