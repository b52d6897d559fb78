import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InvariantError } from "../base/assert.ts";
import { capturedTerminal, kerneltax } from "../testing/captured-terminal.ts";
import { runProgram } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "kerneltax-bad-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const extending = (rest: string): string => `{"extends":"milan-pm1733",${rest}}`;
const MACHINES = {
  empty: "",
  malformed: '{"extends":',
  array: "[1,2]",
  deep: extending(`"id":${nested(100_000)}`),
  proto: extending('"__proto__":{"polluted":true}'),
  "nested-proto": extending('"cpu":{"__proto__":{"polluted":true}}'),
  huge: `{"id":"${"x".repeat(1_100_000)}"}`,
  types: extending('"driveCount":"ten"'),
  negative: extending('"cpu":{"cores":-3}'),
  unknown: extending('"colour":"red"'),
  "no-base": '{"extends":"pdp-11"}',
  "odd-base": '{"extends":["toString"]}',
};

const BAD: readonly (readonly [says: string, ...args: string[]])[] = [
  ["backend", "io", "--backend", "windows"],
  ["backend", "io", "--backend", "__proto__"],
  ["--bs", "io", "--bs", "3"],
  ["--bs", "io", "--bs", "4ki"],
  ["--bs", "io", "--bs", "-4k"],
  ["--bs", "io", "--bs", ""],
  ["--iodepth", "io", "--iodepth", "0"],
  ["--numjobs", "io", "--numjobs", "1e9"],
  ["--numjobs", "io", "--numjobs", "NaN"],
  ["--bs <size>", "io", "--bs"],
  ["--bs: its value is missing", "io", "--bs", "--iodepth=4"],
  ["--rw", "io", "--rw", "readrand"],
  ["--runtime", "io", "--runtime", "0"],
  ["--runtime", "io", "--runtime", "1e99"],
  ["--runtime", "io", "--runtime", "9h"],
  ["--allow-long", "io", "--runtime", "1h", "--numjobs=64"],
  ["--seed", "io", "--seed", "-1"],
  ["--drives", "io", "--drives", "1.5"],
  ["--drives: 60", "io", "--drives", "60"],
  ["--facets", "io", "--facets", "storage"],
  ["raw I/O uses no memory facet", "io", "--facets", "memory=linux"],
  ["--thread: ", "io", "--thread", "4"],
  ["--thread: ", "io", "--thread=4"],
  ["--hipri: ", "io", "--hipri", "2"],
  ["--facets", "io", "--facets", "storage=linux=null"],
  ['--facets: "windows"', "io", "--facets", "storage=windows"],
  ["--facets: threads", "io", "--facets", "storage=linux,scheduler=bypass"],
  ["--seeds", "io", "--seeds", "0"],
  ["--seeds", "io", "--seeds", "65"],
  ["--seeds: 64 runs", "io", "--seeds", "64", "--runtime", "2s", "--numjobs=1024"],
  ["--seed: ", "io", "--seeds", "2", "--seed", "9007199254740991"],
  ["--metric", "sensitivity", "--metric", "latency"],
  ["--top", "sensitivity", "--top", "0"],
  ["--hipri: only", "sensitivity", "--hipri"],
  ["--runtime: ", "sensitivity", "--runtime", "1s", "--numjobs=1024"],
  ["claim", "validate", "--claims", "9.9"],
  ["--figure", "validate", "--claims", "2.3", "--figure", "haas23-fig3c"],
  ["--points", "validate", "--claims", "--points"],
  ["--size", "io", "--size", "9999999t"],
  ["does not fit", "io", "--size", "512", "--bs", "4k"],
  ["kb_base", "io", "--kb_base", "1023"],
  ["ioengine", "io", "--ioengine", "windowsaio"],
  ["--hipri: only", "io", "--hipri"],
  ["hipri", "io", "--backend=bypass", "--hipri=1"],
  [
    "--hipri: polled queues belong to one CPU each; the drive offers 128 queue pairs for 129",
    ...["io", "--machine=xeon8380-p5800x", "--ioengine=io_uring", "--hipri", "--numjobs=129"],
  ],
  ["--ram: 1048576 is not allowed", "vm", "--backend=linux", "--access=alloc-free", "--ram=1MiB"],
  ["hipri", "io", "--ioengine=io_uring", "--hipri=maybe"],
  ["io_queue_size", "io", "--backend=linux", "--io_queue_size=64"],
  ["buffered I/O", "io", "--direct=0"],
  ["--set", "io", "--set", "kernel.blockLayer"],
  ["--set", "io", "--set", "kernel.blockLayer=cheap"],
  ["--set", "io", "--set", "__proto__=1"],
  ["no.such.number", "io", "--set", "no.such.number=1"],
  ["blockLayer", "io", "--set", "kernel.blockLayer=-1"],
  ["unknown option '--foo'; see kerneltax io --help\n", "io", "--foo", "1"],
  ["unknown option '--set'; see kerneltax validate --help\n", "validate", "--set", "drives=1"],
  ["unknown option '--foo'; see kerneltax --help\n", "--foo", "io"],
  ["--iodepth?", "io", "--iodeph", "1"],
  ["--output-format", "io", "--output-format", "xml"],
  ["too many arguments", "io", "a.fio", "b.fio"],
  ["job file", "io", "missing.fio"],
  ["machine", "io", "--machine", "cray"],
  ["--machine", "io", "--machine", "./missing.json"],
  ["--machine", "io", "--machine", "./"],
  ["figure", "run", "no-such-figure"],
  ["spec", "run", "missing.json"],
  ["what", "run"],
  ["--set", "run", "haas23-fig2a", "--set", "linux.readCall=1"],
  ["figure", "validate", "--figure", "../../src"],
  ["machine", "costs", "--machine", "cray"],
  ["backend", "costs", "--backend", "windows"],
  ["old", "compare", "missing", "missing"],
  ["new", "compare", "only-one"],
  ["unknown command", "fly"],
];

async function expectRefusal(says: string, args: readonly string[]): Promise<void> {
  const before = readdirSync(folder);
  const { code, out, err } = await kerneltax(...args);
  expect({ code, out }, err).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^kerneltax: [^\n]/);
  expect(err).toContain(says);
  expect(err.match(/kerneltax: /g)).toHaveLength(1);
  expect(err).not.toMatch(/\bat .*\.[jt]s:\d|NaN is|undefined is not|internal error/);
  expect(err.endsWith("\n")).toBe(true);
  expect(readdirSync(folder)).toEqual(before);
}

describe("bad input is one message and exit 2", () => {
  it.each(BAD)("%s: %s %s %s", (says, ...args) => expectRefusal(says, args));

  it.each(Object.entries(MACHINES))("machine file: %s", async (name, text) => {
    const path = file(`${name}.json`, text);
    for (const command of ["io", "db", "vm", "costs"]) {
      await expectRefusal(`--machine: ${path}`, [command, "--machine", path]);
    }
    await expectRefusal(path, ["run", path]);
    expect({}).not.toHaveProperty("polluted");
  });

  it.each([
    ["machine", { machine: "cray" }],
    ["workload", { workload: { kind: "raw-io", colour: "red" } }],
    ["drives", { drives: 60 }],
  ])("spec file: the file is named where its %s is wrong", async (says, wrong) => {
    const right = file("right.json", JSON.stringify({ workload: { kind: "raw-io" } }));
    const workload = { kind: "raw-io" };
    const path = file(`wrong-${says}.json`, JSON.stringify({ workload, ...wrong }));
    for (const args of [
      ["run", path],
      ["sweep", path, "--vary=workload.jobs=1,2", "--out", join(folder, "none")],
      ["explain", right, path],
      ["explain", path, right],
      ["trace", path],
      ["sensitivity", path],
    ]) {
      await expectRefusal(`${path}: `, args);
      await expectRefusal(says, args);
    }
  });

  it.each([
    ["thinktime", "[a]\nthinktime=3\n"],
    ["direct", "[a]\ndirect=0\n"],
    ["line 2, bs", "[a]\nbs=3\n"],
    ["line 2, hipri: only", "[a]\nhipri\n"],
    ["line 2, numdrives", "[a]\nnumdrives=3\n"],
  ])("job file: %s", async (says, text) => {
    await expectRefusal(says, ["io", file("job.fio", text)]);
  });

  it("nothing in a file steers the terminal", async () => {
    const hostile = file("hostile.fio", "[a]\n\u001b[31m\u0007=1\n");
    const { err } = await kerneltax("io", hostile);
    expect(err).toContain("hostile.fio, line 2");
    expect(err).not.toContain("\u001b");
  });

  it("an unwritable --out is found before anything runs, and leaves nothing", async () => {
    const inTheWay = file("in-the-way", "");
    for (const out of [inTheWay, join(inTheWay, "deeper"), "/proc/kerneltax/a", "", "a\0b"]) {
      await expectRefusal("--out", ["io", "--runtime=1h", "--allow-long", "--out", out]);
      await expectRefusal("--out", ["run", "haas23-fig2a", "--out", out]);
    }
  });

  it("leaves no directory behind when the input is wrong", async () => {
    const out = join(folder, "new", "deeper");
    await expectRefusal("backend", ["io", "--backend=windows", "--out", out]);
    await expectRefusal("--allow-long", ["io", "--runtime=1h", "--numjobs=64", "--out", out]);
    expect(existsSync(join(folder, "new"))).toBe(false);
  });
});

describe("a fault of the simulator", () => {
  it("asks for a report, without a stack unless one is debugging", async () => {
    for (const isDebugging of [false, true]) {
      const { terminal, text } = capturedTerminal();
      const failing = {
        ...terminal,
        isDebugging,
        out: () => {
          throw new InvariantError("planted");
        },
      };
      expect(await runProgram(["list"], failing)).toBe(70);
      expect(text.err).toMatch(/^kerneltax: internal error: planted\n.*please report/);
      expect(/\bat /.test(text.err)).toBe(isDebugging);
    }
  });
});
