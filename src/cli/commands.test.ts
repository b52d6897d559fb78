import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { workloadSchema } from "../experiment/workloads/schema.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { capturedTerminal, kerneltax } from "../testing/captured-terminal.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { figureIds } from "./figures.ts";
import { runProgram } from "./program.ts";
import { VERSION } from "./project.ts";

const folder = mkdtempSync(join(tmpdir(), "kerneltax-commands-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** The figure that takes least time: one request at a time. */
const FIGURE = "haas23-fig3c";

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await kerneltax(...args, "--output-format", "json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as Record<string, unknown>;
}

describe("kerneltax", () => {
  it("prints its version and help, the exit codes with it", async () => {
    expect(await kerneltax("--version")).toEqual({
      code: 0,
      out: `kerneltax ${VERSION}\n`,
      err: "",
    });
    const { code, out } = await kerneltax("--help");
    expect(code).toBe(0);
    for (const { meaning } of Object.values(EXIT_CODES)) expect(out).toContain(meaning);
    for (const name of ["list", "io", "run", "validate", "costs", "compare"]) {
      expect(await kerneltax(name, "--help")).toMatchObject({ code: 0, err: "" });
    }
  });

  it("without a command shows how it is used and fails", async () => {
    expect(await kerneltax()).toMatchObject({ code: 2, out: "" });
  });
});

describe("list", () => {
  it("names everything that other commands take", async () => {
    const { out } = await kerneltax("list");
    const names = ["linux", "bypass", "unikernel", "null", "milan-pm1733", "raw-io"];
    for (const name of [...names, ...figureIds(), "hipri"]) expect(out).toContain(name);
    const data = await json("list");
    expect(Object.keys(data)).toEqual(
      expect.arrayContaining(["backends", "machines", "workloads", "figures", "claims"]),
    );
    const kinds = workloadSchema.options.map(({ shape }) => shape.kind.value);
    expect((data["workloads"] as { id: string }[]).map(({ id }) => id)).toEqual(kinds);
  });
});

describe("a terminal of 120 columns", () => {
  it.each([
    ["list"],
    ["validate", "--figure", FIGURE, "--points"],
    ["run", FIGURE],
    ["sched", "switch", "--runtime", "1ms"],
  ])("holds every line of %s", async (...args) => {
    const { terminal, text } = capturedTerminal(120);
    await runProgram(args, terminal);
    const longest = Math.max(...text.out.split("\n").map((line) => line.length));
    expect(longest).toBeGreaterThan(60);
    expect(longest).toBeLessThanOrEqual(120);
  });
});

describe("costs", () => {
  it("says how clocks are set, which it lists one by one and --set knows together", async () => {
    const { numbers } = (await json("costs", "--machine", "milan-pm1733")) as {
      numbers: { path: string; meaning: string }[];
    };
    const clocks = numbers.filter(({ path }) => path.startsWith("cpu.clock"));
    expect(clocks.map(({ path }) => path)).toContain("cpu.clock@64");
    for (const { meaning } of clocks) expect(meaning).toContain("--set cpu.clock ");
    const set = (path: string) => kerneltax("io", "--runtime=100us", "--set", `${path}=3`);
    expect((await set("cpu.clock")).out).toMatch(/clock 3 GHz/);
    for (const run of [set("cpu.clock@64"), kerneltax("sched", "query", "--set=cpu.clock@64=3")]) {
      const { code, err } = await run;
      expect(err).toMatch(/^kerneltax: --set: "cpu.clock@64": .*; cpu.clock is for any number/);
      expect(code).toBe(2);
    }
  });

  it("gives every number a source, and assumed ones a range", async () => {
    const { numbers } = (await json("costs")) as { numbers: Record<string, unknown>[] };
    expect(numbers.length).toBeGreaterThan(50);
    for (const number of numbers) {
      expect(number).toMatchObject({ source: /./, where: /./, unit: /./, meaning: /./ });
      if (number["provenance"] === "assumed") expect(number["range"]).toHaveLength(2);
    }
  });

  it("can be narrowed to a backend", async () => {
    const all = (await kerneltax("costs")).out;
    const one = (await kerneltax("costs", "--backend", "bypass")).out;
    expect(all).toContain("kernel.systemCall");
    expect(one).not.toContain("kernel.systemCall");
    expect(one).toContain("bypass.submit");
  });
});

describe("run and validate", () => {
  it("runs a figure, prints verdicts, writes its files", async () => {
    const out = join(folder, "figure");
    const { code, out: text } = await kerneltax("run", FIGURE, "--out", out);
    expect(code).toBe(0);
    expect(text).toContain("Haas & Leis 2023");
    expect(text).toMatch(/\n {2}holds {5}haas23-fig3c: a 4 KiB read is faster/);
    expect(readdirSync(out).sort()).toEqual([".csv", ".json", ".svg"].map((end) => FIGURE + end));
    expect(readFileSync(join(out, `${FIGURE}.svg`), "utf8")).toMatch(/^<svg/);
    const again = join(folder, "again");
    await kerneltax("run", FIGURE, "--out", again);
    expect(await kerneltax("compare", out, again)).toMatchObject({ code: 0 });
  });

  it("turns red when a number that a claim needs is changed", async () => {
    const { code, out } = await kerneltax("run", FIGURE, "--set", "drive.partialUnitLatency=0");
    expect(code).toBe(1);
    expect(out).toContain("FAILS");
    expect(out).toContain("FAILURE");
  });

  it("names the point that the simulator refuses", async () => {
    const { code, out, err } = await kerneltax("run", FIGURE, "--set", "workload.jobs=4000");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`${FIGURE}, spdk at 0.5: jobs: 4000 threads`);
  });

  it("runs a spec file", async () => {
    const spec = join(folder, "spec.json");
    const workload = { kind: "raw-io", ioDepth: 8 };
    writeFileSync(spec, JSON.stringify({ backend: "null", drives: 1, runtimeUs: 300, workload }));
    const data = await json("run", spec, "--seed", "5");
    expect(data).toMatchObject({ tool: "kerneltax", command: "run", seed: 5 });
    const { out } = await kerneltax("run", spec, "--out", join(folder, "spec"));
    expect(out).toContain("device utilisation");
    expect(readdirSync(join(folder, "spec"))).toEqual(["spec.csv", "spec.json"]);
  });

  it("validates in the JSON that scripts rely on", async () => {
    const data = await json("validate", "--figure", FIGURE);
    expect(Object.keys(data)).toEqual(["summary", "figures", "machines"]);
    expect(Object.keys(data["summary"] as object)).toEqual([
      "predictedPoints",
      "medianAbsErrorPct",
      "p90AbsErrorPct",
      "calibratedPoints",
      "claimsPassed",
      "claimsFailed",
      "knownGaps",
    ]);
    const [figure] = data["figures"] as Record<string, unknown>[];
    expect(figure).toMatchObject({ id: FIGURE, machine: "milan-pm1733" });
    expect((figure!["points"] as object[])[0]).toMatchObject({ series: "spdk", x: 0.5 });
    expect((data["machines"] as object[])[0]).toMatchObject({ machine: "milan-pm1733" });
  });

  it("validates for people", async () => {
    const { code, out } = await kerneltax("validate", "--figure", FIGURE, "--points");
    expect(code).toBe(0);
    expect(out).toMatch(/\d+ points predicted \(\d+ more were inputs\): median error/);
    expect(out).toContain("points used as input");
    expect(out).not.toMatch(/NaN|undefined/);
  });
});

describe("compare", () => {
  const row = { figure: "f", series: "s", x: 1, metric: "iops", unit: "1/s", spec: "a" } as const;
  const old = join(folder, "old");

  it("shows what moved, and why", async () => {
    const [a, b] = [join(folder, "a.csv"), join(folder, "b.csv")];
    writeFileSync(a, resultRowsToCsv([{ ...row, value: 100 }]));
    writeFileSync(
      b,
      resultRowsToCsv([
        { ...row, value: 101 },
        { ...row, x: 2, value: 5 },
      ]),
    );
    const { code, out } = await kerneltax("compare", a, b);
    expect(code).toBe(1);
    expect(out).toMatch(/│ +100 │ +101 │ +\+1 │ code moved │/);
    expect(out).toMatch(/\n0 identical, 1 moved, 1 added, 0 removed\n$/);
    const printed = await kerneltax("compare", a, b, "--output-format=json");
    expect(JSON.parse(printed.out)).toMatchObject({ counts: { moved: 1, added: 1 } });
  });

  it("compares directories file by file", async () => {
    await kerneltax("io", "--backend=null", "--runtime=100us", "--drives=1", "--out", old);
    cpSync(old, join(folder, "new"), { recursive: true });
    expect(await kerneltax("compare", old, join(folder, "new"))).toMatchObject({ code: 0 });
    rmSync(join(folder, "new", "io.csv"));
    expect(await kerneltax("compare", old, join(folder, "new"))).toMatchObject({ code: 2 });
  });

  it("says which command takes the JSON of runs", async () => {
    const run = join(folder, "run.json");
    writeFileSync(run, "{}");
    const { code, err } = await kerneltax("compare", run, run);
    expect([code, err]).toEqual([2, expect.stringMatching(/old: .*run.json is JSON; .*explain/)]);
  });

  it("refuses two results of one name, of which it would see one", async () => {
    const [both, other] = [join(folder, "both"), join(folder, "other")];
    for (const [name, first] of [
      [both, 100],
      [other, 200],
    ] as const) {
      mkdirSync(name);
      writeFileSync(join(name, "a.csv"), resultRowsToCsv([{ ...row, value: first }]));
      writeFileSync(join(name, "b.csv"), resultRowsToCsv([{ ...row, value: 200 }]));
    }
    const { code, err } = await kerneltax("compare", both, other);
    expect(code).toBe(2);
    expect(err).toContain("old: a.csv and b.csv have different values of iops");
    // The same result twice is one.
    expect(await kerneltax("compare", other, join(other, "a.csv"))).toMatchObject({ code: 0 });
  });
});
