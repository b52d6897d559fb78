import { describe, expect, it } from "vitest";
import { nearNames } from "./near-names.ts";

describe("near names", () => {
  const known = ["kernel.systemCall", "kernel.softIrq", "kernel.blockLayer", "linux.readCall"];

  it("are those with other capitals, a letter too many, too few or wrong", () => {
    for (const name of [
      "kernel.sysCall",
      "kernel.systemcall",
      "kernel.systemCalls",
      "systemCall",
    ]) {
      const expected = name === "systemCall" ? [] : ["kernel.systemCall"];
      expect(nearNames(name, known), name).toEqual(expected);
    }
  });

  it("come in the order of their distance, and not too many of them", () => {
    expect(nearNames("abcd", ["abxx", "abcx", "abcd", "abc", "wxyz"])).toEqual([
      "abcd",
      "abcx",
      "abc",
    ]);
  });
});
