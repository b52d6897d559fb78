/**
 * Scaled twins: how many rows stand for a database of the size that was asked for.
 *
 * Rows and buffer pool shrink by one factor; devices, cores and rates stay. A smaller tree has
 * fewer levels; a descent is charged for those that are missing. (A smaller fan-out would keep the
 * height too, but makes inner nodes a tenth of all pages, and the clock evicts them: lookups with
 * 12.8 % in memory then read 1.03 pages each instead of 0.87.)
 *
 * The pool of a TPC-C twin is its share of the memory's bytes, not of the data's: a published size
 * stands for a number of warehouses, and how much memory each of them has decides what is read.
 *
 * Where nobody locks a row, a TPC-C twin is a few whole warehouses for all clients: pages per
 * district and the skew among a warehouse's pages are the original's, and what a transaction reads
 * hangs little on the scale. With locks they would queue for rows that in the original nobody else
 * wants, so each client gets two shrunken warehouses of its own. Then the pages in constant use do
 * not shrink, a page holds the rows of fewer popular items, and larger than memory the twin reads
 * more pages per transaction than the original. Above all a Stock-Level does: the 2,000 stock pages
 * of a warehouse's last 200 orders are an eighth of what an original with a third of its data in
 * memory holds per warehouse, and many times the small twin's; reading a hundred of them one after
 * the other makes it the longest transaction of a twin. The table of items, which all warehouses
 * share, shrinks with the number of whole ones.
 */
import { HEADER_BYTES } from "../engine/page/page-header.ts";
import { SLOT_BYTES } from "../engine/page/slotted-page.ts";
import { ENTRY_KEY_BYTES } from "./entry-table.ts";
import { FULL_CUSTOMERS, rowsOfTree, type TpccScale, twinScale } from "./tpcc/scale.ts";
import { KEY_BYTES, TREE_NAMES, type TreeName, VALUE_BYTES } from "./tpcc/schema.ts";

/** Leaves after inserting in random order are filled to ln 2 on average. [vmcache23 Table 1] */
const LEAF_FILL = 0.69;
/** A cell's own bytes: the length of its value. */
const CELL_BYTES = 4;
const REFERENCE_BYTES = 4;
/** What is left of a separator, cut to what tells two leaves apart, behind the common prefix. */
const SEPARATOR_BYTES = 4;
/** What a visit to a leaf brings into the caches: about eight lines and their neighbours. */
const VISITED_LEAF_BYTES = 1_024;

/** Pages of one tree, and how it is to be built. */
export interface TreeShape {
  readonly leafPages: number;
  readonly innerPages: number;
  /** Inner levels above the leaves. */
  readonly innerLevels: number;
  readonly innerFanOut: number;
  /** Levels that the original has above these. */
  readonly missingLevels: number;
  readonly leafFill: number;
  /** What the original's leaves take. */
  readonly originalLeafBytes: number;
}

/** Bytes that a record takes in a page, slot included. */
function recordBytes(keyBytes: number, valueBytes: number): number {
  return SLOT_BYTES + Math.ceil((CELL_BYTES + keyBytes + valueBytes) / 4) * 4;
}

/** Records that a page holds when it is filled to `fill`. */
export function recordsPerPage(
  pageBytes: number,
  keyBytes: number,
  valueBytes: number,
  fill: number,
): number {
  const room = pageBytes - HEADER_BYTES - 2 * keyBytes;
  return Math.max(1, Math.floor((room * fill) / recordBytes(keyBytes, valueBytes)));
}

/** Inner levels above `leaves` pages. */
function levelsAbove(leaves: number, fanOut: number): number {
  let levels = 0;
  for (let pages = leaves; pages > 1; pages = Math.ceil(pages / fanOut)) levels += 1;
  return levels;
}

function pagesAbove(leaves: number, fanOut: number): number {
  let sum = 0;
  for (let pages = leaves; pages > 1; ) {
    pages = Math.ceil(pages / fanOut);
    sum += pages;
  }
  return sum;
}

/** The shape of a tree of `rows` that stands for one of `nominalRows`. */
export function treeShape(
  pageBytes: number,
  keyBytes: number,
  valueBytes: number,
  nominalRows: number,
  rows: number,
): TreeShape {
  const perLeaf = recordsPerPage(pageBytes, keyBytes, valueBytes, LEAF_FILL);
  const separatorBytes = Math.min(keyBytes, SEPARATOR_BYTES);
  const widest = recordsPerPage(pageBytes, separatorBytes, REFERENCE_BYTES, LEAF_FILL);
  const leafPages = Math.max(1, Math.ceil(rows / perLeaf));
  const nominalLeaves = Math.ceil(nominalRows / perLeaf);
  const nominalLevels = levelsAbove(nominalLeaves, widest);
  return {
    leafPages,
    innerPages: pagesAbove(leafPages, widest),
    innerLevels: levelsAbove(leafPages, widest),
    innerFanOut: widest,
    missingLevels: nominalLevels - levelsAbove(leafPages, widest),
    leafFill: LEAF_FILL,
    originalLeafBytes: nominalLeaves * pageBytes,
  };
}

/** A twin as a whole. */
export interface Twin {
  /** Rows of the twin ÷ rows of the original. */
  readonly scale: number;
  /** What the original's pages take. */
  readonly originalBytes: number;
  /** Whether memory is said of all pages: of leaves only, those above them come on top. */
  readonly memoryHoldsInner: boolean;
  readonly shapes: Readonly<Record<string, TreeShape>>;
}

export interface EntriesTwin extends Twin {
  readonly nominalCount: number;
  readonly count: number;
  /** Entries of a leaf. */
  readonly perLeaf: number;
}

/** Bytes of the twin unless the spec says its scale. */
const ENTRIES_TWIN_BYTES = 128 * 1024 * 1024;

/**
 * The twin of a table of entries that takes `dataBytes`.
 * @param scale 0: chosen so that the twin is small.
 */
export function entriesTwin(
  dataBytes: number,
  pageBytes: number,
  valueBytes: number,
  scale: number,
): EntriesTwin {
  const perLeaf = recordsPerPage(pageBytes, ENTRY_KEY_BYTES, valueBytes, LEAF_FILL);
  const nominalCount = Math.max(1, Math.floor(dataBytes / pageBytes) * perLeaf);
  const wanted = scale === 0 ? Math.min(1, ENTRIES_TWIN_BYTES / dataBytes) : scale;
  const count = Math.max(1, Math.round(nominalCount * wanted));
  const shape = treeShape(pageBytes, ENTRY_KEY_BYTES, valueBytes, nominalCount, count);
  return {
    nominalCount,
    count,
    perLeaf,
    scale: count / nominalCount,
    originalBytes: dataBytes,
    memoryHoldsInner: false,
    shapes: { entries: shape },
  };
}

export interface TpccTwin extends Twin {
  readonly nominalWarehouses: number;
  readonly tpcc: TpccScale;
}

/** What a TPC-C database is asked for as, and what its twin has to be fit for. */
export interface TpccTwinPlan {
  /** The original: 200 MB stand for a warehouse. */
  readonly dataBytes: number;
  readonly pageBytes: number;
  /** Transactions that run at a time. */
  readonly clients: number;
  /** 0: chosen so that the twin is small. */
  readonly scale: number;
  /** Of the twin; 0: four whole ones at least where nobody locks, else two per client. */
  readonly warehouses: number;
  readonly hasLocks: boolean;
}

/** 5,000 warehouses are about 1 TB. [vmcache23 Fig 6] The pages of this engine take 122 MB each. */
const WAREHOUSE_BYTES = 200_000_000;
/** Of a warehouse's pages, those in constant use must stay few: not fewer bytes for each. */
const WAREHOUSE_TWIN_BYTES = 4 * 1024 * 1024;
const TPCC_TWIN_BYTES = 64 * 1024 * 1024;
/** Two per client: they work at home, so none meets another there. */
const WAREHOUSES_PER_CLIENT = 2;
/** With 8 and 16 a transaction reads within a tenth of what it does with 4. */
const WHOLE_WAREHOUSES = 4;

/** The twin of a TPC-C database. */
export function tpccTwin(plan: TpccTwinPlan): TpccTwin {
  const { dataBytes, pageBytes } = plan;
  const nominalWarehouses = Math.max(1, Math.round(dataBytes / WAREHOUSE_BYTES));
  const { warehouses, rowShare } = twinWarehouses(plan, nominalWarehouses);
  const isPart = plan.warehouses > 0 || !plan.hasLocks;
  const full = twinScale(nominalWarehouses, 1);
  const tpcc = twinScale(warehouses, rowShare, isPart ? warehouses / nominalWarehouses : 1);
  const shapes = Object.fromEntries(
    TREE_NAMES.map((name) => [name, tpccShape(pageBytes, name, full, tpcc)]),
  );
  const rows = (of: TpccScale): number => TREE_NAMES.reduce((s, t) => s + rowsOfTree(t, of), 0);
  return {
    nominalWarehouses,
    tpcc,
    scale: rows(tpcc) / rows(full),
    originalBytes: pagesOf(full, pageBytes) * pageBytes,
    memoryHoldsInner: true,
    shapes,
  };
}

function twinWarehouses(
  { dataBytes, clients, scale, warehouses, hasLocks }: TpccTwinPlan,
  nominal: number,
): { readonly warehouses: number; readonly rowShare: number } {
  const shareOf = (wanted: number, of: number): number => Math.min(1, (nominal * wanted) / of);
  if (warehouses > 0 || !hasLocks) {
    const wanted = warehouses || Math.max(WHOLE_WAREHOUSES, Math.ceil(nominal * scale));
    const few = Math.min(nominal, wanted);
    return { warehouses: few, rowShare: scale === 0 ? 1 : shareOf(scale, few) };
  }
  const fewest = Math.min(nominal, WAREHOUSES_PER_CLIENT * clients);
  const small = Math.max(TPCC_TWIN_BYTES, fewest * WAREHOUSE_TWIN_BYTES) / dataBytes;
  const wanted = Math.min(1, scale || small);
  const many = Math.max(fewest, Math.ceil(nominal * wanted));
  return { warehouses: many, rowShare: shareOf(wanted, many) };
}

/** Pages of all trees of an unscaled database. */
function pagesOf(scale: TpccScale, pageBytes: number): number {
  return TREE_NAMES.reduce((sum, name) => {
    const rows = rowsOfTree(name, scale);
    const shape = treeShape(pageBytes, KEY_BYTES[name], VALUE_BYTES[name], rows, rows);
    return sum + shape.leafPages + shape.innerPages;
  }, 0);
}

function tpccShape(pageBytes: number, name: TreeName, full: TpccScale, twin: TpccScale): TreeShape {
  const rows = [full, twin].map((scale) => rowsOfTree(name, scale));
  const shape = treeShape(pageBytes, KEY_BYTES[name], VALUE_BYTES[name], rows[0]!, rows[1]!);
  const isCrowded = name === "warehouse" || name === "district";
  // In the original, clients rarely meet on a page of these; in the twin each has its own.
  if (!isCrowded || twin.customersPerDistrict === FULL_CUSTOMERS) return shape;
  const perPage = name === "district" ? 10 : 1;
  const leafPages = Math.ceil(rows[1]! / perPage);
  const room = recordsPerPage(pageBytes, KEY_BYTES[name], VALUE_BYTES[name], 1);
  const leafFill = Math.min(1, perPage / room);
  const innerLevels = levelsAbove(leafPages, shape.innerFanOut);
  const nominalLevels = shape.innerLevels + shape.missingLevels;
  return {
    ...shape,
    leafPages,
    innerPages: pagesAbove(leafPages, shape.innerFanOut),
    innerLevels,
    missingLevels: Math.max(0, nominalLevels - innerLevels),
    leafFill,
  };
}

/** Leaves whose lines a last-level cache holds: it shrinks with the rows, as the pool does. */
export const lastLevelLeaves = ({ scale }: Twin, cacheBytes: number): number =>
  Math.ceil((cacheBytes / VISITED_LEAF_BYTES) * scale);

/** Pages of a twin; of them those above the leaves, which never leave the pool; and its frames. */
export interface TwinPages {
  readonly dataPages: number;
  readonly innerPages: number;
  readonly poolPages: number;
}

/** Pages of a twin, and frames for the share of them, or of its leaves, that `cachedShare` says. */
export function twinPages(twin: Twin, cachedShare: number): TwinPages {
  const all = Object.values(twin.shapes);
  const leaves = all.reduce((sum, { leafPages }) => sum + leafPages, 0);
  const innerPages = all.reduce((sum, shape) => sum + shape.innerPages, 0);
  const dataPages = leaves + innerPages;
  const poolOf = (share: number): number => {
    // Who keeps everything keeps what is inserted, too.
    if (share >= 1) return Math.ceil(dataPages * 1.25) + 256;
    if (twin.memoryHoldsInner) return Math.ceil(dataPages * share);
    return innerPages + Math.ceil(leaves * share);
  };
  return { dataPages, innerPages, poolPages: poolOf(cachedShare) };
}
