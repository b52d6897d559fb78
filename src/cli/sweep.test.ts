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
import { kerneltax } from "../testing/captured-terminal.ts";
import { VERSION } from "./project.ts";
import { planText, type SweepPlan } from "./sweep-folder.ts";

const root = mkdtempSync(join(tmpdir(), "kerneltax-sweep-"));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string): string => join(root, name);
const SPEC = at("small.json");
writeFileSync(
  SPEC,
  JSON.stringify({
    drives: 1,
    backend: "linux",
    runtimeUs: 200,
    rampUs: 50,
    workload: { kind: "raw-io", ioDepth: 8 },
  }),
);
const VARY = [
  "--vary=options.ioengine=libaio,io_uring",
  "--vary=workload.jobs=2,1,3",
  "--vary=set.kernel.systemCall=0,100",
];
const GRID = [SPEC, ...VARY];
const sweep = (out: string, ...more: readonly string[]) =>
  kerneltax("sweep", ...GRID, `--out=${at(out)}`, ...more);
const read = (folder: string, file = "sweep.csv"): string =>
  readFileSync(join(at(folder), file), "utf8");

describe("sweep", () => {
  it("passes on what runs warn of, once, and of which", async () => {
    // A quarter of a microsecond is too short for any read.
    const short = ["--vary=runtimeUs=200,0.25", "--vary=workload.jobs=1,2"];
    const { code, err } = await kerneltax("sweep", SPEC, ...short, `--out=${at("warned")}`);
    expect(code).toBe(0);
    const lines = err.trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^warning: run-0001\.csv and 3 more: iodepth/);
    expect(lines[1]).toMatch(/^warning: run-0001\.csv: the queues were still filling/);
    expect(lines[2]).toMatch(/^warning: run-0003\.csv and 1 more: no I\/O completed/);
  });

  it("takes the JSON of a run as the spec that it holds, as run and trace do", async () => {
    const printed = await kerneltax("io", "--drives=1", "--runtime=200us", "--output-format=json");
    writeFileSync(at("printed.json"), printed.out);
    const [swept, again, trace] = [
      await kerneltax(
        "sweep",
        at("printed.json"),
        "--vary=workload.jobs=2",
        `--out=${at("of-run")}`,
      ),
      await kerneltax("run", at("printed.json"), "--output-format=json"),
      await kerneltax("trace", at("printed.json"), "--runtime-us=50"),
    ];
    expect([swept.err, again.err, trace.code]).toEqual(["", "", 0]);
    const specHash = (text: string): unknown => /"specHash": "\w+"/.exec(text)?.[0];
    expect(specHash(again.out)).toBe(specHash(printed.out));
  });

  it("makes a row per metric of every combination, named after what is varied", async () => {
    const { code, out, err } = await sweep("whole");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe("12 of 12 runs simulated: sweep.csv\n");
    const iops = read("whole")
      .split("\n")
      .filter((line) => line.includes(",iops,"));
    expect(iops).toHaveLength(12);
    const series = "small,options.ioengine=io_uring set.kernel.systemCall=100";
    expect(iops.filter((line) => line.startsWith(`${series},`))).toHaveLength(3);
    expect(iops.some((line) => line.startsWith(`${series},3,iops,`))).toBe(true);
    expect(readdirSync(at("whole")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("in shards, in any order and one of them twice, merges to the same bytes", async () => {
    await sweep("whole-again");
    for (const [shard, folder] of [
      ["3/3", "a"],
      ["1/3", "b"],
      ["2/3", "b"],
      ["1/3", "a"],
    ] as const) {
      const { code, out } = await sweep(folder, `--shard=${shard}`);
      expect({ code, out }).toEqual({
        code: 0,
        out: "4 of 12 runs simulated: a file each; merge puts shards together\n",
      });
    }
    expect(await kerneltax("merge", at("a"), at("b"), `--out=${at("merged")}`)).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(/^12 runs, \d+ rows: sweep\.csv\n$/),
    });
    expect(read("merged")).toBe(read("whole-again"));
  });

  it("keeps what is finished, and simulates the rest only", async () => {
    await sweep("kept", "--shard=2/4");
    const { out } = await sweep("kept");
    expect(out).toBe("9 of 12 runs simulated, 3 were there already: sweep.csv\n");
    await sweep("kept-whole");
    expect(read("kept")).toBe(read("kept-whole"));
  });

  it("takes figures, whose points over time share a run", async () => {
    const out = at("figure");
    const { code } = await kerneltax("sweep", "jasny26-nop", `--out=${out}`, "--seed=2");
    expect(code).toBe(0);
    const points = read("figure")
      .split("\n")
      .filter((line) => line.includes(",iops,"));
    expect(points.length).toBeGreaterThan(5);
    expect(points.every((line) => line.startsWith("jasny26-nop,"))).toBe(true);
  });

  it("misses a point of a run that answers several, and knows another version", async () => {
    const rows = [1, 2].map((x) => `f,s,${x},iops,1/s,5,abc`);
    const points = [1, 2].map((x) => ({ figure: "f", series: "s", x }));
    const plan: SweepPlan = {
      ...({ tool: "kerneltax", version: VERSION, command: "sweep" } as const),
      runs: [{ specHash: "abc", points }],
    };
    const folder = at("several");
    mkdirSync(folder);
    writeFileSync(join(folder, "sweep.json"), planText(plan));
    const merged = (lines: readonly string[]) => {
      const head = "figure,series,x,metric,unit,value,spec";
      writeFileSync(join(folder, "run-0001.csv"), [head, ...lines, ""].join("\n"));
      return kerneltax("merge", folder);
    };
    expect((await merged(rows.slice(1))).err).toMatch(/run-0001\.csv is not run 1 of this sweep/);
    expect((await merged(rows)).code).toBe(0);
    writeFileSync(join(folder, "sweep.json"), planText({ ...plan, version: "0.0.1-older" }));
    expect((await merged(rows)).err).toMatch(/sweep\.json is of version 0\.0\.1-older, this is/);
  });

  it.each([
    [["--shard=0/3"], /--shard: "0\/3" is not allowed; give i\/n with i from 1 to n/],
    [["--shard=4/3"], /--shard/],
    [["--shard=1"], /--shard/],
    [["--vary=workload.jobs=1"], /--vary: workload\.jobs is given twice/],
    [["--vary=drives"], /--vary: "drives" is not allowed; give path=value/],
    [["--vary=drives=1,1.0"], /--vary: drives is to be 1 twice/],
    [["--vary=set.workload.jobs=4,5"], /--vary: workload\.jobs is given twice/],
    [["--set=workload.jobs=4"], /--vary: workload\.jobs is varied, and --set workload\.jobs=4/],
    [["--set=kernel.systemCall=4"], /--vary: kernel\.systemCall is varied, and --set kernel/],
    [["--vary=seed=1,2", "--seed=3"], /--vary: seed is varied, and --seed 3 would replace every/],
    [["--vary=workload.rw=randread,sideways"], /rw/],
    [["--set=kernel.nothing=1"], /--set: no run has a model number "kernel\.nothing"/],
    [["jasny26-nop"], /--vary: the figure "jasny26-nop" has its points/],
    [["nowhere.json"], /nowhere\.json cannot be read: it does not exist/],
  ])("refuses %o and writes nothing", async (more, message) => {
    const { code, out, err } = await sweep("refused", ...more);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
    expect(readdirSync(root)).not.toContain("refused");
  });

  it("does not give all points of a figure one x", async () => {
    for (const command of [["run"], ["sweep", `--out=${at("one-x")}`]]) {
      const [set, what] = ["--set=workload.submitBatch=4", "jasny26-nop"];
      const { code, out, err } = await kerneltax(...command, what, set);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(
        /^kerneltax: --set: jasny26-nop varies workload\.submitBatch along its x axis \(oper/,
      );
    }
    expect(readdirSync(root)).not.toContain("one-x");
  });

  it("does not tell what runs of a figure warn of, as published; its README does", async () => {
    // One of its points whose twin has a small pool.
    const point = ["vmcache23-fig7", "--shard=3/8"];
    const published = await kerneltax("sweep", ...point, `--out=${at("published")}`);
    expect(published).toMatchObject({ code: 0, err: "" });
    const changed = await kerneltax("sweep", ...point, "--seed=2", `--out=${at("changed")}`);
    expect(changed.err).toMatch(/^warning: run-0003\.csv: clients that evict a batch each/);
  });

  it("does not mix two sweeps in one directory", async () => {
    await sweep("mixed", "--shard=1/12");
    const { code, err } = await sweep("mixed", "--shard=1/12", "--seed=9");
    expect(code).toBe(2);
    expect(err).toMatch(/--out: .*mixed holds another sweep; name another directory/);
  });
});

describe("merge", () => {
  it("names the runs that are missing, and writes nothing", async () => {
    await sweep("part", "--shard=1/2");
    const { code, err } = await kerneltax("merge", at("part"));
    expect(code).toBe(2);
    expect(err).toMatch(/6 of 12 runs are missing: 2, 4, 6, 8, 10, 12; run their shards/);
    expect(readdirSync(at("part"))).not.toContain("sweep.csv");
  });

  it("refuses results that differ, that are damaged, or are another run's", async () => {
    await sweep("first");
    cpSync(at("first"), at("second"), { recursive: true });
    const run = "run-0005.csv";
    const text = read("first", run);
    const merged = () => kerneltax("merge", at("first"), at("second"), `--out=${at("no")}`);
    writeFileSync(join(at("second"), run), text.replace(/(iops,1\/s,)/, "$11"));
    expect(await merged()).toMatchObject({ code: 2, err: expect.stringMatching(/differ\n$/) });
    for (const folder of ["first", "second"]) {
      writeFileSync(join(at(folder), run), read("first", "run-0006.csv"));
    }
    const other = await merged();
    expect(other.err).toMatch(/run-0005\.csv is not run 5 of this sweep/);
    // The same points, of another spec.
    const foreign = text.replaceAll(/,[^,\n]+$/gm, (cell) => (cell === ",spec" ? cell : ",0"));
    for (const folder of ["first", "second"]) writeFileSync(join(at(folder), run), foreign);
    expect((await merged()).err).toMatch(/run-0005\.csv is not run 5 of this sweep/);
    for (const folder of ["first", "second"]) {
      writeFileSync(join(at(folder), run), text.slice(0, text.length / 2));
    }
    expect(await merged()).toMatchObject({ code: 2 });
    expect(readdirSync(root)).not.toContain("no");
  });

  it.each(["nowhere", "."])("refuses %s, which holds no sweep", async (name) => {
    const { code, err } = await kerneltax("merge", at(name));
    expect(code).toBe(2);
    expect(err).toMatch(/sweep\.json cannot be read/);
  });
});
