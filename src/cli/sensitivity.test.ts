import { describe, expect, it } from "vitest";
import { resolveExperiment } from "../experiment/assemble.ts";
import { variationsOf } from "../experiment/sensitivity.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import { CPU_NUMBERS } from "../hardware/cpu/cpu-numbers.ts";
import type { NumberMeaning } from "../hardware/numbers.ts";
import { DRIVE_NUMBERS } from "../hardware/nvme/drive-numbers.ts";
import { kerneltax } from "../testing/captured-terminal.ts";
import { isNamedRun, readNamedRun } from "./named-run.ts";

const RUN = ["sensitivity", "--drives=1", "--runtime=300us", "--ramp_time=50us"] as const;

interface Printed {
  readonly command: string;
  readonly otherSeeds: readonly number[];
  readonly changeByAnotherSeed: readonly ({ iops: number } | null)[];
  readonly sensitivity: readonly {
    readonly path: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly changeAtLow: Readonly<Record<string, number>> | null;
    readonly changeAtHigh: Readonly<Record<string, number>> | null;
  }[];
}

const variations = (input: ExperimentInput): ReturnType<typeof variationsOf> => {
  const spec = parseSpec(input);
  return variationsOf(spec, resolveExperiment(spec));
};

const meanings: Readonly<Record<string, NumberMeaning>> = { ...CPU_NUMBERS, ...DRIVE_NUMBERS };
const isCount = (path: string): boolean =>
  meanings[path.replace(/^(cpu|drive)\./, "")]?.kind === "count";

describe("variations", () => {
  it("take assumed numbers to their ends and others by a tenth; counts stay whole", () => {
    const all = variations({ backend: "linux", workload: { kind: "raw-io" } });
    for (const { path, number, low, high } of all) {
      if (number.provenance === "assumed") expect([low, high], path).toEqual(number.range);
      else if (number.unit === "B" || isCount(path)) {
        expect(Number.isInteger(low) && Number.isInteger(high), path).toBe(true);
      } else expect(high - low, path).toBeCloseTo(0.2 * number.value, 6);
    }
    const paths = all.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toEqual(
      expect.arrayContaining(["cpu.clock@1", "drive.readTime", "kernel.blockLayer"]),
    );
    expect(paths).not.toContain("bypass.submit");
  });

  it("change exactly that number, beside what the user has set", () => {
    const set = { "kernel.driver": 7 };
    const all = variations({ backend: "linux", set, workload: { kind: "raw-io" } });
    const numbersOf = (input: ExperimentInput) => resolveExperiment(parseSpec(input)).numbers;
    const layer = all.find(({ path }) => path === "kernel.blockLayer")!;
    const { costs } = numbersOf(layer.inputWith(layer.low));
    expect(costs["kernel.blockLayer"]!.value).toBe(layer.low);
    expect(costs["kernel.driver"]!.value).toBe(7);
    const clock = all.findLast(({ path }) => path.startsWith("cpu.clock@"))!;
    const { machine } = numbersOf(clock.inputWith(1.5));
    expect(machine.cpu.clocks.map((point) => point.clock.value === 1.5).indexOf(true)).toBe(
      machine.cpu.clocks.length - 1,
    );
  });
});

describe("sensitivity", () => {
  it("finds that a lone read is the drive's, and its cycles the kernel's", async () => {
    const { code, out, err } = await kerneltax(...RUN, "--output-format=json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const printed = JSON.parse(out) as Printed;
    expect(printed.command).toBe("sensitivity");
    expect(printed.changeByAnotherSeed).toHaveLength(3);
    expect(printed.otherSeeds).toHaveLength(3);
    const effect = ({ changeAtLow, changeAtHigh }: Printed["sensitivity"][number]): number =>
      Math.max(Math.abs(changeAtLow?.["iops"] ?? 0), Math.abs(changeAtHigh?.["iops"] ?? 0));
    const effects = printed.sensitivity.map(effect);
    expect(effects).toEqual(effects.toSorted((a, b) => b - a));
    const cost = printed.sensitivity.find(({ path }) => path === "kernel.contextSwitch")!;
    expect(cost.changeAtLow!["cyclesPerIo"]).toBeLessThan(0);
    expect(cost.changeAtHigh!["cyclesPerIo"]).toBeGreaterThan(0);
    const unused = printed.sensitivity.find(({ path }) => path === "linux.aioSubmit")!;
    expect(unused.changeAtHigh).toEqual({ iops: 0, cyclesPerIo: 0 });
  });

  it("prints at most as many rows as it is asked for", async () => {
    const { code, out } = await kerneltax(...RUN, "--metric=cyclesPerIo", "--top=3");
    expect(code).toBe(0);
    expect(out).toMatch(/^What decides IOPS [\d.]+ k\/s, cycles per I\/O \d+ \(spec \w+\)\n/);
    expect(
      out.split("\n").filter((line) => /^│ (?:cpu|drive|kernel|linux)\./.test(line)),
    ).toHaveLength(3);
    expect(out).toMatch(/ \([\d.]+ %, the most of 3 other seeds\), 3 of them shown\.\n$/);
    expect(out).not.toMatch(/NaN|undefined/);
  });

  it("does not take other addresses for a number that decides", async () => {
    const out = (await kerneltax("sensitivity", "--drives=1")).out;
    expect(out).not.toMatch(/^│ drive\.capacity/m);
    expect(out).toMatch(/^│ drive\.readTime/m);
    expect(out).toMatch(/\ndrive\.capacity is left out: it draws other addresses/);
  });

  it("says that a run is too short where another seed alone changes much", async () => {
    const { out } = await kerneltax(...RUN, "--top=3");
    expect(out).toMatch(/\nChance decides most of this: .* give a longer runtime\.\n$/);
  });
});

describe("sensitivity of a run by its name", () => {
  it("answers for a row of the lecture's table", () => {
    expect(isNamedRun("lecture-storage:psync:1")).toBe(true);
    expect(isNamedRun("job.fio")).toBe(false);
    const { input } = readNamedRun("lecture-storage:psync:1", "job-file");
    expect(input).toMatchObject({ backend: "linux", workload: { jobs: 1 } });
  });

  it.each([
    [["lecture-storage:psync:1", "--bs=8k"], /bs: lecture-storage:psync:1 is a run of its own/],
    [["vmcache23-fig3:x:1"], /job-file/],
    [["lecture-storage:psync:1", "--set=no.such=1"], /--set: no run has/],
  ])("refuses %o", async (args, message) => {
    const { code, err } = await kerneltax("sensitivity", ...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
