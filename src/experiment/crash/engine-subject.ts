/** The storage engine under one of its workloads, as the explorer's subject. */
import { RandomStream } from "../../base/random.ts";
import type { UpdateProtocolName } from "../../engine/buffer/mapped/update-protocol.ts";
import { Engine } from "../../engine/engine.ts";
import type { DatabaseConfig } from "../../engine/engine-config.ts";
import {
  type Database,
  type EngineTask,
  type Session,
  TransactionAborted,
  type Tree,
} from "../../engine/model.ts";
import { recoverEngine } from "../../engine/recovery/recover-engine.ts";
import { FREE_ENGINE } from "../../engine/times.ts";
import { FREE_TRANSACTIONS } from "../../engine/transaction/transactions.ts";
import type { OperatingSystem, Thread, ThreadTask } from "../../os/model.ts";
import { tpccFaults } from "../../workload/tpcc/consistency.ts";
import { loadTpcc } from "../../workload/tpcc/population.ts";
import { treesOf } from "../../workload/tpcc/schema.ts";
import { tpccClients } from "../../workload/tpcc/tpcc.ts";
import type { TransactionSource } from "../../workload/transaction-source.ts";
import { KeySource } from "./key-source.ts";
import type { CommitOracle } from "./oracle.ts";
import { RecordingSession } from "./recording-session.ts";
import type { Coverage, CrashSubject, Recovered, RecoveryRun, WorkloadRun } from "./subject.ts";

export const CRASH_WORKLOADS = ["keys", "tpcc"] as const;
export type CrashWorkload = (typeof CRASH_WORKLOADS)[number];

export interface EngineSubjectSettings {
  readonly workload: CrashWorkload;
  readonly buffer: DatabaseConfig["buffer"];
  /** Of a mapped file. */
  readonly updateProtocol?: UpdateProtocolName;
  readonly pageBytes: number;
  /** Threads instead of the scenario's own number. */
  readonly clients?: number;
  /** Page images in the log; without them the drives must write pages atomically. */
  readonly fullPageImages: boolean;
}

/** What a workload brings along. */
interface Scenario {
  readonly threads: number;
  readonly transactionsPerThread: number;
  readonly poolPages: number;
  /** Creates and loads the trees; no simulated time passes. */
  load(database: Database, seed: number): void;
  /** What the clients of one run do, by their number. */
  sources(engine: Engine, seed: number): (index: number) => TransactionSource;
  /** What is wrong with the content as such; absent: any content is right. */
  faults?(engine: Engine, session: Session): EngineTask<string[]>;
}

/** A mapping that no run outgrows, and what a kernel keeps for itself of so little memory. */
const FILE_PAGES = 2_048;
const KERNEL_PAGES = 64;
const TINY = 1e-6;

const KEYS_TREE = "keys";
const TPCC_SCALE = { warehouses: 2, items: 100, customersPerDistrict: 10 };

const SCENARIOS: Readonly<Record<CrashWorkload, Scenario>> = {
  keys: {
    threads: 4,
    transactionsPerThread: 50,
    poolPages: 16,
    load: (database) => {
      database.createTree(KEYS_TREE);
    },
    sources: (engine, seed) => (index) => {
      const random = new RandomStream(seed, `keys client ${index}`);
      return new KeySource(engine.tree(KEYS_TREE), random, engine.config.pageBytes);
    },
  },
  tpcc: {
    threads: 2,
    transactionsPerThread: 20,
    poolPages: 90,
    load: (database, seed) => loadTpcc(database, TPCC_SCALE, seed),
    sources: (engine, seed) => {
      const clientOf = tpccClients({ scale: TPCC_SCALE, seed, clients: 2, rollsBack: true });
      return (index) => clientOf(treesOf(engine), index, () => 1);
    },
    *faults(engine, session) {
      const transaction = session.begin("read-uncommitted");
      const faults = yield* tpccFaults(transaction, treesOf(engine), TPCC_SCALE.warehouses);
      yield* transaction.commit();
      return faults;
    },
  },
};

export function engineSubject(settings: EngineSubjectSettings): CrashSubject {
  const own = SCENARIOS[settings.workload];
  const scenario = { ...own, threads: settings.clients ?? own.threads };
  const { pageBytes, buffer, fullPageImages, updateProtocol = "in-place" } = settings;
  const mapped = { updateProtocol, filePages: FILE_PAGES, scale: TINY } as const;
  const configOf = (seed: number): DatabaseConfig => ({
    pageBytes,
    ...(buffer === "mmap"
      ? { poolPages: scenario.poolPages + KERNEL_PAGES, mapped }
      : { poolPages: scenario.poolPages }),
    buffer,
    wal: updateProtocol !== "shadow-paging",
    logBytes: 1_024 * pageBytes,
    checkpointEveryBytes: Math.floor((60_000 * pageBytes) / 4_096),
    fullPageImages,
    times: FREE_ENGINE,
    transactionCosts: FREE_TRANSACTIONS,
    adversary: { seed, probability: 0.2 },
  });
  return {
    id: settings.workload,
    threads: scenario.threads,
    start: (system, oracle, seed) => startRun(scenario, configOf(seed), system, oracle, seed),
    recover: (system, found, seed) => recovery(scenario, configOf(seed), system, found),
  };
}

function startRun(
  scenario: Scenario,
  config: DatabaseConfig,
  system: OperatingSystem,
  oracle: CommitOracle,
  seed: number,
): WorkloadRun {
  const engine = Engine.create(system, config);
  const numberOf = ({ name }: Tree): number => engine.tree(name).parts.treeId;
  scenario.load(recordingLoads(engine, oracle, numberOf), seed);
  const sourceOf = scenario.sources(engine, seed);
  const body = (index: number) =>
    function* (thread: Thread): ThreadTask {
      const source = sourceOf(index);
      const session = new RecordingSession(engine.openSession(thread), oracle, numberOf);
      yield* work(source, session, scenario.transactionsPerThread);
      yield* session.close();
    };
  return {
    bodies: Array.from({ length: scenario.threads }, (_, index) => body(index)),
    coverage: () => {
      const counters = engine.counters();
      const { splits, merges, aborts, deadlocks, checkpoints, groupCommits, evictions } = counters;
      return { splits, merges, aborts, deadlocks, checkpoints, groupCommits, evictions };
    },
  };
}

/** The engine as a loader sees it; what is loaded is the oracle's, too. */
function recordingLoads(
  engine: Engine,
  oracle: CommitOracle,
  numberOf: (tree: Tree) => number,
): Database {
  return {
    createTree: (name) => engine.createTree(name),
    tree: (name) => engine.tree(name),
    openSession: (thread) => engine.openSession(thread),
    bulkLoad: (tree, entries) => {
      const number = numberOf(tree);
      const noted = function* (): Generator<readonly [Uint8Array, Uint8Array]> {
        for (const entry of entries) {
          oracle.loaded(number, entry[0], entry[1]);
          yield entry;
        }
      };
      engine.bulkLoad(tree, noted());
    },
  };
}

/** One client: a transaction that has to give way is tried again. */
function* work(source: TransactionSource, session: Session, count: number): EngineTask<void> {
  for (let done = 0; done < count; done++) {
    source.draw();
    for (let hasEnded = false; !hasEnded; ) {
      const transaction = session.begin();
      try {
        const isWanted = yield* source.run(transaction);
        yield* isWanted ? transaction.commit() : transaction.abort();
        if (isWanted) source.committed?.();
        hasEnded = true;
      } catch (error) {
        if (!(error instanceof TransactionAborted)) throw error;
        yield* transaction.abort();
      }
    }
  }
}

function recovery(
  scenario: Scenario,
  config: DatabaseConfig,
  system: OperatingSystem,
  found: Recovered,
): RecoveryRun {
  const coverage: Record<string, number> = { recoveries: 0, redone: 0, undone: 0 };
  return {
    *body(thread): ThreadTask {
      const { engine, redone, undone } = yield* recoverEngine(system, config, thread);
      coverage["recoveries"]! += 1;
      coverage["redone"]! += redone;
      coverage["undone"]! += undone;
      engine.check();
      const session = engine.openSession(thread);
      yield* everyRecord(engine, session, (tree, key, value) => found.record(tree, key, value));
      if (scenario.faults !== undefined) {
        found.faults.push(...(yield* scenario.faults(engine, session)));
      }
    },
    coverage: (): Coverage => coverage,
  };
}

function* everyRecord(
  engine: Engine,
  session: Session,
  visit: (tree: number, key: Uint8Array, value: Uint8Array) => void,
): EngineTask<void> {
  for (const [number, tree] of engine.trees.entries()) {
    const transaction = session.begin("read-uncommitted");
    yield* transaction.scan(tree, new Uint8Array(0), 1, (key, value) => {
      visit(number, key, value);
      return true;
    });
    yield* transaction.commit();
  }
}
