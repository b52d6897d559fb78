/** Workers of the engine on a simulated machine with real bytes, for tests of the engine. */

import type { EngineTask } from "../engine/model.ts";
import { Worker } from "../engine/worker.ts";
import type { Media } from "../hardware/nvme/media.ts";
import type { OperatingSystem, Thread } from "../os/model.ts";
import { bareRun } from "./bare-run.ts";

export interface EngineRunSettings {
  readonly media: Media;
  readonly backend?: string;
  readonly options?: Record<string, string>;
  readonly drives?: number;
  /** Until when, in picoseconds. */
  readonly endPs?: number;
}

export type EngineBody = (worker: Worker, thread: Thread) => EngineTask<void>;

/**
 * Runs one thread per body, each with a worker of its own, until all have ended.
 * @throws what a body throws; an error when they have not ended in time.
 */
export function runWorkers(
  { media, backend = "null", options = {}, drives = 2, endPs = 1e13 }: EngineRunSettings,
  build: (system: OperatingSystem) => readonly EngineBody[],
): void {
  const run = bareRun({ drives, backend, options, workload: { kind: "raw-io" } }, endPs);
  run.machine.array.media = media;
  const { system } = run;
  let running = 0;
  build(system).forEach((body, index) => {
    running += 1;
    system.scheduler.spawn(index, function* (thread) {
      yield* body(new Worker(thread, system.storage.openChannel(thread, 64)), thread);
      running -= 1;
    });
  });
  while (running > 0 && run.simulation.step(endPs));
  if (running > 0) throw new Error(`${running} workers have not ended: everything is asleep`);
}
