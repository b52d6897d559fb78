import { describe, expect, it } from "vitest";
import { kerneltax } from "../testing/captured-terminal.ts";

const SHORT = ["vm", "--ramp-time", "100us", "--runtime", "400us", "--drives", "1"];
const ALLOCATE = [...SHORT, "--access", "alloc-free", "--batch", "4", "--threads", "4"];

interface Envelope {
  readonly command: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly specHash: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly ledger: { readonly total: Readonly<Record<string, string>> };
}

async function json(...args: readonly string[]): Promise<Envelope> {
  const { code, out, err } = await kerneltax(...args, "--output-format", "json");
  expect(err).toBe("");
  expect(code).toBe(0);
  return JSON.parse(out) as Envelope;
}

describe("kerneltax vm", () => {
  it("prints one envelope and nothing else", async () => {
    const { command, metrics, ledger } = await json(...ALLOCATE);
    expect(command).toBe("vm");
    expect(metrics["pagesPerS"]).toBeGreaterThan(100_000);
    expect(Number(ledger.total["shootdownReceive"])).toBeGreaterThan(0);
  });

  it("prints metrics and ledger for people", async () => {
    const args = [...ALLOCATE, "--set", "kernel.ipiSend=100"];
    const { metrics } = await json(...args);
    const { code, out } = await kerneltax(...args);
    expect(code).toBe(0);
    expect(out).toMatch(/alloc-free: 4 threads on linux/);
    expect(out).toMatch(/TLB interrupts/);
    expect(out).toMatch(/kernel\.ipiSend=100/);
    const share = metrics["shootdownShare"]!;
    expect(share).toBeGreaterThan(0.1);
    const shown = Number(/time in shootdowns +│ +([\d.]+) │ % /.exec(out)?.[1]);
    expect(shown / (100 * share)).toBeCloseTo(1, 3);
  });

  it("counts the pages of a window in which no batch ends, as its rate does", async () => {
    const short = ["--access", "alloc-free", "--threads", "8", "--runtime", "100us"];
    const { out } = await kerneltax(...SHORT, ...short);
    const pages = Number(/simulated.*, (\d+) pages,/.exec(out)?.[1]);
    const perS = 1e6 * Number(/pages +│ +([\d.]+) │ M\/s/.exec(out)?.[1]);
    expect(pages / (100e-6 * perS)).toBeCloseTo(1, 2);
  });

  it("tells no time of a page where none was inserted", async () => {
    const { out, err } = await kerneltax(...SHORT, "--access=insert", "--runtime=1us");
    expect(err).toMatch(/^warning: no page completed/m);
    expect(out).toMatch(/│ pages +│ +0 │/);
    expect(out).not.toMatch(/│ ns /);
  });

  it("understands sizes in IEC and SI units", async () => {
    const sizes = async (size: string): Promise<unknown> =>
      (await json(...SHORT, "--ram", size, "--data", size)).spec["workload"];
    expect(await sizes("4MiB")).toMatchObject({ ramBytes: 4_194_304 });
    expect(await sizes("4MB")).toMatchObject({ ramBytes: 4_000_000 });
  });

  it("takes a scale as a fraction", async () => {
    const scale = async (text: string): Promise<unknown> =>
      (await json(...ALLOCATE, "--scale", text)).specHash;
    expect(await scale("1/8")).toBe(await scale("0.125"));
  });

  it("inserts into twice the memory unless told otherwise, and warns if nothing went", async () => {
    const insert = [...SHORT, "--access", "insert", "--backend", "unikernel", "--ram", "16MiB"];
    const { code, out, err } = await kerneltax(...insert, "--threads", "1");
    expect(code).toBe(0);
    expect(out).toMatch(/32 MiB with 16 MiB of memory/);
    expect(err).toMatch(/^warning: no page was evicted while measuring: a thread evicts 512/);
    const some = await kerneltax(...insert, "--batch", "4", "--runtime", "2ms");
    expect([some.code, some.err]).toEqual([0, ""]);
  });

  it("warns when more pages were taken than given back", async () => {
    const args = ["vm", "--access", "alloc-free", "--threads", "8", "--runtime", "2ms"];
    const { code, err } = await kerneltax(...args);
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: \d+ pages were taken and \d+ given back while measuring/);
    expect((await kerneltax(...args, "--batch", "4")).err).toBe("");
  });

  it("takes facets, options of the memory facet and isolation", async () => {
    const args = [...ALLOCATE, "--facets", "memory=custom"];
    const mixed = await json(...args, "--tlb_batch", "0");
    expect(mixed.spec["facets"]).toEqual({ memory: "custom" });
    expect(mixed.specHash).not.toBe((await json(...args)).specHash);
    const guest = await json(...ALLOCATE, "--isolation", "vm");
    expect(Number(guest.ledger.total["hypervisor"])).toBeGreaterThan(0);
  });

  it("says in its help what an option means and allows on each backend", async () => {
    const text = (await kerneltax("vm", "--help")).out.replaceAll(/\s+/g, " ");
    expect(text).toContain("--tlb_flush <interrupt|broadcast|miracle|global|list|direct>");
    expect(text).toMatch(/\[linux, mmap, custom\] interrupt\|broadcast\|miracle: how other cores/);
    expect(text).toMatch(
      /; \[unikernel\] global\|list\|direct\|broadcast\|miracle: how other cores/,
    );
    expect(text).toMatch(
      /\[linux, mmap, custom, unikernel, unikernel-port\] how an idle core waits/,
    );
    expect(text).toContain("(default: 2ms; of a mapped file 0)");
  });

  it("takes how idle cores wait: polling, threads run again sooner after a fault", async () => {
    const faults = ["--backend=mmap", "--access=random", "--hint=random", "--scale=0.001"];
    const pages = async (idle: string): Promise<number> =>
      (await json("vm", "--runtime=5s", "--drives=1", ...faults, "--idle", idle)).metrics[
        "pagesPerS"
      ]!;
    expect(await pages("poll")).toBeGreaterThan(await pages("halt"));
  });

  it("refuses less memory than the kernel keeps free", async () => {
    const args = ["--backend", "mmap", "--access", "random", "--ram", "1GiB", "--data", "20GiB"];
    const { code, err } = await kerneltax(...SHORT, ...args);
    expect(code).toBe(2);
    expect(err).toMatch(/--ram: \d+ pages of memory are fewer than/);
  });

  it("refuses more pages or frames than can be simulated", async () => {
    const many = ["--backend", "mmap", "--access", "random", "--data", "30TB"];
    for (const args of [many, ["--access", "page", "--ram", "700GiB", "--data", "1GiB"]]) {
      const { code, err } = await kerneltax(...SHORT, "--drives", "10", ...args);
      expect(code).toBe(2);
      expect(err).toMatch(/^kerneltax: --(?:data|ram): \d+ × scale 1 are \d+ pages, more than the/);
    }
  });

  it.each([
    ["--access", "swap", "page, alloc-free, insert, random, sequential"],
    ["--threads", "0", "a whole number from 1 to 1024"],
    ["--ram", "lots", "give a size"],
    ["--isolation", "jail", "bare, container, vm, vm+container"],
    ["--facets", "network=linux", "storage, memory, scheduler"],
    ["--hint", "random", "--access page has no use for it; it is for random, sequential"],
    ["--via", "pread", "--access page has no use for it"],
    ["--scale", "2", "a number above 0 and at most 1"],
    ["--scale", "0", "a number above 0 and at most 1"],
    ["--runtime", "500ns", "us, ms, s, m, h or d behind it"],
    ["--virtual-storage", "virtio", "only virtual machines have it: give --isolation vm"],
    ["--scale", "1/0", "or a fraction"],
    ["--release", "free", "madvise, process_madvise"],
    ["--set", "kernel.teleport=1", "no model number"],
  ])("refuses %s %s by name", async (option, value, allowed) => {
    const { code, out, err } = await kerneltax(...SHORT, option, value);
    expect([code, out]).toEqual([2, ""]);
    expect(err.trim().split("\n").length).toBe(1);
    expect(err).toContain(option.slice(2));
    expect(err).toContain(allowed);
  });
});

describe("kerneltax vm on a mapped file", () => {
  const MAPPED = ["vm", "--backend", "mmap", "--access", "random", "--hint", "random"];
  const TWIN = [...MAPPED, "--drives", "1", "--scale", "0.001", "--runtime", "6s"];

  it("reads the same file by pread: no shootdowns, and about the same collapse", async () => {
    const full = [...TWIN, "--threads", "100", "--runtime", "60s"];
    const [touched, read] = [await json(...full), await json(...full, "--via", "pread")];
    const metric = (run: typeof read, name: string): number => Number(run.metrics[name]);
    expect(metric(touched, "shootdownsPerS")).toBeGreaterThan(0);
    expect(metric(read, "shootdownsPerS")).toBe(0);
    expect(metric(read, "faultsPerS")).toBe(0);
    expect(Number(read.ledger.total["copy"])).toBeGreaterThan(0);
    const ratio = metric(read, "pagesPerS") / metric(touched, "pagesPerS");
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.5);
  });

  it("says how pages are reached", async () => {
    const { out } = await kerneltax(...TWIN, "--via", "pread");
    expect(out).toMatch(/^random via pread, hint random: 1 thread and one that computes on mmap/);
  });

  it.each([
    ["--will-need", "4"],
    ["--mlock", "4KiB"],
  ])("refuses %s for a file that is read by pread", async (option, value) => {
    const { code, err } = await kerneltax(...TWIN, "--via", "pread", option, value);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^kerneltax: ${option}: .*via pread there is none, so give 0`));
  });

  it("reads more at a time with WILLNEED; mincore spares calls and costs its own", async () => {
    const rates = [];
    for (const more of [[], ["--will-need", "4"], ["--will-need", "4", "--residency", "mincore"]]) {
      rates.push((await json(...TWIN, "--threads", "4", ...more)).metrics["pagesPerS"]!);
    }
    const [alone, announced, asked] = rates;
    expect(announced).toBeGreaterThan(2.5 * alone!);
    expect(asked).toBeGreaterThan(2.5 * alone!);
    expect(asked).not.toBe(announced);
  });

  it("locks the beginning of the file before it touches anything", async () => {
    const { metrics } = await json(...TWIN, "--threads", "4", "--mlock", "10GiB");
    const free = await json(...TWIN, "--threads", "4");
    expect(metrics["pagesPerS"]).toBeLessThan(free.metrics["pagesPerS"]!);
  });

  it.each([
    [["--mlock", "60GiB"], /--mlock: .*half of the memory/],
    [["--madvise", "random"], /--madvise: .* here --hint says what madvise does/],
    [["--residency", "mincore"], /residency: .*give --will-need as well/],
    [["--will-need", "300"], /--will-need: "300".*256/],
  ])("refuses %j in one line", async (more, message) => {
    const { code, err } = await kerneltax(...MAPPED, ...more);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});
