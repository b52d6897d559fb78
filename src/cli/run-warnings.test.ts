import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kerneltax } from "../testing/captured-terminal.ts";
import { warningsOf } from "./run-warnings.ts";

const folder = mkdtempSync(join(tmpdir(), "kerneltax-warnings-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** psync waits for each request, so that its queue depth changes nothing: every run says so. */
const DEEP = join(folder, "deep.json");
writeFileSync(
  DEEP,
  JSON.stringify({
    drives: 1,
    backend: "linux",
    runtimeUs: 300,
    rampUs: 200,
    workload: { kind: "raw-io", ioDepth: 8 },
  }),
);
const CAPPED = "iodepth 8 is capped at 1: this interface blocks per request";
const linesOf = (err: string): readonly string[] => err.trim().split("\n");

describe("warnings of many runs", () => {
  it("are told once, with the first run that has them and how many more do", () => {
    const runs = [
      { name: "a", warnings: [] },
      { name: "b", warnings: ["the pool is small"] },
      { name: "c", warnings: ["the ramp is short", "the pool is small"] },
    ];
    expect(warningsOf(runs)).toEqual(["b and 1 more: the pool is small", "c: the ramp is short"]);
  });

  it("are alike when they differ in numbers only, which a name's digits are not", () => {
    const runs = [
      { name: "a", warnings: ["31 of 32 waited 0.5 ms", "set: tlbL2Hit is 1"] },
      { name: "b", warnings: ["7 of 8 waited 12 ms", "set: tlbL1Hit is 1"] },
    ];
    expect(warningsOf(runs)).toEqual([
      "a and 1 more: 31 of 32 waited 0.5 ms",
      "a: set: tlbL2Hit is 1",
      "b: set: tlbL1Hit is 1",
    ]);
  });

  it("of one run are all told, and without a name where the command is about it", () => {
    const warnings = ["8 is capped", "16 is capped"];
    expect(warningsOf([{ warnings }, { name: "seed 2", warnings }])).toEqual(warnings);
  });
});

describe("a run's warnings", () => {
  it("are told of a figure that --set has changed, by figure, series and x", async () => {
    const { err } = await kerneltax("run", "jasny26-nop", "--set", "drive.flushTime=30");
    expect(linesOf(err)).toHaveLength(1);
    expect(err).toMatch(
      /^warning: jasny26-nop, io-uring at 1 and 10 more: set: drive\.flushTime is 30 µs, outside/,
    );
    const json = await kerneltax(
      ...["run", "jasny26-nop", "--set=drive.flushTime=30", "--output-format=json"],
    );
    expect(json.err).toBe("");
    expect(JSON.parse(json.out)).toMatchObject({
      warnings: [expect.stringMatching(/^jasny26-nop, io-uring at 1 and 10 more: set: /)],
    });
  });

  it("are told by explain, of both runs once", async () => {
    const { code, err } = await kerneltax("explain", DEEP, DEEP, "--set=workload.jobs=2");
    expect({ code, err }).toEqual({
      code: 0,
      err: `warning: deep.json (1) and 1 more: ${CAPPED}\n`,
    });
    const json = await kerneltax("explain", DEEP, DEEP, "--output-format=json");
    expect(json.err).toBe("");
    expect(JSON.parse(json.out)).toMatchObject({ after: { warnings: [CAPPED] } });
  });

  it("are told by sensitivity, where its hundred runs share them", async () => {
    const { code, err } = await kerneltax("sensitivity", DEEP);
    expect({ code, err }).toEqual({ code: 0, err: `warning: ${CAPPED}\n` });
    const mix = ["--rw=randread", "--rwmixread=50", "--drives=1", "--runtime=200us"];
    const options = await kerneltax("sensitivity", ...mix, "--ramp_time=200us");
    expect(options.err).toMatch(/^warning: --rwmixread: with rw=randread it changes nothing/);
  });

  it("are told with --seeds as without, and those of other seeds beside", async () => {
    const io = ["io", "--drives=1", "--iodepth=8", "--runtime=300us", "--ramp_time=200us"];
    expect((await kerneltax(...io, "--seeds=3")).err).toBe(`warning: ${CAPPED}\n`);
    // Of so few reads one seed completes some and another none.
    const short = ["io", "--drives=1", "--runtime=40us", "--ramp_time=200us", "--seed=2"];
    const { err, out } = await kerneltax(...short, "--seeds=8");
    expect(err).toMatch(/^warning: seed \d+ and \d+ more: no I\/O completed while measuring/);
    expect(out).toContain("Mean over seeds 2 to 9");
    const json = await kerneltax(...short, "--seeds=8", "--output-format=json");
    expect(json.err).toBe("");
    expect(json.out).toMatch(/"warnings": \[\s+"seed \d+ and \d+ more: no I/);
  });
});
