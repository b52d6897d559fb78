/** Costs of translating page numbers in the database, by a hash table. */
import type { BackendCosts, CostMeanings } from "../../model.ts";

export const memoryCosts = {
  "bypass.hashLookup": {
    value: 9.1,
    unit: "ns",
    provenance: "published",
    source: "vmcache23",
    where: "Table 2: 10.7 − 1.6 ns in the cache (V44)",
    calibrated: true,
  },
  "bypass.hashUpdate": {
    value: 40,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: "Table 2: a lookup and a few stores more, to insert or remove one page",
    range: [15, 120],
  },
} as const satisfies BackendCosts;

export const memoryCostMeanings: CostMeanings<keyof typeof memoryCosts> = {
  "bypass.hashLookup": {
    cause: "database",
    meaning: "one lookup in the hash table of pages, beside loading its bucket",
  },
  "bypass.hashUpdate": {
    cause: "database",
    meaning: "entering a page into the hash table, or taking it out",
  },
};

export type BypassMemoryCosts = Readonly<Record<keyof typeof memoryCosts, number>>;
