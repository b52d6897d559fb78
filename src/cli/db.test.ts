import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kerneltax } from "../testing/captured-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "kerneltax-db-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SHORT = [
  "--data=8MB",
  "--ram=16MB",
  "--drives=2",
  "--runtime=300us",
  "--ramp-time=50us",
] as const;

interface Printed {
  readonly command: string;
  readonly spec: Record<string, unknown> & { readonly workload: Record<string, unknown> };
  readonly scale: number;
  readonly metrics: Record<string, number>;
  readonly ledger: { readonly total: Record<string, string> };
  readonly seeds?: readonly number[];
}

async function db(...args: readonly string[]): Promise<Printed> {
  const { code, out, err } = await kerneltax("db", ...SHORT, "--output-format=json", ...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as Printed;
}

describe("kerneltax db", () => {
  it("prints throughput, latency, I/O and the ledger", async () => {
    const { code, out } = await kerneltax("db", ...SHORT, "--backend=bypass");
    expect(code).toBe(0);
    expect(out).toMatch(/^lookup: 1 thread, spdk on bypass, machine milan-pm1733, 2 drives\n/);
    for (const word of ["rate", "latency", "I/O", "hit rate", "cores", "scale", "database"]) {
      expect(out).toContain(word);
    }
  });

  it("says in its help what each option is unless given, as one would write it", async () => {
    const { out } = await kerneltax("db", "--help");
    const text = out.replaceAll(/\s+/g, " ");
    const ofBackends = ["psync; spdk on bypass; nvme on unikernel", "0", "thread"];
    for (const usual of [
      "32GB",
      "20GB",
      "4KiB",
      "20ms",
      "2ms",
      "on",
      "the backend's own",
      ...ofBackends,
    ]) {
      expect(text).toContain(`(default: ${usual})`);
    }
    // 1000 are milliseconds of an option of the kernel's.
    expect(text).not.toMatch(/default: (?:\[object|true|false|default|(?!1000\))\d{4,})/);
  });

  it("takes the options of a memory whose pages the database uses", async () => {
    const size = ["--data=16MB", "--ram=8MB", "--wal=off", "--scale=1"];
    const printed = await db(...size, "--buffer=vmcache", "--tlb_flush=miracle");
    expect(printed.spec["options"]).toMatchObject({ tlb_flush: "miracle" });
    const { out } = await kerneltax("db", "--help");
    for (const option of ["--madvise", "--read_ahead_kb", "--dirty_ratio", "--kswapds"]) {
      expect(out).toContain(option);
    }
  });

  it("prints the envelope as JSON, every option in its place", async () => {
    const printed = await db(
      ...["--workload=ycsb-b", "--backend=null", "--threads=3", "--page-size=8KiB"],
      ...["--buffer=swizzling", "--wal=off", "--isolation-level=read-committed"],
      ...["--distribution=uniform", "--value-size=200", "--seed=7", "--scale=0.5"],
    );
    expect(printed.command).toBe("db");
    expect(printed.spec).toMatchObject({ backend: "null", seed: 7, runtimeUs: 300, rampUs: 50 });
    expect(printed.spec.workload).toEqual({
      kind: "engine",
      benchmark: "ycsb-b",
      threads: 3,
      tasks: 1,
      dataBytes: 8e6,
      ramBytes: 16e6,
      pageBytes: 8_192,
      buffer: "swizzling",
      evictionBatch: 64,
      wal: false,
      isolationLevel: "read-committed",
      updateProtocol: "in-place",
      distribution: "uniform",
      theta: 0.99,
      valueBytes: 200,
      warehouses: 0,
      scale: 0.5,
    });
    expect(printed.scale).toBeCloseTo(0.5, 2);
    expect(printed.metrics["transactionsPerS"]).toBeGreaterThan(0);
    expect(BigInt(printed.ledger.total["database"]!)).toBeGreaterThan(0n);
  });

  it("runs tasks on the cores of their threads", async () => {
    const printed = await db("--backend=bypass", "--threads=2", "--tasks=4");
    expect(printed.spec).toMatchObject({ cores: 2, options: { threads: "tasks" } });
    expect(printed.metrics["coresBusy"]).toBeLessThanOrEqual(2);
  });

  it("tells no latency where no transaction completed", async () => {
    const { out, err } = await kerneltax("db", ...SHORT, "--runtime=0.01us");
    expect(err).toMatch(/^warning: no transaction completed/m);
    expect(out).toMatch(/ {2}rate {3}: 0 transactions\/s/);
    expect(out).not.toMatch(/latency:|\b0 ns/);
  });

  it("runs under several seeds", async () => {
    expect((await db("--backend=null", "--seeds=2")).seeds).toEqual([1, 2]);
  });

  it("takes a model number from --set", async () => {
    const [slow, fast] = await Promise.all(
      ["1000", "0"].map((ns) => db("--backend=null", "--set", `engine.nodeVisit=${ns}`)),
    );
    expect(fast!.metrics["transactionsPerS"]).toBeGreaterThan(
      2 * slow!.metrics["transactionsPerS"]!,
    );
  });

  it("writes complete files into a new directory", async () => {
    const out = join(folder, "a", "b");
    await db("--backend=null", "--out", out);
    expect(readdirSync(out).sort()).toEqual(["db.csv", "db.json", "ledger.svg"]);
    expect(readFileSync(join(out, "db.csv"), "utf8")).toMatch(/^figure,series,x,metric/);
  });
});

const BAD: readonly (readonly [says: string, ...args: string[]])[] = [
  ["--workload", "--workload=tpch"],
  ["--backend: ", "--backend=windows"],
  ["--threads", "--threads=0"],
  ["--tasks", "--tasks=1e9"],
  ["--threads: 256 threads", "--backend=unikernel", "--threads=16", "--tasks=16", "--data=80MB"],
  ["--ram", "--ram=lots"],
  ["--ram: the twin's buffer pool", "--ram=100kB", "--data=4MB"],
  ["--ram: 100000 is not allowed; pools keep what is above", "--ram=100kB", "--data=20GB"],
  ["--data", "--data=0"],
  ["--page-size", "--page-size=4k"],
  ["--buffer", "--buffer=lru"],
  ["--wal", "--wal=maybe"],
  ["--wal: ", "--backend=linux", "--ioengine=io_uring", "--hipri=1"],
  ["--isolation-level", "--isolation-level=snapshot"],
  ["--update-protocol", "--update-protocol=shadow-paging"],
  ["--distribution", "--distribution=normal"],
  ["--theta", "--theta=-1", "--distribution=zipfian"],
  ["--theta: a uniform distribution has none", "--theta=0.5"],
  ["--theta: a uniform", "--theta=0.5", "--workload=ycsb-a", "--distribution=uniform"],
  ["--theta: --workload tpcc has no use", "--theta=0.5", "--workload=tpcc"],
  ["--distribution: --workload tpcc", "--distribution=zipfian", "--workload=tpcc"],
  ["--warehouses: --workload lookup has no use", "--warehouses=3"],
  ["--virtual-storage: ", "--virtual-storage=virtio", "--isolation=container"],
  ["--value-size", "--value-size=9000"],
  ["--value-size: 2", "--value-size=2"],
  ["--scale", "--scale=2"],
  ["--scale: the twin", "--scale=1", "--data=1TB", "--ram=1TB"],
  ["--runtime", "--runtime=0"],
  ["--runtime: the data grew", "--workload=ycsb-d", "--runtime=40ms", "--backend=null"],
  ["--ramp-time", "--ramp-time=1d"],
  ["--seed", "--seed=-1"],
  ["--seeds", "--seeds=0"],
  ["--drives", "--drives=60"],
  ["--facets", "--facets=storage"],
  ["--isolation", "--isolation=jail"],
  ["--machine", "--machine=./missing.json"],
  ["--set", "--set", "engine.nodeVisit"],
  ["no.such", "--set", "no.such=1"],
  ["--ioengine", "--ioengine=windowsaio"],
  ["hipri", "--backend=bypass", "--hipri=1"],
  ["unknown option", "--iodepth=4"],
  ["its value is missing", "--data", "--ram=1GB"],
];

it.each(BAD)("refuses %s: %s %s %s", async (says, ...args) => {
  const { code, out, err } = await kerneltax("db", ...SHORT, ...args);
  expect({ code, out }, err).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^kerneltax: [^\n]/);
  expect(err).toContain(says);
  expect(err).not.toMatch(/\bat .*\.[jt]s:\d|NaN is|undefined is not|internal error/);
});
