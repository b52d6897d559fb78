/** A small machine with an engine on it, and threads that use it. */

import { Engine } from "../engine/engine.ts";
import type { DatabaseConfig } from "../engine/engine-config.ts";
import type { EngineTask } from "../engine/model.ts";
import { FREE_ENGINE } from "../engine/times.ts";
import { FREE_TRANSACTIONS } from "../engine/transaction/transactions.ts";
import { UndoList } from "../engine/transaction/undo-list.ts";
import type { LogOwner } from "../engine/wal/change-log.ts";
import type { Worker } from "../engine/worker.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { SparseMedia } from "../hardware/nvme/media.ts";
import type { OperatingSystem } from "../os/model.ts";
import { type BareRun, bareRun, STEADY_DRIVES } from "./bare-run.ts";

/** A small pool, a log nobody reads, and no costs. */
export const SMALL_DATABASE: DatabaseConfig = {
  pageBytes: 4_096,
  poolPages: 64,
  buffer: "hash-table",
  wal: false,
  logBytes: 16 * 1_048_576,
  checkpointEveryBytes: 4 * 1_048_576,
  fullPageImages: true,
  times: FREE_ENGINE,
  transactionCosts: FREE_TRANSACTIONS,
};

/** A mapping that no test outgrows; its kernel keeps next to nothing for itself. */
const MAPPED = {
  mapped: { updateProtocol: "in-place", filePages: 2_048, scale: 1e-6 },
} satisfies Partial<DatabaseConfig>;

/** Time that a test's threads may take. */
const END_PS = 60_000_000_000_000;

export interface EngineBench {
  readonly run: BareRun;
  readonly system: OperatingSystem;
  readonly engine: Engine;
}

/** An engine on `system` over two drives that keep bytes; a mapped file is on mmap. */
export function engineBench(
  config: Partial<DatabaseConfig> = {},
  on: Partial<ExperimentInput> = {},
): EngineBench {
  const isMapped = config.buffer === "mmap";
  const run = bareRun(
    {
      drives: 2,
      backend: isMapped ? "mmap" : "null",
      // So small a pool would not hold a RAID's window.
      options: isMapped ? { read_ahead_kb: 128 } : {},
      workload: isMapped ? { kind: "engine", buffer: "mmap" } : { kind: "raw-io" },
      ...on,
      set: { ...STEADY_DRIVES, ...on.set },
    },
    END_PS,
  );
  run.machine.array.media = new SparseMedia(2);
  const { system } = run;
  const whole = { ...SMALL_DATABASE, ...(isMapped && MAPPED), ...config };
  return { run, system, engine: Engine.create(system, whole) };
}

/** Runs one thread per body, each with a worker; throws what a body throws, or if one hangs. */
export function runWorkers(
  { run, engine }: EngineBench,
  bodies: readonly ((worker: Worker) => EngineTask<void>)[],
): void {
  let left = bodies.length;
  for (const [index, body] of bodies.entries()) {
    run.system.scheduler.spawn(index, function* (thread) {
      yield* body(engine.openWorker(thread));
      left -= 1;
    });
  }
  while (left > 0 && run.simulation.step());
  if (left > 0) throw new Error(`${left} workers wait for ever`);
}

let lastOwner = 0;

/** Somebody on whose behalf records change, and who never rolls back. */
export function logOwner(): LogOwner {
  lastOwner += 1;
  const undo = new UndoList();
  const transactionId = lastOwner;
  return { transactionId, firstLsn: 0, lastLsn: 0, undoNextLsn: -1, logBytes: 0, undo };
}
