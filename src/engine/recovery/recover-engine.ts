/** Opens a database after a crash, or after an orderly end, which is the same. */
import type { OperatingSystem, Thread } from "../../os/model.ts";
import { Engine, logAreaOf, pageIoOf } from "../engine.ts";
import { checkConfig, type DatabaseConfig } from "../engine-config.ts";
import type { EngineTask } from "../model.ts";
import { Worker } from "../worker.ts";
import { replayLog, undoLosers } from "./recover.ts";

const CHANNEL_DEPTH = 64;

export interface RecoveredEngine {
  readonly engine: Engine;
  /** Changes that were made again, and those that were rolled back. */
  readonly redone: number;
  readonly undone: number;
}

/** @param config as it was created with. */
export function* recoverEngine(
  system: OperatingSystem,
  config: DatabaseConfig,
  thread: Thread,
): EngineTask<RecoveredEngine> {
  checkConfig(config);
  const depth = Math.min(CHANNEL_DEPTH, system.traits.channelDepthMax);
  const worker = new Worker(thread, system.storage.openChannel(thread, depth));
  if (config.mapped?.updateProtocol === "shadow-paging") {
    // The newest whole snapshot is the database: there is nothing to redo or undo.
    const engine = yield* Engine.open(system, config, undefined, worker, 1);
    return { engine, redone: 0, undone: 0 };
  }
  const area = logAreaOf(system, config);
  const { pageBytes, fullPageImages } = config;
  const replayed = yield* replayLog(
    worker,
    area,
    pageIoOf(system, config),
    pageBytes,
    fullPageImages,
  );
  const { log, losers, redone, nextTransactionId } = replayed;
  const engine = yield* Engine.open(system, config, log, worker, nextTransactionId);
  const undone = yield* undoLosers(worker, log, losers, (treeId) => engine.treeById(treeId));
  yield* log.flushUpTo(log.endLsn, worker);
  if (engine.checkpoints !== undefined) yield* engine.checkpoints.run(worker);
  return { engine, redone, undone };
}
