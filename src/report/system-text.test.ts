import { describe, expect, it } from "vitest";
import type { RunResult } from "../experiment/result.ts";
import { optionsText, systemText } from "./system-text.ts";

const run = (spec: Partial<RunResult["spec"]>): RunResult =>
  ({ spec: { backend: "linux", facets: {}, options: {}, ...spec } }) as RunResult;

describe("what a run was on", () => {
  it("is the storage's system, with the others where they differ", () => {
    expect(systemText(run({}))).toBe("linux");
    expect(systemText(run({ facets: { memory: "custom" } }))).toBe("linux, memory of custom");
    expect(systemText(run({ facets: { storage: "unikernel", memory: "unikernel" } }))).toBe(
      "unikernel, scheduler of linux",
    );
  });

  it("has options, on one line in a pipe and on lines of the terminal's width elsewhere", () => {
    const options = { ioengine: "libaio", hipri: false, raid: "none" };
    expect(optionsText(run({ options }))).toBe("  options: ioengine=libaio hipri=false raid=none");
    expect(optionsText(run({ options }), 38).split("\n")).toEqual([
      "  options: ioengine=libaio hipri=false",
      "           raid=none",
    ]);
    expect(optionsText(run({}))).toBe("  options: none");
  });
});
