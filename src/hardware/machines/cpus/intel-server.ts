/**
 * Memory management unit and caches of Intel's Ice Lake servers, and of others in their place.
 *
 * First and second level run at the core's clock: so many cycles of each machine's own. The mesh
 * between the slices of the last level has a clock of its own, and every core brings a slice.
 */
import type { Sourced } from "../../../base/sourced.ts";
import type { MmuNumbers } from "../../mmu/mmu.ts";
import { x86Mmu } from "./x86.ts";

/** What of a processor its caches hang on. */
export interface IntelCores {
  /** Cores that share the last level: of a socket. */
  readonly cores: number;
  /** The machine's own clock. */
  readonly clockGHz: number;
}

/** The last level's slice of a core of Ice Lake's servers. */
const SLICE_BYTES = 1_572_864;

/** Ice Lake: Xeons of the third generation, of 2021. */
export function intelServer({ cores, clockGHz }: IntelCores): MmuNumbers {
  return {
    ...ICE_LAKE,
    tlbL2Hit: { ...ICE_LAKE.tlbL2Hit, atGHz: clockGHz },
    cacheL1Latency: { ...ICE_LAKE.cacheL1Latency, atGHz: clockGHz },
    cacheL2Latency: { ...ICE_LAKE.cacheL2Latency, atGHz: clockGHz },
    cacheL3Bytes: { ...ICE_LAKE.cacheL3Bytes, value: cores * SLICE_BYTES },
  };
}

/** Clock and size stand for one core at 3 GHz. */
const ICE_LAKE: MmuNumbers = {
  ...x86Mmu,
  tlbL1Entries: {
    value: 64,
    unit: "1",
    provenance: "published",
    source: "intel-optimization",
    where: "Ice Lake: 64 entries for 4 KiB loads",
  },
  tlbL2Entries: {
    value: 2_048,
    unit: "1",
    provenance: "published",
    source: "intel-optimization",
    where: "Ice Lake: 2,048 entries shared by page sizes",
  },
  tlbL2Ways: {
    value: 16,
    unit: "1",
    provenance: "published",
    source: "intel-optimization",
    where: "16 ways",
  },
  tlbL2Hit: {
    value: 7,
    unit: "cycles",
    atGHz: 3,
    provenance: "published",
    source: "intel-optimization",
    where: "penalty of a second-level hit",
  },
  walkCacheEntries: {
    value: 32,
    unit: "1",
    provenance: "assumed",
    source: "intel-optimization",
    where: "paging-structure caches of a few dozen entries",
    range: [16, 128],
  },
  cacheL1Bytes: {
    value: 49_152,
    unit: "B",
    provenance: "published",
    source: "intel-optimization",
    where: "48 KiB",
  },
  cacheL1Latency: {
    value: 5,
    unit: "cycles",
    atGHz: 3,
    provenance: "published",
    source: "intel-optimization",
    where: "load to use",
  },
  cacheL2Bytes: {
    value: 1_310_720,
    unit: "B",
    provenance: "published",
    source: "intel-optimization",
    where: "1.25 MiB per core",
  },
  cacheL2Latency: {
    value: 14,
    unit: "cycles",
    atGHz: 3,
    provenance: "published",
    source: "intel-optimization",
    where: "load to use",
  },
  cacheL3Bytes: {
    value: SLICE_BYTES,
    unit: "B",
    provenance: "published",
    source: "intel-optimization",
    where: "1.5 MiB per core, times the cores that share it",
  },
  cacheL3Latency: {
    value: 70,
    unit: "cycles",
    atGHz: 3,
    provenance: "assumed",
    source: "intel-optimization",
    where: "a mesh: 60 to 80 cycles; its clock is not the cores'",
    range: [45, 90],
  },
  memoryLatency: {
    value: 100,
    unit: "ns",
    provenance: "assumed",
    source: "intel-optimization",
    where: "local memory of one socket",
    range: [75, 130],
  },
  broadcastPages: {
    value: 0,
    unit: "1",
    provenance: "published",
    source: "intel-sdm",
    where: "no such instruction",
  },
  broadcastTime: {
    value: 900,
    unit: "ns",
    provenance: "assumed",
    source: "riel-invlpgb",
    where: "what it would take if there were one: AMD's",
    range: [300, 2000],
  },
};

/** What cores from Skylake to Raptor Cove, efficiency cores too, may have in place of these. */
const OTHER_GENERATIONS: { readonly [Name in keyof MmuNumbers]?: readonly [number, number] } = {
  tlbL1Entries: [48, 96],
  tlbL2Entries: [1_536, 2_048],
  tlbL2Ways: [4, 16],
  tlbL2Hit: [5, 10],
  cacheL1Bytes: [32_768, 49_152],
  cacheL1Latency: [3, 5],
  cacheL2Bytes: [262_144, 4_194_304],
  cacheL2Latency: [12, 20],
};

/** What they may have per core of the last level: 1 MiB of a ring's, 3 beside one large core. */
const OTHER_SLICES: readonly [number, number] = [1_048_576, 3_145_728];

/**
 * The same values on an Intel processor that is no Ice Lake: nothing was read for it.
 * @param generation of its cores: "Coffee Lake".
 */
export function likeIceLake(generation: string, of: IntelCores): MmuNumbers {
  const [low, high] = OTHER_SLICES;
  const ranges = { ...OTHER_GENERATIONS, cacheL3Bytes: [low * of.cores, high * of.cores] as const };
  const iceLake = intelServer(of);
  const assumed = Object.entries(ranges).map(([name, range]): [string, Sourced] => {
    const published = iceLake[name as keyof MmuNumbers];
    const where = `not read for ${generation}, Ice Lake's instead: ${published.where}`;
    return [name, { ...published, provenance: "assumed", where, range }];
  });
  return { ...iceLake, ...Object.fromEntries(assumed) };
}
