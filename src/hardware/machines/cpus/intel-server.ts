/** Memory management unit and caches of Intel's Ice Lake servers, and of others in their place. */
import type { Sourced } from "../../../base/sourced.ts";
import type { MmuNumbers } from "../../mmu/mmu.ts";
import { x86Mmu } from "./x86.ts";

/** Ice Lake: Xeons of the third generation, of 2021. */
export const intelServer: MmuNumbers = {
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
    value: 33_554_432,
    unit: "B",
    provenance: "assumed",
    source: "intel-optimization",
    where: "1.5 MiB per core, some dozens of cores",
    range: [8_000_000, 120_000_000],
  },
  cacheL3Latency: {
    value: 70,
    unit: "cycles",
    atGHz: 3,
    provenance: "assumed",
    source: "intel-optimization",
    where: "a mesh: 60 to 80 cycles",
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

/**
 * The same values on an Intel processor that is no Ice Lake: nothing was read for it.
 * @param generation of its cores: "Coffee Lake".
 */
export function likeIceLake(generation: string): MmuNumbers {
  const assumed = Object.entries(OTHER_GENERATIONS).map(([name, range]): [string, Sourced] => {
    const published = intelServer[name as keyof MmuNumbers];
    const where = `not read for ${generation}, Ice Lake's instead: ${published.where}`;
    return [name, { ...published, provenance: "assumed", where, range }];
  });
  return { ...intelServer, ...Object.fromEntries(assumed) };
}
