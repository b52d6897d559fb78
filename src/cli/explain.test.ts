import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kerneltax } from "../testing/captured-terminal.ts";

const root = mkdtempSync(join(tmpdir(), "kerneltax-explain-"));
afterAll(() => rmSync(root, { recursive: true }));

function spec(name: string, options: object, more: object = {}): string {
  const file = join(root, name);
  const small = { drives: 1, backend: "linux", runtimeUs: 500, rampUs: 100 };
  const workload = { kind: "raw-io", ioDepth: 4 };
  writeFileSync(file, JSON.stringify({ ...small, options, workload, ...more }));
  return file;
}

const PINNED = spec("pinned.json", { ioengine: "io_uring" });
const FIXED = spec("fixed.json", { ioengine: "io_uring", fixedbufs: true });

interface Printed {
  readonly operation: string;
  readonly spec: readonly { name: string; before: unknown; after: unknown }[];
  readonly numbers: readonly {
    name: string;
    before: { value: number };
    after: { value: number };
  }[];
  readonly metrics: readonly { name: string; before: number; after: number }[];
  readonly causes: readonly { cause: string; beforeNs: number; afterNs: number }[];
}

async function json(...args: readonly string[]): Promise<Printed> {
  const { code, out, err } = await kerneltax("explain", ...args, "--output-format=json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as Printed;
}

describe("explain", () => {
  it("finds the option, and the cause that it removes", async () => {
    const { operation, spec, numbers, causes } = await json(PINNED, FIXED);
    expect(operation).toBe("I/O");
    expect(spec).toEqual([{ name: "options.fixedbufs", before: false, after: true }]);
    expect(numbers).toEqual([]);
    const busy = causes.filter(({ cause }) => cause !== "idle");
    expect(busy[0]).toMatchObject({ cause: "pagePinning", afterNs: 0 });
    expect(busy[0]!.beforeNs).toBeGreaterThan(100);
    const changes = causes.map(({ beforeNs, afterNs }) => Math.abs(afterNs - beforeNs));
    expect(changes).toEqual(changes.toSorted((a, b) => b - a));
  });

  it("finds a number that --set has changed in the second run", async () => {
    const { spec, numbers, metrics } = await json(PINNED, PINNED, "--set=kernel.driver=0");
    expect(spec.map(({ name }) => name)).toEqual(["set.kernel.driver"]);
    expect(numbers.map(({ name }) => name)).toEqual(["kernel.driver"]);
    const cycles = metrics.find(({ name }) => name === "cyclesPerIo")!;
    expect(cycles.after).toBeLessThan(cycles.before);
  });

  it("says so when nothing differs", async () => {
    const { code, out } = await kerneltax("explain", PINNED, PINNED);
    expect(code).toBe(0);
    for (const line of ["asked for the same", "numbers are equal", "results are equal"]) {
      expect(out).toContain(line);
    }
    expect(out).toMatch(/│ page pinning +│/);
  });

  it("takes the JSON of a run, and tells when that had other numbers", async () => {
    const io = await kerneltax("io", "--drives=1", "--runtime=500us", "--output-format=json");
    const file = join(root, "io.json");
    writeFileSync(file, io.out);
    expect(await kerneltax("explain", file, file)).toMatchObject({ code: 0, err: "" });
    writeFileSync(file, io.out.replaceAll(/"specHash": "\w+"/g, '"specHash": "000000000000"'));
    const { code, err } = await kerneltax("explain", file, PINNED);
    expect(code).toBe(0);
    expect(err).toMatch(
      /io\.json was made with other model numbers \(spec 000000000000, now \w+\)/,
    );
  });

  it("takes points of figures and of tables", async () => {
    const { spec } = await json("jasny26-nop:io-uring:1", "jasny26-nop:io-uring:8");
    expect(spec.map(({ name }) => name)).toContain("workload.submitBatch");
  });

  it.each([
    [["nowhere.json", PINNED], /before: nowhere\.json cannot be read/],
    [
      [PINNED, "nowhere:a:1"],
      /after: .* no figure or table is called "nowhere"; .*lecture-storage/,
    ],
    [["jasny26-nop:io-uring:1:2", PINNED], /before: .* is not allowed; give figure:series:x or/],
    [[PINNED, "lecture-storage:psync:5"], /x of "psync" is one of 1, 2, 3/],
    [[PINNED, "lecture-storage:windows:1"], /"lecture-storage" has psync, libaio/],
    [[PINNED, PINNED, "--set=kernel.nothing=1"], /--set: no run has a model number/],
  ])("refuses %o", async (args, message) => {
    const { code, out, err } = await kerneltax("explain", ...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
  });

  it("does not compare two kinds of workload, and says so before anything runs", async () => {
    // Too long to be run: who tried would be told that instead.
    const other = spec("other.json", {}, { workload: { kind: "vm", access: "page" } });
    const jobs = { kind: "raw-io", jobs: 1_000 };
    const long = spec("long.json", {}, { workload: jobs, runtimeUs: 3.6e9, drives: 8 });
    const { code, out, err } = await kerneltax("explain", long, other);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      "kerneltax: after: its workload is of kind vm, that of before is raw-io; explain compares " +
        "runs of one kind\n",
    );
  });
});
