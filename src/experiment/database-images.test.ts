import { afterEach, describe, expect, it, vi } from "vitest";
import { SpareBuffers } from "../base/spare-buffers.ts";
import { allocatePages } from "../engine/page/page-memory.ts";
import { LoadedTree } from "../engine/tree-loader.ts";
import { SparseMedia } from "../hardware/nvme/media.ts";
import { SlabStore } from "../hardware/nvme/slabs.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";
import {
  databaseImage,
  endDatabase,
  frameSource,
  keepDatabase,
  keepDatabaseImages,
  makeRoomForDatabase,
  newMedia,
} from "./workloads/database-images.ts";
import { loadedBenchmark } from "./workloads/engine-benchmarks.ts";
import type { EngineSpec } from "./workloads/engine-spec.ts";

const MIB = 1_048_576;
const TPCC = { benchmark: "tpcc", dataBytes: 2e9, ramBytes: 0.5e9, scale: 0.006 } as const;
const LOOKUPS = { benchmark: "lookup", dataBytes: 16e6, ramBytes: 4e6 } as const;

const spec = (workload: Partial<EngineSpec>, more: Partial<ExperimentInput>): ExperimentInput => ({
  drives: 2,
  rampUs: 200,
  runtimeUs: 1_000,
  ...more,
  workload: { kind: "engine", threads: 4, ...workload },
});

const UPDATES = { benchmark: "update", dataBytes: 64e6, ramBytes: 128e6, scale: 1 } as const;
const MAPPED = { backend: "mmap", options: { machine_memory_gib: 1 } };

/** What a run says, without what its host says. */
const outcome = (input: ExperimentInput): string => JSON.stringify(runExperiment(parseSpec(input)));

afterEach(() => keepDatabaseImages(0));

describe("images of databases", () => {
  it.each<[string, ExperimentInput]>([
    ["lookups through swizzled pointers", spec(LOOKUPS, { backend: "bypass" })],
    ["lookups of vmcache", spec({ ...LOOKUPS, buffer: "vmcache" }, { backend: "custom" })],
    ["TPC-C with a log", spec({ ...TPCC, wal: true }, { backend: "linux" })],
    ["TPC-C that begins dirty", spec({ ...TPCC, wal: false }, { backend: "linux" })],
    ["in-place updates of a mapped file", spec({ ...UPDATES, wal: true }, MAPPED)],
    ["shadow paging", spec({ ...UPDATES, updateProtocol: "shadow-paging", wal: false }, MAPPED)],
  ])("change nothing: %s", (_name, input) => {
    const alone = outcome(input);
    keepDatabaseImages(256 * MIB);
    expect(outcome(input)).toBe(alone);
    // The first one has written to its drives since; the next two begin with what it loaded.
    expect(outcome(input)).toBe(alone);
    expect(outcome(input)).toBe(alone);
  });

  it("are used: a planted change of one is read", () => {
    const input = spec({ ...LOOKUPS, wal: false }, { backend: "bypass" });
    keepDatabaseImages(256 * MIB);
    outcome(input);
    const adopt = SparseMedia.prototype.adopt;
    SparseMedia.prototype.adopt = function (image) {
      adopt.call(this, image);
      for (let at = 100; at < 16e6; at += 4_096) this.write(0, at, 1, Uint8Array.of(77));
    };
    try {
      expect(() => outcome(input)).toThrow("I1");
    } finally {
      SparseMedia.prototype.adopt = adopt;
    }
  });

  it("are told apart by seed, size, layout and protocol", () => {
    keepDatabaseImages(256 * MIB);
    const inputs = [
      spec(TPCC, { backend: "linux" }),
      spec(TPCC, { backend: "linux", seed: 2 }),
      spec(TPCC, { backend: "linux", drives: 1 }),
      spec({ ...TPCC, pageBytes: 8_192 }, { backend: "linux" }),
      spec({ ...TPCC, dataBytes: 3e9 }, { backend: "linux" }),
    ];
    const together = inputs.map(outcome);
    keepDatabaseImages(0);
    expect(inputs.map(outcome)).toEqual(together);
  });

  it("make room for newer ones, those first that have not been used for longest", () => {
    const keep = (key: string, blocks: number): void => {
      const media = new SparseMedia(1);
      media.write(0, 0, blocks * 4_096, new Uint8Array(blocks * 4_096));
      keepDatabase(key, media, new Map([["tree", new LoadedTree()]]));
    };
    keepDatabaseImages(4 * 4_096);
    keep("first", 1);
    keep("second", 2);
    databaseImage("first");
    keep("third", 2);
    keep("too large", 5);
    const kept = ["first", "second", "third", "too large"].filter(databaseImage);
    expect(kept).toEqual(["first", "third"]);
  });

  it("lie in memory that earlier runs have used, within what is allowed", () => {
    const large = spec({ ...TPCC, wal: false, dataBytes: 8e9 }, { backend: "bypass" });
    const small = spec(LOOKUPS, { backend: "bypass" });
    const alone = [large, small].map(outcome);
    // Room for one of the large database: what the first run wrote is the second one's memory.
    keepDatabaseImages(64 * MIB);
    const taken: boolean[] = [];
    let most = 0;
    const take = SlabStore.prototype.take;
    SlabStore.prototype.take = function (blocks) {
      const before = this.bytes;
      most = Math.max(most, before);
      const slab = take.call(this, blocks);
      taken.push(this.bytes < before);
      return slab;
    };
    try {
      expect([large, small, large, small].map(outcome)).toEqual([...alone, ...alone]);
    } finally {
      SlabStore.prototype.take = take;
    }
    expect(taken).toContain(true);
    expect(most).toBeLessThanOrEqual(64 * MIB);
  });

  it("leave room for memory that nobody uses, and take it back when one is added", () => {
    const takePool = vi.spyOn(SpareBuffers.prototype, "take");
    const takeSlab = vi.spyOn(SlabStore.prototype, "take");
    const written = (mebibytes: number): SparseMedia => {
      const media = newMedia(1);
      media.write(0, 0, mebibytes * MIB, new Uint8Array(mebibytes * MIB));
      return media;
    };
    const pages = (mebibytes: number) => allocatePages(4_096, mebibytes * 256, frameSource);
    keepDatabaseImages(30 * MIB);
    const [first, second] = [pages(12), pages(6)];
    first.bytes.fill(7);
    endDatabase(written(24), first);
    endDatabase(written(1), second);
    const pools = takePool.mock.contexts[0] as SpareBuffers;
    const slabs = takeSlab.mock.contexts[0] as SlabStore;
    const unusedBytes = (): number => pools.bytes + slabs.bytes;
    expect(unusedBytes()).toBeGreaterThan(22 * MIB);
    expect(unusedBytes()).toBeLessThanOrEqual(30 * MIB);
    keepDatabase("one", written(10), new Map());
    expect(unusedBytes()).toBeGreaterThan(12 * MIB);
    expect(unusedBytes()).toBeLessThanOrEqual(20 * MIB);
    keepDatabase("two", written(16), new Map());
    expect(unusedBytes()).toBeLessThanOrEqual(4 * MIB);
    endDatabase(written(1), pages(1));
    expect(unusedBytes()).toBeGreaterThan(0);
    keepDatabaseImages(0);
    expect(unusedBytes()).toBe(0);
  });

  it("give way before another database is built", () => {
    const media = (blocks: number): SparseMedia => {
      const written = new SparseMedia(1);
      written.write(0, 0, blocks * 4_096, new Uint8Array(blocks * 4_096));
      return written;
    };
    keepDatabaseImages(4 * 4_096);
    keepDatabase("first", media(1), new Map());
    keepDatabase("second", media(2), new Map());
    makeRoomForDatabase(2 * 4_096);
    expect(["first", "second"].filter(databaseImage)).toEqual(["second"]);
    makeRoomForDatabase(3 * 4_096);
    expect(databaseImage("second")).toBeUndefined();
  });

  it("name everything that the records follow from", () => {
    const { workload } = parseSpec(spec(LOOKUPS, { backend: "bypass" }));
    const resolved = { ...(workload as EngineSpec), pageBytes: 4_096 as const, valueBytes: 120 };
    const records = (change: Partial<EngineSpec>, seed = 1): string =>
      JSON.stringify(loadedBenchmark({ ...resolved, ...change }, seed, 0).records);
    expect(records({ valueBytes: 100 })).not.toBe(records({}));
    expect(records({ dataBytes: 20e6 })).not.toBe(records({}));
    expect(records(TPCC, 2)).not.toBe(records(TPCC));
    expect(records({ ...TPCC, warehouses: 20 })).not.toBe(records(TPCC));
  });
});
