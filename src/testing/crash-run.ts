/**
 * A workload on the real engine, a crash at a random moment, recovery (crashed too), and judgement:
 * is every acknowledged transaction there, entirely, and nothing else?
 */
import { RandomStream } from "../base/random.ts";
import { Engine } from "../engine/engine.ts";
import type { DatabaseConfig } from "../engine/engine-config.ts";
import { type EngineTask, TransactionAborted } from "../engine/model.ts";
import { DriveFailure } from "../engine/recovery/drive-io.ts";
import { recoverEngine } from "../engine/recovery/recover-engine.ts";
import type { RecordAccess } from "../engine/transaction/record-access.ts";
import type { LockingTransaction } from "../engine/transaction/transaction.ts";
import { LogFailure } from "../engine/wal/group-commit.ts";
import type { ThreadTask } from "../os/model.ts";
import { bareRun, STEADY_DRIVES } from "./bare-run.ts";
import { CrashingMedia } from "./crashing-media.ts";
import { SMALL_DATABASE } from "./engine-bench.ts";

const DRIVES = 2;
const WORKERS = 4;
const KEYS = 60;
const TREE = "crash";

/** Small enough that pages are evicted and checkpoints taken within a few milliseconds. */
const CRASH_DATABASE: DatabaseConfig = {
  ...SMALL_DATABASE,
  poolPages: 20,
  wal: true,
  logBytes: 4 * 1_048_576,
  checkpointEveryBytes: 40_000,
};

export interface CrashRunSettings {
  readonly seed: number;
  readonly config?: Partial<DatabaseConfig>;
  /** A flush that fails, counted from 1; 0: none does. */
  readonly failingFlush?: number;
}

/** What one transaction asks for, and how far it came. */
interface Intent {
  /** Value that it gives each key; undefined: removed. */
  readonly effects: Map<number, number | undefined>;
  /** Commit was called and has not returned. */
  isInDoubt: boolean;
  /** Position in the order in which commits returned, from 1 on; 0: it has not returned. */
  acknowledgedAt: number;
}

export interface CrashRunResult {
  /** What is wrong after recovery; empty: nothing. */
  readonly faults: string[];
  readonly acknowledged: number;
  readonly redone: number;
  readonly undone: number;
  readonly checkpoints: number;
  /** Recoveries that were crashed before the last one. */
  readonly recoveries: number;
}

const keyBytes = (key: number): Uint8Array => Uint8Array.of(0, key);
function valueBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(300 + (number % 5) * 100);
  new DataView(bytes.buffer).setUint32(0, number);
  bytes.fill(number & 0xff, 4);
  return bytes;
}
const numberOf = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

/** Runs, crashes, recovers and judges. */
export function crashRun({ seed, config, failingFlush = 0 }: CrashRunSettings): CrashRunResult {
  const random = new RandomStream(seed, "crash run");
  const settings = { ...CRASH_DATABASE, ...config };
  const intents: Intent[] = [];
  let media = new CrashingMedia(DRIVES);
  media.failingFlush = failingFlush;
  let engine: Engine | undefined;
  perform(media, random.below(60_000_000_000), (system) => {
    engine = Engine.create(system, settings);
    const tree = engine.createTree(TREE);
    const order = { last: 0 };
    return Array.from({ length: WORKERS }, (_, index) => {
      return work(engine!, tree, new RandomStream(seed, `worker ${index}`), index, intents, order);
    });
  });
  const checkpoints = engine?.counters().checkpoints ?? 0;
  const faults: string[] = [];
  const result = { redone: 0, undone: 0, recoveries: 0 };
  // Recovery is crashed again and again, later and later, until it gets through.
  for (let limitPs = random.below(3_000_000_000); ; limitPs = 4 * limitPs + 1_000_000_000) {
    media = media.crash(random);
    let hasEnded = false;
    try {
      perform(media, limitPs, (system) => [
        function* (thread): ThreadTask {
          const recovered = yield* recoverEngine(system, settings, thread);
          Object.assign(result, { redone: recovered.redone, undone: recovered.undone });
          faults.push(...(yield* judge(recovered.engine, thread, intents)));
          hasEnded = true;
        },
      ]);
    } catch (error) {
      faults.push(String(error));
      hasEnded = true;
    }
    if (hasEnded) break;
    result.recoveries += 1;
  }
  const acknowledged = intents.filter(({ acknowledgedAt }) => acknowledgedAt > 0).length;
  return { faults, acknowledged, checkpoints, ...result };
}

type Body = Parameters<ReturnType<typeof bareRun>["system"]["scheduler"]["spawn"]>[1];

function perform(
  media: CrashingMedia,
  endPs: number,
  begin: (system: ReturnType<typeof bareRun>["system"]) => readonly Body[],
): void {
  const set = { ...STEADY_DRIVES, "drive.volatileCache": 1 };
  const run = bareRun({ drives: DRIVES, backend: "null", workload: { kind: "raw-io" }, set }, 1e15);
  run.machine.array.media = media;
  begin(run.system).forEach((body, index) => {
    run.system.scheduler.spawn(index, body);
  });
  while (run.simulation.nowPs < endPs && run.simulation.step(endPs));
}

const work = (
  engine: Engine,
  tree: RecordAccess,
  random: RandomStream,
  worker: number,
  intents: Intent[],
  order: { last: number },
): Body =>
  function* (thread): ThreadTask {
    const session = engine.openSession(thread);
    for (let round = 0; ; round++) {
      const intent: Intent = { effects: new Map(), isInDoubt: false, acknowledgedAt: 0 };
      intents.push(intent);
      const transaction = session.begin() as LockingTransaction;
      try {
        for (let step = 1 + random.below(4); step > 0; step--) {
          yield* change(transaction, tree, random, worker * 1_000_000 + round * 8 + step, intent);
        }
        if (random.below(6) === 0) {
          intent.effects.clear();
          yield* transaction.abort();
          continue;
        }
        intent.isInDoubt = true;
        yield* transaction.commit();
        intent.isInDoubt = false;
        order.last += 1;
        intent.acknowledgedAt = order.last;
      } catch (error) {
        if (error instanceof LogFailure || error instanceof DriveFailure) return;
        if (!(error instanceof TransactionAborted)) throw error;
        intent.effects.clear();
        yield* transaction.abort();
      }
    }
  };

function* change(
  transaction: LockingTransaction,
  tree: RecordAccess,
  random: RandomStream,
  number: number,
  { effects }: Intent,
): EngineTask<void> {
  const key = random.below(KEYS);
  const kind = random.below(4);
  if (kind === 0) {
    if (yield* transaction.delete(tree, keyBytes(key))) effects.set(key, undefined);
  } else if (kind === 1) {
    let after = 0;
    const isThere = yield* transaction.update(tree, keyBytes(key), (value) => {
      // Keeps the length: the number says which it is.
      after = number - (number % 5) + (numberOf(value) % 5);
      value.set(valueBytes(after));
    });
    if (isThere) effects.set(key, after);
  } else {
    yield* transaction.put(tree, keyBytes(key), valueBytes(number));
    effects.set(key, number);
  }
}

/** Compares what is there with what may be there. */
function* judge(
  engine: Engine,
  thread: Parameters<Body>[0],
  intents: readonly Intent[],
): EngineTask<string[]> {
  engine.check();
  const found = new Map<number, number>();
  const transaction = engine.openSession(thread).begin() as LockingTransaction;
  const faults: string[] = [];
  yield* transaction.scan(engine.tree(TREE), Uint8Array.of(), 1, (key, value) => {
    const number = numberOf(value);
    found.set(key[1]!, number);
    if (String(value) !== String(valueBytes(number))) faults.push(`key ${key[1]}: broken value`);
    return true;
  });
  yield* transaction.commit();
  // Locks are kept until a transaction is durable, so acknowledgements are in order, per key.
  const expected = new Map<number, number>();
  const apply = (intent: Intent): void => {
    for (const [key, value] of intent.effects) {
      if (value === undefined) expected.delete(key);
      else expected.set(key, value);
    }
  };
  const acknowledged = intents.filter(({ acknowledgedAt }) => acknowledgedAt > 0);
  acknowledged.sort((one, other) => one.acknowledgedAt - other.acknowledgedAt).forEach(apply);
  for (const intent of intents) {
    if (!intent.isInDoubt || intent.effects.size === 0) continue;
    const isThere = [...intent.effects].every(([key, value]) => found.get(key) === value);
    const changes = [...intent.effects].some(([key, value]) => expected.get(key) !== value);
    if (isThere && changes) apply(intent);
  }
  for (const key of new Set([...found.keys(), ...expected.keys()])) {
    const [is, should] = [found.get(key), expected.get(key)];
    if (is !== should) faults.push(`key ${key} is ${is ?? "absent"}, not ${should ?? "absent"}`);
  }
  return faults;
}
