/** Specs, overrides and hashes: a wrong input names its field; a right one has one name. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { machines } from "../hardware/machines/index.ts";
import { TESTED_BACKENDS } from "../testing/variants.ts";
import { findBackend, resolveExperiment } from "./assemble.ts";
import { resolveNumbers, settablePaths } from "./overrides.ts";
import { parseSpec } from "./spec.ts";
import { canonicalJson, shortHash } from "./spec-hash.ts";
import { rawIoOf } from "./workloads/raw-io-spec.ts";

const milan = machines["milan-pm1733"];
const workload = { kind: "raw-io" } as const;

function errorOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  throw new Error("nothing was wrong");
}

const resolve = (input: object): ReturnType<typeof resolveExperiment> =>
  resolveExperiment(parseSpec({ workload, drives: 1, ...input }));
const hashOf = (input: object): string => resolve(input).specHash;

/** A built-in machine under another name. */
const MINE = { extends: "milan-pm1733", id: "mine" };

/** Numbers that cannot be 1 more than they are. */
const SHARES = ["cpu.smtShare", "drive.programTimeSpread"];

describe("parseSpec", () => {
  it("takes the spec's own numbers out of set, and leaves the model's", () => {
    const set = { drives: 2, "workload.jobs": 4, runtimeUs: 900, "kernel.systemCall": 0 };
    const direct = { drives: 2, workload: { ...workload, jobs: 4 }, runtimeUs: 900 };
    expect(parseSpec({ workload, set })).toEqual(
      parseSpec({ ...direct, set: { "kernel.systemCall": 0 } }),
    );
    const bad = errorOf(() => parseSpec({ workload, set: { "workload.jobs": 0 } }));
    expect(bad).toMatch(/workload\.jobs: 0 is not allowed, .*>=1/);
    expect(errorOf(() => resolve({ set: { "workload.kind": 1 } }))).toMatch(/no model number/);
  });

  it.each([-1, 101, 33.3, "50"])("takes %o for no share in per cent, whoever has it", (wrong) => {
    const shares = {
      "workload.readPercent": { readPercent: wrong },
      "workload.background.readPercent": { background: { readPercent: wrong } },
      "workload.writePercent": { kind: "vm", writePercent: wrong },
    };
    for (const [field, share] of Object.entries(shares)) {
      const message = errorOf(() => parseSpec({ workload: { ...workload, ...share } }));
      const value = JSON.stringify(wrong);
      expect(message).toContain(`${field}: ${value} is not allowed, give a whole number from 0 to`);
    }
  });

  it("fills in every default", () => {
    expect(parseSpec({ workload })).toMatchObject({
      machine: "milan-pm1733",
      drives: 0,
      backend: "linux",
      facets: {},
      options: {},
      workload: {
        kind: "raw-io",
        rw: "randread",
        blockBytes: 4096,
        ioDepth: 1,
        jobs: 1,
        readPercent: 50,
        submitBatch: 1,
        rateIops: 0,
        fsync: 0,
        fdatasync: 0,
        spanBytes: 0,
      },
      runtimeUs: 20_000,
      rampUs: 2_000,
      seed: 1,
      set: {},
    });
  });

  it.each([
    [{}, /workload/],
    [null, /expected object/i],
    [{ workload: { kind: "ycsb" } }, /workload\.kind/],
    [{ workload: { ...workload, blockBytes: 3 } }, /workload\.blockBytes/],
    [{ workload: { ...workload, blockBytes: 4_097 } }, /workload\.blockBytes.*512/],
    [{ workload: { ...workload, ioDepth: 0 } }, /workload\.ioDepth: 0.*>=1/],
    [{ workload: { ...workload, ioDepth: 65_537 } }, /workload\.ioDepth: 65537.*<=65536/],
    [{ workload: { ...workload, jobs: 1e9 } }, /workload\.jobs/],
    [{ workload: { ...workload, rw: "sideways" } }, /workload\.rw: "sideways".*"randread"/],
    [{ workload: { ...workload, readPercent: 101 } }, /workload\.readPercent/],
    [{ workload: { ...workload, depth: 1 } }, /"depth"/],
    [{ workload, runtimeUs: 0 }, /runtimeUs/],
    [{ workload, runtimeUs: Number.NaN }, /runtimeUs/],
    [{ workload, runtimeUs: Number.POSITIVE_INFINITY }, /runtimeUs/],
    [{ workload, rampUs: -1 }, /rampUs/],
    [{ workload, seed: 0.5 }, /seed/],
    [{ workload, drives: 65 }, /drives/],
    [{ workload, set: { "drive.dies": "many" } }, /set/],
    [{ workload, drive: 2 }, /"drive"/],
  ])("refuses %o by the field's name", (input, message) => {
    expect(errorOf(() => parseSpec(input))).toMatch(message);
  });
});

describe("resolveExperiment", () => {
  it.each([
    [{ backend: "windows" }, /backend: "windows" is not allowed; .*linux.*null/],
    [{ backend: "toString" }, /backend: "toString"/],
    [{ machine: "laptop" }, /machine: "laptop".*milan-pm1733/],
    [{ drives: 11 }, /drives: 11 is not allowed; machine "milan-pm1733" has 10/],
    [{ options: { ioengine: "spdk" } }, /ioengine: "spdk" is not allowed; .*psync/],
    [{ options: { hipri: 1 } }, /hipri: .*io_uring/],
    [{ options: { speed: 1 } }, /speed: backend "linux" has no such option/],
    [{ workload: { ...workload, spanBytes: 4e12 } }, /spanBytes: 4000000000000/],
    [{ workload: { ...workload, spanBytes: 512 } }, /blockBytes: 4096 does not fit into 512/],
    [{ set: { "drive.speed": 1 } }, /no model number "drive\.speed"; there are: .*drive\.dies/],
    [{ set: { __proto__x: 1 } }, /no model number/],
    [{ set: { "drive.dies": 0 } }, /drive\.numbers\.dies: 0 is not allowed.*from 1 to 65536/],
    [{ set: { "drive.dies": 1.5 } }, /dies: 1\.5 is not allowed; give a whole number/],
    [{ set: { "cpu.smtShare": 2 } }, /smtShare: 2/],
    [{ set: { "cpu.clock": 0 } }, /clock: 0/],
    [{ set: { "kernel.driver": -1 } }, /costs\.kernel\.driver: -1/],
    [{ set: { "bypass.submit": 1 } }, /no model number "bypass\.submit"; .*cpu\.…, drive\.…/],
  ])("refuses %o with field, value and what is allowed", (input, message) => {
    expect(errorOf(() => resolve(input))).toMatch(message);
  });

  it("caps the depth of a blocking interface and says so", () => {
    const { spec, warnings } = resolve({ workload: { ...workload, ioDepth: 32, submitBatch: 8 } });
    const { ioDepth, submitBatch } = rawIoOf(spec.workload);
    expect([ioDepth, submitBatch]).toEqual([1, 1]);
    expect(warnings.join()).toMatch(/iodepth 32 is capped at 1/);
  });

  it("says so when more threads poll than there are cores", () => {
    const warned = (input: object): string => resolve(input).warnings.join();
    const crowd = { cores: 2, workload: { ...workload, jobs: 3 } };
    expect(warned({ backend: "bypass", ...crowd })).toMatch(/^3 threads poll on 2 cores: .*tasks$/);
    const polled = { ioengine: "io_uring", hipri: true, sqthread_poll: true };
    expect(warned({ ...crowd, options: polled })).toMatch(/^6 threads poll on 2 cores/);
    const light = warned({ backend: "unikernel", ...crowd, cores: 1 });
    expect(light).toMatch(/^3 threads poll on 1 core: .* share \(queue_pairs core\)$/);
    expect(warned({ backend: "bypass", ...crowd, cores: 3 })).toBe("");
    expect(warned({ backend: "bypass", ...crowd, options: { threads: "tasks" } })).toBe("");
    expect(warned({ ...crowd, options: { ioengine: "io_uring" } })).toBe("");
  });

  it("says so when an assumed number is set outside of its range, unless it is free", () => {
    const warned = (set: Record<string, number>): string => resolve({ set }).warnings.join();
    expect(warned({ "kernel.pagePinning": 281 })).toMatch(
      /^set: kernel.pagePinning is 281 ns, outside of the range 120 … 280 ns/,
    );
    expect(warned({ "kernel.pagePinning": 119.9 })).toMatch(/kernel.pagePinning is 119.9 ns/);
    for (const value of [0, 120, 280]) expect(warned({ "kernel.pagePinning": value })).toBe("");
    // Somebody has measured this one: it has no range.
    expect(warned({ "drive.readTime": 1 })).toBe("");
  });

  it("takes all drives of the machine for 0", () => {
    expect(resolve({ drives: 0 }).spec.drives).toBe(10);
  });

  it("refuses writes that the drive's buffer can never take", () => {
    const set = { "drive.writeBuffer": 4_096 };
    const rw = { ...workload, rw: "randwrite" };
    expect(errorOf(() => resolve({ workload: rw, set }))).toMatch(/writeBuffer.*4096/);
    expect(() => resolve({ set })).not.toThrow();
    // A page would fit, a stripe of the log does not.
    const small = { set: { "drive.writeBuffer": 20 * 4_096 } };
    const engine = { kind: "engine", benchmark: "update" } as const;
    const message = errorOf(() => resolve({ ...small, workload: { ...engine, wal: true } }));
    expect(message).toMatch(/writeBuffer: 81920 .* 126976 bytes/);
    expect(() => resolve({ ...small, workload: { ...engine, wal: false } })).not.toThrow();
  });
});

describe("overrides", () => {
  it.each(TESTED_BACKENDS)("reach every number of %s, and change that one only", (id) => {
    const backend = findBackend(id);
    const before = resolveNumbers(milan, backend, {});
    const flat = (numbers: typeof before): string[] => {
      const { cpu, drive } = numbers.machine;
      const tables = { ...cpu.numbers, ...drive.numbers, ...numbers.costs };
      return [
        ...Object.entries(tables).map(([key, number]) => `${key}=${number.value}`),
        cpu.clocks.map(({ clock }) => clock.value).join(),
      ];
    };
    const flatBefore = flat(before);
    for (const path of settablePaths(milan, backend)) {
      const name = path.replace(/^(?:cpu|drive)\./, "");
      const old =
        path === "cpu.clock"
          ? milan.cpu.clocks[0]!.clock
          : (before.costs[path] ??
              (milan.cpu.numbers as Record<string, { value: number }>)[name] ??
              (milan.drive.numbers as Record<string, { value: number }>)[name])!;
      const value = SHARES.includes(path) ? 0.5 : old.value + 1;
      if (path === "drive.queueDepthMax") continue;
      const after = resolveNumbers(milan, backend, { [path]: value });
      const changed = flat(after).filter((text, index) => text !== flatBefore[index]);
      expect(changed, path).toHaveLength(1);
      expect(changed[0]).toContain(String(value));
    }
  });
});

describe("the spec's hash", () => {
  it("does not depend on the order of keys", () => {
    const shuffled = (data: unknown): unknown => {
      if (typeof data !== "object" || data === null || Array.isArray(data)) return data;
      const entries = Object.entries(data).map(([key, value]) => [key, shuffled(value)]);
      return Object.fromEntries(entries.reverse() as [string, unknown][]);
    };
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        expect(shortHash(shuffled(data))).toBe(shortHash(data));
        expect(JSON.parse(canonicalJson(data))).toEqual(JSON.parse(JSON.stringify(data)));
      }),
      { seed: 71, numRuns: 300 },
    );
    expect(shortHash([1, 2])).not.toBe(shortHash([2, 1]));
    expect(hashOf({ seed: 3, backend: "null" })).toBe(hashOf({ backend: "null", seed: 3 }));
  });

  it("changes with the numbers of a machine or a cost, even under the same name", () => {
    const number = { ...milan.drive.numbers.readTime, value: 1 };
    const cost = { value: 1, unit: "ns", provenance: "measured", source: "me", where: "here" };
    const own = [
      MINE,
      { ...MINE, drive: { numbers: { readTime: number } } },
      { ...MINE, costs: { "kernel.driver": cost } },
    ];
    const hashes = own.map((machine) => hashOf({ machine }));
    expect(new Set([...hashes, hashOf({})]).size).toBe(4);
  });

  it("stays the same when a number's origin is put into other words", () => {
    const old = milan.drive.numbers.readTime;
    const readTime = { ...old, provenance: "measured", source: "me", where: "elsewhere" };
    const same = { ...MINE, drive: { numbers: { readTime } } };
    expect(hashOf({ machine: same })).toBe(hashOf({ machine: MINE }));
    const other = { ...readTime, unit: "ns" as const };
    const changed = { ...MINE, drive: { numbers: { readTime: other } } };
    expect(old.unit).not.toBe(other.unit);
    expect(hashOf({ machine: changed })).not.toBe(hashOf({ machine: MINE }));
  });

  it("changes with every field of the spec", () => {
    const inputs = [
      {},
      { drives: 2 },
      { seed: 2 },
      { backend: "null" },
      { options: { ioengine: "libaio" } },
      { runtimeUs: 1 },
      { rampUs: 1 },
      ...[{ rw: "read" }, { blockBytes: 512 }, { jobs: 2 }, { readPercent: 1 }].map((change) => ({
        workload: { ...workload, ...change },
      })),
      { workload: { ...workload, spanBytes: 1e9 } },
    ];
    expect(new Set(inputs.map(hashOf)).size).toBe(inputs.length);
  });

  it("changes with every model number, and not with a default that is written out", () => {
    const before = hashOf({ backend: "bypass" });
    const backend = findBackend("bypass");
    const numbers = { ...milan.cpu.numbers, ...milan.drive.numbers } as Record<
      string,
      { readonly value: number }
    >;
    const hashes = settablePaths(milan, backend)
      .filter((path) => path !== "drive.queueDepthMax")
      .map((path) => {
        const old = numbers[path.replace(/^(?:cpu|drive)\./, "")]?.value ?? 6;
        const value = SHARES.includes(path) ? 0.5 : old + 1;
        return hashOf({ backend: "bypass", set: { [path]: value } });
      });
    expect(new Set([before, ...hashes]).size).toBe(hashes.length + 1);
    expect(hashOf({ backend: "bypass", options: { ioengine: "spdk" } })).toBe(before);
  });
});
