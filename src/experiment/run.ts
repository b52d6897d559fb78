/** Runs one experiment: ramp, window, drain; checks the laws; returns the result. */
import { sourcedDuration } from "../base/sourced.ts";
import { PS_PER_SECOND, PS_PER_US } from "../base/units.ts";
import { UsageError } from "../base/usage-error.ts";
import { CAUSE, type LedgerRow } from "../hardware/cpu/ledger.ts";
import type { HostMachine } from "../hardware/host-machine.ts";
import { QueuePairsError } from "../hardware/nvme/nvme-array.ts";
import type { Thread } from "../os/model.ts";
import type { Window } from "../workload/job-statistics.ts";
import type { AssembledRun, ResolvedExperiment } from "./assemble.ts";
import { assemble, resolveExperiment, sharesQueuePairs } from "./assemble.ts";
import { assertLedgers, assertUtilisations, drain } from "./laws.ts";
import type { RunResult } from "./result.ts";
import type { ExperimentSpec } from "./spec.ts";
import { busiestStage, ledgerResult } from "./summary.ts";

/** A run above this many simulated I/Os must be asked for explicitly. */
export const IO_LIMIT = 1e9;
const PROGRESS_STEPS = 20;

export interface RunHooks {
  /** Called with the share of simulated time that has passed, 0 … 1. */
  readonly onProgress?: (share: number) => void;
  /** Allows runs above `IO_LIMIT`. */
  readonly allowLong?: boolean;
  /** Look-ahead of cores in picoseconds; tests vary it. */
  readonly lookaheadPs?: number;
  /** Called when everything is built, before the first event; tests plant faults here. */
  readonly onAssembled?: (run: AssembledRun) => void;
}

/**
 * Runs `spec` to its end.
 * @throws UsageError when the spec refers to something that does not exist or makes no sense.
 * @throws InvariantError when a law is broken: a fault of the simulator.
 */
export function runExperiment(spec: ExperimentSpec, hooks: RunHooks = {}): RunResult {
  const resolved = resolveExperiment(spec);
  checkLength(resolved, hooks.allowLong ?? false);
  try {
    return perform(resolved, hooks);
  } catch (error) {
    throw error instanceof QueuePairsError ? tooManyThreads(resolved, error) : error;
  }
}

function perform(resolved: ResolvedExperiment, hooks: RunHooks): RunResult {
  const { spec } = resolved;
  const startPs = Math.round(spec.rampUs * PS_PER_US);
  const endPs = startPs + Math.max(1, Math.round(spec.runtimeUs * PS_PER_US));
  const window = { startPs, endPs };
  const run = assemble(resolved, window, hooks.lookaheadPs);
  hooks.onAssembled?.(run);
  const { simulation, machine, system, workload } = run;
  const threads = workload.start(system.scheduler);
  simulation.runUntil(startPs);
  const before = counters(run, threads);
  for (let step = 1; step <= PROGRESS_STEPS; step++) {
    simulation.runUntil(startPs + Math.round((step / PROGRESS_STEPS) * (endPs - startPs)));
    hooks.onProgress?.(step / PROGRESS_STEPS);
  }
  const after = counters(run, threads);
  system.scheduler.settle(endPs);
  const utilisation = machine.array.utilisation();
  assertUtilisations(machine);
  // A thread that moves may have its place behind those that many threads fill.
  const cores = after.threadCores.reduce((most, core) => Math.max(most, core + 1), 0);
  const rows = ledgerRows(machine, Math.max(resolved.coresUsed, cores), window);
  assertLedgers(rows, endPs - startPs);
  drain(simulation, machine, workload);

  const { clockGHz, traits } = resolved;
  const stage = busiestStage(utilisation);
  const { jobs = [], ...outcome } = workload.result({
    spec: resolved.spec,
    traits,
    rows,
    threads,
    threadCores: after.threadCores,
    windowPs: endPs - startPs,
    clockGHz,
    switches: after.switches - before.switches,
    threadSwitches: after.threadSwitches.map(
      (count, index) => count - before.threadSwitches[index]!,
    ),
    interrupts: after.interrupts - before.interrupts,
    utilisation,
  });
  return {
    spec: resolved.spec,
    specHash: resolved.specHash,
    seed: spec.seed,
    scale: 1,
    windowPs: endPs - startPs,
    clockGHz,
    operation: resolved.kind.operation,
    threads: resolved.kind.threads(resolved.spec.workload),
    ...outcome,
    ...(stage && { busiestStage: stage }),
    ledger: ledgerResult(rows),
    jobs,
    warnings: [
      ...resolved.warnings,
      ...(outcome.warnings ?? []),
      ...(outcome.operations === 0 ? [nothingWarning(resolved.kind.operation)] : []),
    ],
  };
}

const nothingWarning = (operation: string): string =>
  `no ${operation} completed while measuring, so there is nothing to tell of any; give a longer ` +
  "runtime, or less to do at a time";

/** A drive has no more queue pairs: the error in words of what the spec can change. */
function tooManyThreads(
  { kind, spec, scheduler }: ResolvedExperiment,
  { most }: QueuePairsError,
): UsageError {
  const field = kind.id === "raw-io" ? "jobs" : "threads";
  const share = sharesQueuePairs(scheduler)
    ? ", or let those of a core share: queue_pairs core"
    : "";
  return new UsageError(
    `${field}: ${kind.threads(spec.workload)} threads or tasks each want a queue pair of every ` +
      `drive, which has ${most}; give fewer${share}`,
  );
}

/** One row for each core of the run's own, and for those behind them up to the last that worked. */
function ledgerRows({ cores }: HostMachine, coresUsed: number, window: Window): LedgerRow[] {
  const { startPs, endPs } = window;
  // Interrupts that go elsewhere (`irq_placement=other`) work where no thread of the run is.
  for (const core of cores.slice(coresUsed)) core.passUntil(endPs, CAUSE.idle);
  const rows = cores.map((core) => core.rowBetween(0, 1));
  const lastBusy = rows.findLastIndex((row) => row[CAUSE.idle]! < endPs - startPs);
  return rows.slice(0, Math.max(coresUsed, lastBusy + 1));
}

/** Most I/Os per second that the array of `resolved` could complete. */
export function deviceLimitIops({ spec, numbers }: ResolvedExperiment): number {
  const { controllerTime } = numbers.machine.drive.numbers;
  const perCommandPs = Math.max(1, sourcedDuration(controllerTime));
  return (spec.drives * PS_PER_SECOND) / perCommandPs;
}

/** Most I/Os per second of the run: what the array can, and what the workload asks for. */
export function mostIops(resolved: ResolvedExperiment): number {
  const { kind, spec, numbers } = resolved;
  const { readTime, fixedLatency, writeLatency } = numbers.machine.drive.numbers;
  const idle = {
    readPs: Math.max(1, sourcedDuration(readTime) + sourcedDuration(fixedLatency)),
    writePs: Math.max(1, sourcedDuration(writeLatency)),
  };
  const asked = kind.mostRequests?.(spec.workload, idle) ?? Number.POSITIVE_INFINITY;
  return Math.min(deviceLimitIops(resolved), asked);
}

function checkLength(resolved: ResolvedExperiment, allowLong: boolean): void {
  const { runtimeUs, rampUs } = resolved.spec;
  const ios = mostIops(resolved) * ((runtimeUs + rampUs) / 1e6);
  if (ios <= IO_LIMIT || allowLong) return;
  throw new UsageError(
    `runtime: ${(runtimeUs + rampUs) / 1e6} s would take up to ${ios.toExponential(1)} simulated ` +
      `I/Os, more than ${IO_LIMIT.toExponential(0)}; shorten it or pass --allow-long`,
  );
}

function counters(
  { system }: AssembledRun,
  threads: readonly Thread[],
): {
  readonly switches: number;
  readonly threadSwitches: readonly number[];
  readonly threadCores: readonly number[];
  readonly interrupts: number;
} {
  const threadSwitches = threads.map((thread) => thread.switches);
  return {
    switches: threadSwitches.reduce(
      (sum, count) => sum + count,
      system.storage.workerSwitches ?? 0,
    ),
    threadSwitches,
    threadCores: threads.map(({ core }) => core.index),
    interrupts: system.storage.interrupts,
  };
}
