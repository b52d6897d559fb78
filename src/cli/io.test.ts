import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kerneltax } from "../testing/captured-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "kerneltax-io-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SHORT = ["--drives", "2", "--runtime", "300us", "--ramp_time", "100us"] as const;

interface Latency {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly N: number;
}
interface Direction {
  readonly io_bytes: number;
  readonly total_ios: number;
  readonly iops: number;
  readonly slat_ns: Latency;
  readonly lat_ns: Latency;
  readonly clat_ns: Latency & { readonly percentile: Record<string, number> };
}
interface Printed {
  readonly jobs: readonly ({ readonly read: Direction; readonly write: Direction } & Record<
    string,
    unknown
  >)[];
  readonly "global options": Record<string, string>;
  readonly kerneltax: {
    readonly specHash: string;
    readonly spec: Record<string, unknown> & { readonly workload: Record<string, unknown> };
    readonly metrics: Record<string, number>;
    readonly ledger: {
      readonly perCore: readonly { readonly causes: Record<string, string> }[];
      readonly total: Record<string, string>;
    };
    readonly warnings: readonly string[];
  };
}

async function io(...args: readonly string[]): Promise<Printed> {
  const { code, out, err } = await kerneltax("io", ...SHORT, "--output-format=json", ...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as Printed;
}

const KEYS_OF_FIO = {
  top: ["fio version", "global options", "jobs", "kerneltax"],
  job: [
    "jobname",
    "groupid",
    "error",
    "job options",
    "read",
    "write",
    "sync",
    "job_runtime",
    "usr_cpu",
    "sys_cpu",
    "ctx",
    "majf",
    "minf",
  ],
  direction: [
    "io_bytes",
    "io_kbytes",
    "bw_bytes",
    "bw",
    "iops",
    "runtime",
    "total_ios",
    "slat_ns",
    "clat_ns",
    "lat_ns",
  ],
  envelope: [
    "tool",
    "version",
    "command",
    "spec",
    "specHash",
    "seed",
    "scale",
    "metrics",
    "busiestStage",
    "ledger",
    "warnings",
  ],
};

it.each([
  ["controller", "drive.controllerTime=20"],
  ["link to the host", "drive.linkBandwidth=0.1"],
  ["flash dies", "drive.readTime=90"],
] as const)("says that the busiest stage is: %s", async (stage, number) => {
  const { out, err } = await kerneltax("io", ...SHORT, "--backend=bypass", "--set", number);
  expect(out, err).toMatch(new RegExp(`drives : 2, busiest stage \\(${stage}\\) `));
});

describe("JSON", () => {
  it("has fio's keys in fio's order and one envelope", async () => {
    const printed = await io("--backend", "bypass", "--iodepth", "32");
    expect(Object.keys(printed)).toEqual(KEYS_OF_FIO.top);
    expect(Object.keys(printed.jobs[0]!)).toEqual(KEYS_OF_FIO.job);
    expect(Object.keys(printed.jobs[0]!.read)).toEqual(KEYS_OF_FIO.direction);
    expect(Object.keys(printed.kerneltax)).toEqual(KEYS_OF_FIO.envelope);
    expect(Object.keys(printed.jobs[0]!.read.clat_ns.percentile)).toContain("99.900000");
    expect(printed.jobs[0]!["job options"]).toMatchObject({ backend: "bypass", iodepth: "32" });
  });

  it("has no submission latency where a call blocks: all of it is completion latency", async () => {
    const { jobs } = await io("--backend=linux", "--ioengine=psync", "--numjobs=2");
    for (const { read } of jobs) {
      expect(read.slat_ns).toMatchObject({ N: 0, mean: 0 });
      expect(read.clat_ns).toMatchObject({ ...read.lat_ns, N: read.total_ios });
    }
    const asynchronous = await io("--backend=linux", "--ioengine=io_uring");
    expect(asynchronous.jobs[0]!.read.slat_ns.mean).toBeGreaterThan(0);
  });

  it("takes the options of the scheduler that its own messages recommend", async () => {
    const many = ["--backend=unikernel", "--drives=1", "--numjobs=200"];
    const refused = await kerneltax("io", ...many, "--runtime=100us");
    expect(refused.err).toContain("let those of a core share: queue_pairs core");
    const { jobs } = await io(...many, "--queue_pairs=core");
    expect(jobs).toHaveLength(200);
    const { kerneltax: own } = await io("--ioengine=io_uring", "--threads=tasks", "--numjobs=200");
    expect(own.spec["options"]).toMatchObject({ threads: "tasks" });
  });

  it("agrees with itself: jobs, metrics and ledger", async () => {
    const { jobs, kerneltax: own } = await io("--backend=bypass", "--numjobs=3", "--iodepth=16");
    expect(jobs).toHaveLength(3);
    const ios = jobs.reduce((sum, { read }) => sum + read.total_ios, 0);
    expect(own.metrics["simulatedIos"]).toBe(ios);
    expect(own.metrics["iops"]).toBeCloseTo(ios / 300e-6, 3);
    for (const { causes } of own.ledger.perCore) {
      const sum = Object.values(causes).reduce((total, ps) => total + BigInt(ps), 0n);
      expect(sum).toBe(300_000_000n);
    }
    const total = Object.values(own.ledger.total).reduce((sum, ps) => sum + BigInt(ps), 0n);
    expect(total).toBe(3n * 300_000_000n);
  });

  it("merges the jobs of a group", async () => {
    const args = ["--backend=null", "--numjobs=4", "--iodepth=8", "--rw=randrw"];
    const apart = await io(...args);
    const { jobs } = await io(...args, "--group_reporting");
    expect(jobs).toHaveLength(1);
    for (const side of ["read", "write"] as const) {
      const parts = apart.jobs.map((job) => job[side]);
      const sum = (value: (part: Direction) => number): number =>
        parts.reduce((total, part) => total + value(part), 0);
      const whole = jobs[0]![side];
      expect(whole.io_bytes).toBe(sum((part) => part.io_bytes));
      expect(whole.lat_ns.N).toBe(sum((part) => part.total_ios));
      expect(whole.lat_ns.min).toBe(Math.min(...parts.map((part) => part.lat_ns.min)));
      expect(whole.lat_ns.max).toBe(Math.max(...parts.map((part) => part.lat_ns.max)));
      const mean = sum((part) => part.lat_ns.mean * part.lat_ns.N) / whole.lat_ns.N;
      expect(whole.lat_ns.mean).toBeCloseTo(mean, 3);
    }
  });

  it.each([
    ["--backend=null"],
    ["--backend=bypass"],
    ["--backend=unikernel"],
    ["--backend=unikernel", "--completion=interrupt"],
    ["--backend=linux"],
    ["--ioengine=libaio"],
    ["--ioengine=io_uring"],
    ["--ioengine=io_uring", "--hipri"],
    ["--ioengine=io_uring", "--sqthread_poll=1"],
    ["--ioengine=io_uring", "--hipri", "1", "--sqthread_poll", "--rw=rw", "--rwmixread=70"],
  ])("is the same bytes for the same seed, and others for another: %s %s", async (...options) => {
    const args = ["io", ...SHORT, "--output-format", "json", "--iodepth=16", ...options];
    const [first, second, other] = await Promise.all(
      ["7", "7", "8"].map((seed) => kerneltax(...args, "--seed", seed)),
    );
    expect(first!.code).toBe(0);
    expect(second!.out).toBe(first!.out);
    const readOf = ({ out }: { out: string }): unknown => (JSON.parse(out) as Printed).jobs[0];
    expect(readOf(other!)).not.toEqual({ ...(readOf(first!) as object), "job options": {} });
    expect(other!.out).not.toBe(first!.out);
    expect((await kerneltax(...args, "--randseed", "7")).out).toBe(first!.out);
  });
});

describe("options", () => {
  it("reads fio's sizes and times", async () => {
    const { spec } = (await io("--bs=8k", "--size=1m", "--runtime=0.0002")).kerneltax;
    expect(spec).toMatchObject({ runtimeUs: 200 });
    expect(spec.workload).toMatchObject({ blockBytes: 8192, spanBytes: 1_048_576 });
    const si = (await io("--bs=4KiB", "--size=1m", "--kb_base=1000")).kerneltax.spec.workload;
    expect(si).toMatchObject({ blockBytes: 4096, spanBytes: 1_000_000 });
  });

  it.each(["fsync", "fdatasync"])("counts a %s after so many writes", async (name) => {
    const { jobs } = await io("--ioengine=libaio", "--rw=randrw", "--iodepth=8", `--${name}=4`);
    const { write, sync } = jobs[0]! as unknown as Record<"write" | "sync", Direction>;
    expect(sync.total_ios).toBeGreaterThan(5);
    expect(Math.abs(sync.total_ios - write.total_ios / 4)).toBeLessThanOrEqual(4);
    expect(sync.lat_ns.N).toBe(sync.total_ios);
    const plain = await io("--ioengine=libaio", "--rw=randrw", "--iodepth=8");
    expect(plain.jobs[0]!["sync"]).toEqual({
      total_ios: 0,
      lat_ns: { min: 0, max: 0, mean: 0, stddev: 0, N: 0 },
    });
  });

  it.each([
    [["--rw=randread", "--fsync=1"], /--fsync|fsync: "randread" never writes/],
    [["--rw=write", "--fsync=1", "--fdatasync=1"], /fdatasync: fsync is given too/],
    [
      ["--rw=write", "--ioengine=io_uring", "--hipri", "--fsync=1"],
      /fsync: an io_uring that polls/,
    ],
  ])("refuses a sync that makes no sense: %s", async (args, message) => {
    const { code, err } = await kerneltax("io", ...SHORT, ...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it.each([
    [[], 1, 1],
    [["--iodepth_batch_complete=8"], 8, 8],
    [["--iodepth_batch_complete_max=16"], 1, 16],
    [["--iodepth_batch_complete_min=8", "--iodepth_batch_complete_max=4"], 8, 8],
  ])(
    "waits for and takes completions as fio does: %j",
    async (args, completeMin, completeBatch) => {
      const { workload } = (await io("--ioengine=libaio", "--iodepth=32", ...args)).kerneltax.spec;
      expect(workload).toMatchObject({ completeMin, completeBatch });
    },
  );

  it("moves no bytes with a nop", async () => {
    const args = ["--ioengine=io_uring", "--rw=nop"];
    const { jobs, kerneltax: own } = await io(...args);
    expect(jobs[0]!.read.total_ios).toBeGreaterThan(100);
    expect([jobs[0]!.read.io_bytes, own.metrics["bandwidthBytesPerS"]]).toEqual([0, 0]);
    const { out } = await kerneltax("io", ...SHORT, ...args);
    expect(out).toMatch(/\n {2}nop: IOPS=[\d.]+M\n/);
  });

  it("counts context switches of the window alone", async () => {
    const { jobs } = await io("--ioengine=psync", "--ramp_time=20ms", "--runtime=1ms");
    expect(jobs[0]!["ctx"]).toBeLessThanOrEqual(jobs[0]!.read.total_ios + 1);
  });

  it("replaces model numbers and says so", async () => {
    const free = await io("--ioengine=psync", "--set", "kernel.blockLayer=0");
    expect(free.kerneltax.ledger.total["blockLayer"]).toBe("0");
    expect(free.kerneltax.spec["set"]).toEqual({ "kernel.blockLayer": 0 });
  });

  it("takes facets from other backends: another run, another title", async () => {
    const args = ["--backend=unikernel", "--completion=interrupt", "--iodepth=4"];
    const plain = (await io(...args)).kerneltax;
    const mixed = (await io(...args, "--facets=scheduler=linux")).kerneltax;
    expect(mixed.spec["facets"]).toEqual({ scheduler: "linux" });
    expect(mixed).not.toHaveProperty("specHash", plain.specHash);
    // Linux's switches cost more than the unikernel's.
    expect(mixed.metrics["cyclesPerIo"]).toBeGreaterThan(plain.metrics["cyclesPerIo"]!);
    const { out } = await kerneltax("io", ...SHORT, ...args, "--facets=scheduler=linux");
    expect(out.split("\n")[0]).toContain("nvme on unikernel, scheduler of Linux, machine");
  });

  it("says what is too many where every thread wants a queue pair", async () => {
    const { code, err } = await kerneltax("io", ...SHORT, "--backend=bypass", "--numjobs=200");
    expect(code).toBe(2);
    expect(err).toMatch(/^kerneltax: --numjobs: 200 threads .* which has 128; give fewer\n$/);
  });

  it("keeps Linux's limits of outstanding requests", async () => {
    const ring = await kerneltax("io", ...SHORT, "--ioengine=io_uring", "--iodepth=32769");
    const limit = "kerneltax: --iodepth: 32769 is not allowed; this interface takes at most 32768";
    expect([ring.code, ring.err]).toEqual([2, `${limit}\n`]);
    const aio = async (jobs: number): Promise<string> =>
      (await kerneltax("io", ...SHORT, "--ioengine=libaio", "--iodepth=32768", `--numjobs=${jobs}`))
        .err;
    expect(await aio(2)).not.toMatch(/aio-max-nr/);
    expect(await aio(3)).toMatch(/^warning: .*98304 requests.* 65536 until .*fs\.aio-max-nr/m);
  });

  it("warns when nothing completed", async () => {
    const args = ["--ioengine=io_uring", "--iodepth=32768"];
    const { code, out, err } = await kerneltax("io", ...SHORT, ...args);
    expect(code).toBe(0);
    expect(out).not.toMatch(/per I\/O:|\b0 ns/);
    expect(err).toMatch(/^warning: no I\/O completed while measuring.* give a longer runtime/m);
  });

  it("warns while writes fill the drives' buffers faster than the dies take them", async () => {
    const write = async (...args: string[]): Promise<string> => {
      const drive = ["--backend=bypass", "--drives=1", "--runtime=20ms", "--rw=write"];
      return (await kerneltax("io", ...drive, ...args)).err;
    };
    const many = ["--bs=1m", "--iodepth=32"];
    expect(await write(...many)).toMatch(
      /^warning: .*write buffers .* [1-9]\d* %.* longer ramp\n$/,
    );
    expect(await write(...many, "--ramp_time=50ms")).toBe("");
    // What gathers for a program or is programmed at once is no backlog.
    expect(await write("--bs=4k", "--iodepth=1")).toBe("");
    expect(await write("--bs=4k", "--iodepth=16", "--rate_iops=300000")).toBe("");
  });

  it("says of a write that no drive's buffer can hold which option made it so", async () => {
    const { code, err } = await kerneltax("io", ...SHORT, "--rw=write", "--bs=16m");
    expect(code).toBe(2);
    expect(err).toMatch(/^kerneltax: --bs: 16777216 is not allowed; .*16842752 .* has 16777216\n$/);
  });

  it("warns where an interface cannot do what it was asked", async () => {
    const { kerneltax: own } = await io("--ioengine=psync", "--iodepth=4");
    expect(own.warnings).toHaveLength(1);
    const text = await kerneltax("io", ...SHORT, "--ioengine=psync", "--iodepth=4");
    expect(text.err).toMatch(/^warning: iodepth 4 is capped at 1/);
  });

  it("warns of a mix where nothing is mixed, wherever it was given", async () => {
    const mixed = async (...args: string[]): Promise<readonly string[]> =>
      (await io("--backend=bypass", ...args)).kerneltax.warnings;
    const nothing = (field: string, rw: string): string[] => [
      `${field}: with rw=${rw} it changes nothing; only rw and randrw mix`,
    ];
    expect(await mixed("--rw=write", "--rwmixread=50")).toEqual(nothing("--rwmixread", "write"));
    expect(await mixed("--rw=randrw", "--rwmixread=70")).toEqual([]);
    expect(await mixed("--rw=read", "--rwmixwrite=30")).toEqual(nothing("--rwmixwrite", "read"));
    const file = join(folder, "mix.fio");
    writeFileSync(file, "[global]\nrwmixread=70\n[mine]\n");
    const field = `${file}, line 2, rwmixread`;
    expect(await mixed(file)).toEqual(nothing(field, "randread"));
    const { err } = await kerneltax("io", ...SHORT, "--backend=bypass", file);
    expect(err).toBe(`warning: ${nothing(field, "randread")[0]}\n`);
    expect(await mixed(file, "--readwrite=rw")).toEqual([]);
  });

  it("says in its help what an option means and allows on each backend", async () => {
    const text = (await kerneltax("io", "--help")).out.replaceAll(/\s+/g, " ");
    expect(text).toMatch(
      /--ioengine <psync\|libaio\|io_uring\|io_uring_cmd\|spdk\|nvme> \[linux\] psync/,
    );
    expect(text).toContain("[bypass] spdk: SPDK's NVMe driver in user space; [unikernel] nvme: ");
    expect(text).toContain("(default: psync; spdk on bypass; nvme on unikernel)");
    expect(text).toMatch(/--hipri \[0\|1\] \[linux\] io_uring: poll/);
  });

  it("says how many workers leave a hardware thread to each kernel thread of theirs", async () => {
    const tasks = ["--threads=tasks", "--ioengine=io_uring", "--sqthread_poll", "--numjobs=2"];
    const { code, err } = await kerneltax("io", ...SHORT, ...tasks);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^kerneltax: cores: 128 .*--set cores=64\)$/m),
    ]);
    expect((await kerneltax("io", ...SHORT, ...tasks, "--set=cores=64")).code).toBe(0);
  });

  it("takes the mix as the share of writes, too; the later of the two wins", async () => {
    const mix = async (...args: string[]) =>
      (await io("--rw=randrw", ...args)).kerneltax.spec["workload"];
    expect(await mix("--rwmixwrite=30")).toMatchObject({ readPercent: 70 });
    expect(await mix("--rwmixread=10", "--rwmixwrite=30")).toMatchObject({ readPercent: 70 });
    const { code, err } = await kerneltax("io", "--rw=randrw", "--rwmixwrite=101");
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^kerneltax: --rwmixwrite: "101" is not/),
    ]);
  });

  it("says in its help how drives get a volatile cache, and does so", async () => {
    const { out } = await kerneltax("io", "--help");
    const [, option] = /(--set drive.volatileCache=1)/.exec(out) ?? [];
    const [set = "", value = ""] = (option ?? "").split(" ");
    const syncs = ["--backend=linux", "--rw=randwrite", "--fsync=1"];
    const iops = async (...args: string[]): Promise<number> =>
      (await io(...syncs, ...args)).kerneltax.metrics["iops"]!;
    expect(await iops(set, value)).toBeLessThan(0.5 * (await iops(set, "drive.volatileCache=0")));
  });

  it("takes a job file, and the command line wins", async () => {
    const file = join(folder, "read.fio");
    writeFileSync(
      file,
      "[global]\nioengine=io_uring\ndirect=1\nthread\n[mine]\niodepth=4\nnumjobs=2\nhipri\n",
    );
    const printed = await io(file, "--iodepth", "8");
    expect(printed["global options"]).toEqual({ ioengine: "io_uring", direct: "1", thread: "1" });
    expect(printed.jobs[0]).toMatchObject({
      jobname: "mine",
      "job options": { iodepth: "8", numjobs: "2", hipri: "1" },
    });
    expect(printed.kerneltax.spec["options"]).toMatchObject({ hipri: true });
    expect(printed.kerneltax.spec.workload).toMatchObject({ ioDepth: 8, jobs: 2 });
    const flagFirst = await kerneltax("io", "--hipri", file, ...SHORT, "--output-format=json");
    expect(flagFirst.code).toBe(0);
  });

  it("runs on as many drives as files are named, unless told how many", async () => {
    const file = join(folder, "named.fio");
    writeFileSync(file, "[mine]\nfilename=/dev/nvme0n1:/dev/nvme1n1\nruntime=100us\n");
    const drives = async (...args: readonly string[]): Promise<unknown> => {
      const { out } = await kerneltax("io", file, "--output-format=json", ...args);
      return (JSON.parse(out) as Printed).kerneltax.spec["drives"];
    };
    expect(await drives()).toBe(2);
    expect(await drives("--filename=/dev/nvme3n1")).toBe(1);
    expect(await drives("--filename=0000\\:01\\:00.0:0000\\:02\\:00.0:other")).toBe(3);
    expect(await drives("--drives=4")).toBe(4);
    const { err } = await kerneltax("io", file, "--filename=a:b:c:d:e:f:g:h:i:j:k");
    expect(err).toMatch(/--filename: 11 is not allowed; machine "milan-pm1733" has 10/);
  });

  it("takes a machine of one's own", async () => {
    const file = join(folder, "mine.json");
    writeFileSync(file, '{ "extends": "milan-pm1733", "id": "mine", "driveCount": 3 }');
    const printed = await io("--machine", file);
    expect(printed.kerneltax.spec["machine"]).toBe("mine");
  });
});

describe("normal output", () => {
  it("reads like fio's and ends with the ledger", async () => {
    const { code, out, err } = await kerneltax(
      ...["io", ...SHORT, "--backend=bypass", "--iodepth=16", "--rw=randrw", "--seed=3"],
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^kerneltax: randrw, bs=4KiB, iodepth=16, numjobs=1: /);
    expect(out).toMatch(/\n {2}read: IOPS=[\d.]+k, BW=[\d.]+MiB\/s/);
    expect(out).toMatch(/\n {2}write: IOPS=/);
    expect(out).toMatch(/99\.99th=\[/);
    expect(out).toMatch(/seed 3, spec [0-9a-f]{12}\n/);
    expect(out).toMatch(/│ driver +│ +[\d.]+ │/);
    expect(out).toMatch(/│ sum .*│ +100\.0 │/);
    expect(out).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("--out", () => {
  it("writes complete files into a new directory and prints the same", async () => {
    const out = join(folder, "a", "b");
    const args = ["io", ...SHORT, "--backend=bypass", "--output-format=json", "--out", out];
    const printed = await kerneltax(...args);
    expect(readdirSync(out).sort()).toEqual(["io.csv", "io.json", "ledger.svg"]);
    expect(readFileSync(join(out, "io.json"), "utf8")).toBe(printed.out);
    expect(readFileSync(join(out, "io.csv"), "utf8")).toMatch(/^figure,series,x,metric/);
  });
});
