/**
 * Laws that hold in every run; a run that breaks one throws instead of reporting.
 *
 * L1  The ledger of each core adds up to the window, exactly.
 * L2  Every submitted command completes exactly once: after the window nothing stays outstanding.
 * L3  No stage of a drive is busy for more than all of the time.
 * L4  Little: mean outstanding = rate × mean latency, and what straddles the window's edges.
 */
import { assert, InvariantError } from "../base/assert.ts";
import type { LedgerRow } from "../hardware/cpu/ledger.ts";
import { assertLedgerAddsUp } from "../hardware/cpu/ledger.ts";
import type { HostMachine } from "../hardware/host-machine.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { RunningWorkload } from "./workload-kind.ts";

/** L1. */
export function assertLedgers(rows: readonly LedgerRow[], windowPs: number): void {
  for (const [core, row] of rows.entries()) assertLedgerAddsUp(row, windowPs, core);
}

/**
 * L2: lets everything outstanding complete.
 * @throws InvariantError when something never does.
 */
export function drain(
  simulation: Simulation,
  machine: HostMachine,
  workload: RunningWorkload,
): void {
  workload.stop();
  let left: number;
  let progress: number;
  do {
    left = workload.outstanding();
    progress = workload.progress?.() ?? 0;
    stepUntilDone(simulation, workload);
    // One operation may evict hundreds of pages, each with a flush that everybody waits for.
  } while (
    workload.outstanding() > 0 &&
    (workload.outstanding() < left || (workload.progress?.() ?? 0) > progress)
  );
  const { inFlight } = machine.array.commands;
  left = workload.outstanding();
  if (left !== 0) {
    throw new InvariantError(
      `L2: ${left} operations never completed (${inFlight} commands are still in flight)`,
    );
  }
  assert(inFlight === 0, "L2: a command completed without its request");
}

/** Polling threads that share a core take turns for ever, so the number of events is bounded. */
function stepUntilDone(simulation: Simulation, workload: RunningWorkload): void {
  const eventLimit = simulation.eventCount + 200 * workload.outstanding() + 10_000_000;
  while (workload.outstanding() > 0 && simulation.eventCount < eventLimit && simulation.step());
}

/** L3. */
export function assertUtilisations(machine: HostMachine): void {
  machine.array.utilisation().forEach((stages, drive) => {
    for (const [stage, share] of Object.entries(stages)) {
      if (share >= 0 && share <= 1 + 1e-9) continue;
      throw new InvariantError(`L3: ${stage} of drive ${drive} is ${share} busy`);
    }
  });
}

/**
 * L4, as a relative difference: |L − λW| ÷ L; 0 when nothing was outstanding.
 * @param edgesPs time outstanding that is in L and not in W, less what is in W and not in L.
 */
export function littleError(
  outstandingMean: number,
  completed: number,
  latencyPsMean: number,
  windowPs: number,
  edgesPs = 0,
): number {
  if (outstandingMean === 0) return 0;
  const product = (completed * latencyPsMean + edgesPs) / windowPs;
  const difference = outstandingMean - product;
  return (difference < 0 ? -difference : difference) / outstandingMean;
}
