/** The benchmarks of the engine: their data, their clients, and what must hold afterwards. */
import { assert } from "../../base/assert.ts";
import { exp } from "../../base/maths.ts";
import { RandomStream } from "../../base/random.ts";
import { PS_PER_US } from "../../base/units.ts";
import type { Database, EngineTask, Session, Tree } from "../../engine/model.ts";
import { LoadedTree, type LoadOptions } from "../../engine/tree-loader.ts";
import type { Thread } from "../../os/model.ts";
import { ENTRY_TREE, loadEntries } from "../../workload/entry-table.ts";
import { type KeyChooser, UniformKeys } from "../../workload/keys.ts";
import { LookupClient } from "../../workload/lookups.ts";
import { tpccFaults } from "../../workload/tpcc/consistency.ts";
import { loadTpcc } from "../../workload/tpcc/population.ts";
import { treesOf } from "../../workload/tpcc/schema.ts";
import { tpccClients } from "../../workload/tpcc/tpcc.ts";
import type { TransactionSource } from "../../workload/transaction-source.ts";
import {
  type EntriesTwin,
  entriesTwin,
  lastLevelLeaves,
  type TpccTwin,
  type Twin,
  tpccTwin,
} from "../../workload/twin.ts";
import { YCSB_MIXES, YcsbClient, type YcsbMix } from "../../workload/ycsb/ycsb.ts";
import { twinKeys } from "../../workload/zipf-twin.ts";
import type { EngineSpec } from "./engine-spec.ts";

/** A database that takes shapes for its trees. */
export interface ShapedDatabase extends Database {
  bulkLoad(
    tree: Tree,
    entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
    options?: LoadOptions,
  ): void;
}

/** How trees come to be. */
export interface Loading {
  /** Which pages each has, by name: filled as they are built, or with `restore` read. */
  readonly trees: Map<string, LoadedTree>;
  /** Bytes of a last-level cache: trees whose originals fit into it stay there. */
  readonly cacheBytes: number;
  /** Puts all of them onto the drives, so that none has to be built. */
  readonly restore?: () => void;
}

/** One benchmark at the size of its twin. */
export interface LoadedBenchmark {
  /** What the records of all trees follow from. */
  readonly records: readonly unknown[];
  /** Creates and fills the trees; host time only. */
  load(database: Database, loading: Loading): void;
  openSource(database: Database, index: number, thread: Thread): TransactionSource;
  /** @throws InvariantError when the database does not hold what the benchmark demands. */
  check(database: Database, session: Session): EngineTask<void>;
}

export const clientsOf = ({ threads, tasks }: EngineSpec): number => threads * tasks;
/** Share of the leaves that memory has room for. */
export const cachedShareOf = (spec: EngineSpec): number =>
  Math.min(1, spec.ramBytes / twinOf(spec).originalBytes);

/**
 * Share of the leaves in a full pool that are dirty in steady state. With a log, checkpoints clean
 * them: the run begins after one.
 */
function dirtyShareOf(spec: EngineSpec): number {
  const { benchmark, distribution, wal } = spec;
  if (wal || benchmark === "lookup") return 0;
  if (benchmark === "tpcc") return 1;
  const changed = changedShareOf(benchmark);
  // A leaf is brought by one visit and, before it goes, has as many more as there are hits to a
  // miss; of skewed ones those that nobody else wants go first.
  const cached = distribution === "uniform" ? Math.min(cachedShareOf(spec), 0.99) : 0;
  return 1 - (1 - changed) * exp((-changed * cached) / (1 - cached));
}

/** Share of the operations of lookups and YCSB that change an entry. */
function changedShareOf(benchmark: EngineSpec["benchmark"]): number {
  if (benchmark === "lookup") return 0;
  const [, updates, , , readModifyWrites] = YCSB_MIXES[mixOf(benchmark)];
  return (updates + readModifyWrites) / 100;
}

/** Whether some operations change entries in place. */
export const changesEntries = ({ benchmark }: EngineSpec): boolean =>
  benchmark !== "tpcc" && changedShareOf(benchmark) > 0;

const mixOf = (benchmark: EngineSpec["benchmark"]): YcsbMix =>
  benchmark.replace("ycsb-", "") as YcsbMix;

export function twinOf(spec: EngineSpec): Twin {
  return spec.benchmark === "tpcc" ? tpccTwinOf(spec) : entriesTwinOf(spec);
}

const tpccTwinOf = (spec: EngineSpec): TpccTwin =>
  tpccTwin({ ...spec, clients: clientsOf(spec), hasLocks: spec.isolationLevel !== "none" });

const entriesTwinOf = (spec: EngineSpec): EntriesTwin =>
  entriesTwin(spec.dataBytes, spec.pageBytes, spec.valueBytes, spec.scale);

/**
 * @param spec resolved: without defaults that depend on the benchmark.
 * @param cacheBytes of a last-level cache.
 */
export function loadedBenchmark(
  spec: EngineSpec,
  seed: number,
  cacheBytes: number,
): LoadedBenchmark {
  if (spec.benchmark === "tpcc") return tpccBenchmark(spec, seed);
  return entriesBenchmark(spec, seed, cacheBytes);
}

/**
 * The same database, whose trees are loaded in the twin's shapes and leave the pool as a database
 * that has run for long has it: with leaves of every tree, and dirty ones where that is so.
 */
function shaped(
  database: Database,
  { shapes }: Twin,
  spec: EngineSpec,
  { trees, restore, cacheBytes }: Loading,
): Database {
  const target = database as ShapedDatabase;
  const resident = { residentShare: cachedShareOf(spec), dirtyShare: dirtyShareOf(spec) };
  return {
    createTree: (name) => target.createTree(name),
    tree: (name) => target.tree(name),
    openSession: (thread) => target.openSession(thread),
    bulkLoad: (tree, entries) => {
      const loaded = trees.get(tree.name) ?? new LoadedTree();
      trees.set(tree.name, loaded);
      const shape = shapes[tree.name];
      const staysInCache = shape !== undefined && shape.originalLeafBytes <= cacheBytes;
      const options = { ...shape, staysInCache, ...resident, loaded, restore };
      target.bulkLoad(tree, entries, options);
    },
  };
}

/** What of its trees' shapes shows in the pages. */
const builtShapes = ({ shapes }: Twin): unknown =>
  Object.entries(shapes).map(([tree, { leafFill, innerFanOut }]) => [tree, leafFill, innerFanOut]);

/**
 * What makes the keys of one client. A skewed twin misses memory as often as the original; where
 * all of it is in memory, the last-level cache.
 */
function entryKeys(
  spec: EngineSpec,
  twin: EntriesTwin,
  cacheBytes: number,
): (random: RandomStream) => KeyChooser {
  if (spec.distribution === "uniform") return (random) => new UniformKeys(random);
  const inMemory = cachedShareOf(spec);
  const { leafPages } = twin.shapes["entries"]!;
  const inCache = Math.min(1, lastLevelLeaves(twin, cacheBytes) / leafPages);
  return twinKeys(spec.theta, twin, inMemory < 1 ? inMemory : inCache);
}

function entriesBenchmark(spec: EngineSpec, seed: number, cacheBytes: number): LoadedBenchmark {
  const twin = entriesTwinOf(spec);
  const { count } = twin;
  const { benchmark, valueBytes } = spec;
  const clients = clientsOf(spec);
  const keysOf = entryKeys(spec, twin, cacheBytes);
  return {
    records: [count, valueBytes, builtShapes(twin)],
    load: (database, loading) =>
      loadEntries(shaped(database, twin, spec, loading), count, valueBytes),
    openSource: (database, index) => {
      const tree = database.tree(ENTRY_TREE);
      const random = new RandomStream(seed, `${benchmark} client ${index}`);
      const keys = keysOf(random);
      if (benchmark === "lookup") return new LookupClient(tree, keys, count);
      const mix = mixOf(benchmark);
      return new YcsbClient({ mix, tree, count, valueBytes, keys, random, index, clients });
    },
    // Every read has checked the value that it was given.
    *check() {},
  };
}

function tpccBenchmark(spec: EngineSpec, seed: number): LoadedBenchmark {
  const twin = tpccTwinOf(spec);
  const { tpcc } = twin;
  const rollsBack = spec.isolationLevel !== "none";
  const clientOf = tpccClients({ scale: tpcc, seed, clients: clientsOf(spec), rollsBack });
  return {
    records: [tpcc, seed, builtShapes(twin)],
    load: (database, loading) => loadTpcc(shaped(database, twin, spec, loading), tpcc, seed),
    openSource: (database, index, thread) =>
      clientOf(treesOf(database), index, () => Math.floor(thread.core.cursorPs / PS_PER_US)),
    *check(database, session) {
      const transaction = session.begin("read-uncommitted");
      const faults = yield* tpccFaults(transaction, treesOf(database), tpcc.warehouses);
      yield* transaction.commit();
      assert(faults.length === 0, "TPC-C is not consistent", faults.join("; "));
    },
  };
}
