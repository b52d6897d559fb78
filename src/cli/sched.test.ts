import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseSpec } from "../experiment/spec.ts";
import { kerneltax } from "../testing/captured-terminal.ts";
import { SCHED_EXPERIMENTS } from "./sched-experiments.ts";

const folder = mkdtempSync(join(tmpdir(), "kerneltax-sched-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("kerneltax sched", () => {
  it.each(SCHED_EXPERIMENTS.map((experiment) => [experiment.id, experiment] as const))(
    "%s holds specs that can be run",
    (_, { points, metrics }) => {
      expect(points.length).toBeGreaterThan(2);
      expect(metrics.length).toBeGreaterThan(1);
      for (const { input } of points) expect(parseSpec(input).workload.kind).toBe("sched");
    },
  );

  it("prints a table, or one envelope per run", async () => {
    const text = await kerneltax("sched", "switch");
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/unikernel as a guest, across cores/);
    const json = await kerneltax("sched", "switch", "--output-format", "json", "--seed", "7");
    const { experiment, runs } = JSON.parse(json.out);
    expect(experiment).toBe("switch");
    expect(runs).toHaveLength(10);
    expect(runs[0]).toMatchObject({ tool: "kerneltax", command: "sched", seed: 7 });
  });

  it("runs every point under several seeds, and prints medians and the range", async () => {
    const json = await kerneltax("sched", "latch", "--seeds", "3", "--output-format", "json");
    const { runs } = JSON.parse(json.out) as {
      readonly runs: readonly { point: string; seed: number; metrics: Record<string, number> }[];
    };
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(new Set(runs.map(({ point }) => point)).size).toBe(4);
    const rates = runs.slice(0, 3).map(({ metrics }) => metrics["operationsPerS"]!);
    expect(new Set(rates).size).toBe(3);
    const [lowest, middle, highest] = [...rates].sort((a, b) => a - b);
    const text = await kerneltax("sched", "latch", "--seeds", "3");
    const row = text.out.split("\n").find((line) => line.includes("10 µs, not masked"))!;
    const shown = row.split("│").slice(2, 5).map(Number);
    const expected = [middle, lowest, highest].map((rate) =>
      Number((rate! / 1_000).toPrecision(4)),
    );
    expect(shown).toEqual(expected);
    const none = await kerneltax("sched", "latch", "--seeds", "0");
    expect([none.code, none.err]).toEqual([2, expect.stringMatching(/--seeds.*"0".*1 to 64/)]);
  });

  it("changes every run as the command line says, and refuses what a run cannot be", async () => {
    const args = ["--isolation=vm", "--drives=0", "--runtime=1ms", "--set=workload.work.threads=8"];
    const { out } = await kerneltax("sched", "latch", ...args, "--output-format", "json");
    for (const { spec } of JSON.parse(out).runs) {
      expect(spec).toMatchObject({ isolation: "vm", drives: 1, runtimeUs: 1_000 });
      expect(spec.workload.work.threads).toBe(8);
    }
    for (const [option, message] of [
      ["--isolation=jail", /isolation/],
      ["--drives=65", /--drives.*"65".*0 to 64/],
      ["--drives=2", /drives: 2 .*has 1/],
      ["--virtual-storage=virtio", /virtualStorage: "virtio" .* give --isolation vm/],
      ["--runtime=soon", /--runtime.*"soon"/],
      ["--runtime=0", /--runtime: "0" is not allowed; give a time above 0/],
    ] as const) {
      const refused = await kerneltax("sched", "latch", option);
      expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(message)]);
    }
  });

  it("says under the title what the command line has changed", async () => {
    const heads = async (...args: string[]): Promise<string[]> =>
      (await kerneltax("sched", "latch", ...args)).out.split("\n").slice(1, 3);
    const threads = "workload.work.threads=3";
    expect(await heads("--set", threads, "--set", "cpu.idleExit=5", "--isolation=vm")).toEqual([
      "  machine xeon5418y, 1 drive",
      `  changed: --isolation vm --set ${threads} --set cpu.idleExit=5`,
    ]);
    expect((await heads())[1]).toMatch(/^┌/);
  });

  it("leaves out rows with a layer of their own where one is given for all", async () => {
    const { out } = await kerneltax("sched", "switch", "--isolation=vm", "--runtime=1us");
    expect(out).toMatch(/Linux, across cores/);
    expect(out).not.toMatch(/as a guest/);
  });

  it("warns of a window that holds few of the longest operations", async () => {
    const { code, err } = await kerneltax("sched", "mixed", "--runtime=20ms");
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: the window is shorter than 20 of the longest operations/);
  });

  it("prints no number, and one warning, where nothing ended that it measures", async () => {
    const query = await kerneltax("sched", "query", "--runtime", "1ms");
    expect(query.code).toBe(0);
    const yielding = query.out.split("\n").find((line) => line.includes("│ yield every 20 µs "))!;
    // The short ones' times are there; no query of 10 ms has ended.
    const cells = yielding.split("│").map((cell) => cell.trim());
    expect(cells.slice(2, 6)).toEqual([expect.any(String), expect.any(String), "–", "0.000"]);
    expect(Number(cells[2])).toBeGreaterThan(0);
    expect(query.err.match(/lengthen --runtime/g)).toHaveLength(1);
    const turns = await kerneltax("sched", "switch", "--runtime", "1us");
    expect(turns.out).toMatch(/Linux as a guest, across cores +│ +– │ +– │/);
    expect(turns.out).not.toMatch(/│ +0\.000 │/);
    expect(turns.err.match(/lengthen --runtime/g)).toHaveLength(1);
    const json = await kerneltax("sched", "switch", "--runtime=1us", "--output-format=json");
    const { metrics } = JSON.parse(json.out).runs[3];
    expect(metrics).not.toHaveProperty("operationNsMean");
    expect(metrics).not.toHaveProperty("shortNsP99");
    expect(metrics).toMatchObject({ operationsPerS: 0 });
  });

  it("warns once of a number outside of its range, not of one that is free", async () => {
    const query = ["sched", "query", "--runtime=40ms", "--set"];
    const { err } = await kerneltax(...query, "task.slice=1");
    expect(err).toMatch(
      /^warning: set: task.slice is 1 ns, outside of the range 5000 … 1000000 ns/,
    );
    expect(err.match(/task.slice/g)).toHaveLength(1);
    const inside = await kerneltax(...query, "task.slice=5000");
    expect(inside.err).not.toMatch(/range/);
  });

  it("takes a machine of one's own, and says where it ran, in one unit of time", async () => {
    const file = join(folder, "mine.json");
    writeFileSync(file, '{ "extends": "xeon5418y", "id": "mine", "driveCount": 3 }');
    const args = ["--machine", file, "--drives=2", "--runtime=20ms"];
    const { code, out } = await kerneltax("sched", "sleepers", ...args);
    expect([code, out.split("\n")[1]]).toEqual([0, "  machine mine, 2 drives"]);
    expect(out).toMatch(/median wake-up delay \[µs\] │ p99 wake-up delay \[µs\]/);
  });

  it("takes model numbers, and refuses what nobody knows", async () => {
    const free = await kerneltax("sched", "switch", "--set", "kernel.contextSwitch=0");
    expect(free.code).toBe(0);
    const unknown = await kerneltax("sched", "switch", "--set", "kernel.nothing=0");
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringMatching(/kernel\.nothing/)]);
    const other = await kerneltax("sched", "nonsense");
    expect([other.code, other.err]).toEqual([2, expect.stringMatching(/nonsense.*lookups/)]);
  });
});

describe("kerneltax trace", () => {
  it("prints a trace of one of sched's runs", async () => {
    const { code, out } = await kerneltax("trace", "switch", "--point", "2", "--runtime-us", "100");
    expect(code).toBe(0);
    expect(JSON.parse(out).traceEvents.length).toBeGreaterThan(100);
  });

  it("takes a point of a figure by its name, as explain does", async () => {
    const short = ["--runtime-us=50", "--limit=2000"];
    const byName = await kerneltax("trace", "jasny26-nop:io-uring:2", ...short);
    const byNumber = await kerneltax("trace", "jasny26-nop", "--point=2", ...short);
    expect(byName).toEqual(byNumber);
    expect(JSON.parse(byName.out).traceEvents.length).toBeGreaterThan(100);
    const first = await kerneltax("trace", "jasny26-nop", ...short);
    expect(first.out).not.toBe(byName.out);
  });

  it("refuses a run or a point that does not exist", async () => {
    for (const [name, says] of [
      ["jasny26-nop:io-uring:3", /x of "io-uring" is one of 1, 2, 4/],
      ["jasny26-nop:io-uring:2:2", /give figure:series:x/],
    ] as const) {
      const { code, err } = await kerneltax("trace", name);
      expect([code, err]).toEqual([2, expect.stringMatching(says)]);
    }
    const nothing = await kerneltax("trace", "nonsense");
    expect([nothing.code, nothing.err]).toEqual([2, expect.stringMatching(/nonsense.*lookups/)]);
    const point = await kerneltax("trace", "switch", "--point", "11");
    expect([point.code, point.err]).toEqual([2, expect.stringMatching(/--point.*11/)]);
  });
});
