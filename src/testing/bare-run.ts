/** A machine with an operating system on it, for tests that bring their own threads. */
import {
  assembleSite,
  costDurations,
  findBackend,
  type ResolvedExperiment,
  resolveExperiment,
} from "../experiment/assemble.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import type { WorkloadSite } from "../experiment/workload-kind.ts";
import { CAUSES, type Cause } from "../hardware/cpu/ledger.ts";
import { READ } from "../hardware/nvme/command-table.ts";
import {
  type BackendModule,
  CATCH_UP,
  type StorageFacet,
  type Thread,
  type ThreadTask,
} from "../os/model.ts";

/** Times of a machine that are not a backend's. */
const HOST_TIMES = [
  "cpu.lineTransferNear",
  "cpu.lineTransferFar",
  "cpu.interruptDelivery",
  "cpu.idleExit",
] as const;

/** Overrides that take the time out of everything that software does, for `spec.set`. */
export function freeSoftware(backendId: string): Record<string, number> {
  const backend = findBackend(backendId);
  const intervals = intervalsOf(backend);
  const costs = Object.keys(backend.costs).filter((name) => !intervals.includes(name));
  return Object.fromEntries([...costs, ...HOST_TIMES].map((name) => [name, 0]));
}

/** Names of the times that are rules' intervals, not work. */
function intervalsOf({ costMeanings }: BackendModule): string[] {
  return Object.keys(costMeanings).filter((name) => costMeanings[name]!.isInterval === true);
}

/** Overrides that let threads take turns of about `ns` nanoseconds, whatever the scheduler. */
export function turnsOf(backend: BackendModule, ns: number): Record<string, number> {
  return Object.fromEntries(intervalsOf(backend).map((name) => [name, ns]));
}

/** Overrides that take the time out of the drives, as far as the link can go. */
export const FREE_DRIVES: Readonly<Record<string, number>> = {
  "drive.readTime": 0,
  "drive.readTimeSpread": 0,
  "drive.fixedLatency": 0,
  "drive.controllerTime": 0,
  "drive.furtherUnitTime": 0,
  "drive.writeControllerTime": 0,
  "drive.partialUnitTime": 0,
  "drive.partialUnitLatency": 0,
  "drive.writeLatency": 0,
  "drive.linkBandwidth": 1e6,
};

/** Overrides that give every read the same latency, 20 µs, and as much parallelism as one likes. */
export const STEADY_DRIVES: Readonly<Record<string, number>> = {
  ...FREE_DRIVES,
  "drive.fixedLatency": 20,
};

/** A small machine: two cores far apart, one hardware thread each. */
export const TWO_CORES = {
  extends: "milan-pm1733",
  id: "two-cores",
  cpu: { cores: 2, threadsPerCore: 1, coresPerComplex: 1 },
} as const;

export interface BareRun extends WorkloadSite {
  readonly resolved: ResolvedExperiment;
  /** The backend's costs in this run, in picoseconds. */
  readonly costsPs: Readonly<Record<string, number>>;
}

/** Builds what `spec` says; its jobs are not started, and ledgers are cut at 0 and `endPs`. */
export function bareRun(spec: ExperimentInput, endPs: number, lookaheadPs?: number): BareRun {
  const resolved = resolveExperiment(parseSpec(spec));
  return {
    ...assembleSite(resolved, { startPs: 0, endPs }, lookaheadPs),
    resolved,
    costsPs: costDurations(resolved),
  };
}

/** A thread that reads `batch` units at a time, `rounds` times, and waits for all of them. */
export function* readInRounds(
  storage: StorageFacet,
  thread: Thread,
  rounds: number,
  batch: number,
): ThreadTask {
  const channel = storage.openChannel(thread, batch);
  for (let round = 0; round < rounds; round++) {
    for (let tag = 0; tag < batch; tag++) {
      channel.prepare(READ, 0, (round * batch + tag) * 4_096, 4_096, tag);
    }
    channel.submit();
    let outstanding = batch;
    while (outstanding > 0) {
      const found = channel.reap(64);
      outstanding -= found;
      if (outstanding > 0 && found === 0) yield channel.completionWait;
      else if (thread.isAhead()) yield CATCH_UP;
    }
  }
}

/** Picoseconds by cause over all cores from 0 to `endPs`. */
export function spentUntil(run: WorkloadSite, endPs: number): Record<Cause, number> {
  run.simulation.runUntil(endPs);
  run.system.scheduler.settle(endPs);
  const rows = run.machine.cores.map((core) => core.rowBetween(0, 1));
  return Object.fromEntries(
    CAUSES.map((cause, index) => [cause, rows.reduce((sum, row) => sum + row[index]!, 0)]),
  ) as Record<Cause, number>;
}
