/**
 * Follows one operation through a run: every burst of work on any core, and the drive.
 *
 * The run is an ordinary one. Its cores, queue pairs and channels are watched from outside, so what
 * the trace shows is what the ledger was charged, and the results are those of the run unwatched
 * (tested).
 */
import { UsageError } from "../base/usage-error.ts";
import { CAUSE, CAUSES, type Cause } from "../hardware/cpu/ledger.ts";
import type { QueuePair } from "../hardware/nvme/queue-pair.ts";
import type { AssembledRun } from "./assemble.ts";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import type { ExperimentSpec } from "./spec.ts";
import { watchCharges } from "./watch-charges.ts";

/** One step on the way of an operation, in picoseconds since it began. */
export interface TraceStep {
  /**
   * `work` of a core; `drive`: from the doorbell to the visible completion entry; `wait`: nobody
   * works, an interrupt is on its way or a core leaves its idle state.
   */
  readonly kind: "work" | "drive" | "wait";
  /** What a core's work is charged to. */
  readonly cause?: Cause;
  /** Hardware thread that works, or number of the drive. */
  readonly where: number;
  readonly startPs: number;
  readonly endPs: number;
}

export interface OperationTrace {
  readonly specHash: string;
  readonly seed: number;
  /** From the beginning of this operation to that of the next. */
  readonly durationPs: number;
  readonly steps: readonly TraceStep[];
}

/** Operations that pass before the one that is shown: caches, pools and queues are then warm. */
const WARM_UP = 3;

/** What another thread does on its own core has nothing to do with this operation. */
const OWN_WORK: readonly (Cause | undefined)[] = ["application", "database"];

/**
 * @param begins `request`: an operation begins when a request is prepared; else the cause whose
 * first work begins one.
 * @throws UsageError when the run holds too few operations.
 */
export function traceOperation(spec: ExperimentSpec, begins: string): OperationTrace {
  return traceRun(spec, begins).trace;
}

/** The trace and the result of the run that it was taken from. */
export function traceRun(
  spec: ExperimentSpec,
  begins: string,
): { trace: OperationTrace; result: RunResult } {
  const watched: TraceStep[] = [];
  const beginnings: number[] = [];
  const result = runExperiment(spec, {
    onAssembled: (run) => {
      watchCores(run, watched);
      watchDrives(run, watched);
      if (begins === "request") watchRequests(run, beginnings);
    },
  });
  watched.sort((a, b) => a.startPs - b.startPs);
  if (begins !== "request") beginnings.push(...beginningsOf(watched, begins));
  const drives = watched.filter(({ kind }) => kind === "drive");
  const reaches = (from: number, to: number): boolean =>
    drives.some(({ startPs }) => startPs >= from && startPs < to);
  // Where some operations find their page in memory, one that does not is shown.
  const shown = beginnings.findIndex(
    (from, index) => index >= WARM_UP && reaches(from, beginnings[index + 1] ?? from),
  );
  const position = Math.max(WARM_UP, shown);
  const [startPs, endPs] = [beginnings[position], beginnings[position + 1]];
  if (startPs === undefined || endPs === undefined) {
    throw new UsageError(
      `runtimeUs: only ${beginnings.length} operations began, too few to follow one`,
    );
  }
  const { specHash, seed } = result;
  const steps = stepsBetween(watched, startPs, endPs);
  return { trace: { specHash, seed, durationPs: endPs - startPs, steps }, result };
}

function watchCores({ machine }: AssembledRun, steps: TraceStep[]): void {
  for (const core of machine.cores) {
    watchCharges(core, (cause, startPs) => {
      if (core.cursorPs === startPs || cause === CAUSE.idle) return;
      const step = { kind: "work", cause: CAUSES[cause]!, where: core.index } as const;
      steps.push({ ...step, startPs, endPs: core.cursorPs });
    });
  }
}

function watchDrives({ machine: { array } }: AssembledRun, steps: TraceStep[]): void {
  const watch = (queuePair: QueuePair): QueuePair => {
    const rungPs: number[] = [];
    const ring = queuePair.ringSubmissionDoorbell.bind(queuePair);
    queuePair.ringSubmissionDoorbell = (atPs) => {
      for (let count = queuePair.unannounced; count > 0; count--) rungPs.push(atPs);
      ring(atPs);
    };
    const post = queuePair.post.bind(queuePair);
    queuePair.post = (command, visiblePs) => {
      const startPs = rungPs.shift() ?? visiblePs;
      steps.push({ kind: "drive", where: queuePair.drive, startPs, endPs: visiblePs });
      post(command, visiblePs);
    };
    return queuePair;
  };
  for (const queuePair of array.queuePairs) watch(queuePair);
  const create = array.createQueuePair.bind(array);
  array.createQueuePair = (drive, depth) => watch(create(drive, depth));
}

function watchRequests({ system: { storage } }: AssembledRun, beginnings: number[]): void {
  const open = storage.openChannel.bind(storage);
  storage.openChannel = (thread, depth) => {
    const channel = open(thread, depth);
    const prepare = channel.prepare.bind(channel);
    channel.prepare = (...request) => {
      beginnings.push(thread.core.cursorPs);
      prepare(...request);
    };
    return channel;
  };
}

/** Moments at which work on `cause` follows work on something else. */
function beginningsOf(steps: readonly TraceStep[], cause: string): number[] {
  const work = steps.filter((step) => step.kind === "work");
  return work.flatMap((step, index) =>
    step.cause === cause && work[index - 1]?.cause !== cause ? [step.startPs] : [],
  );
}

/** Steps that begin within one operation; bursts on one cause that follow each other are one. */
function stepsBetween(watched: readonly TraceStep[], startPs: number, endPs: number): TraceStep[] {
  const steps: TraceStep[] = [];
  let busyUntilPs = 0;
  const during = watched.filter((step) => step.startPs >= startPs && step.startPs < endPs);
  const own = during.find(({ kind }) => kind === "work")?.where;
  for (const step of during) {
    if (step.where !== own && OWN_WORK.includes(step.cause)) continue;
    const gap = { startPs: busyUntilPs, endPs: step.startPs - startPs };
    if (gap.endPs > busyUntilPs) steps.push({ kind: "wait", where: step.where, ...gap });
    busyUntilPs = Math.max(busyUntilPs, step.endPs - startPs);
    const last = steps.at(-1);
    const moved = { ...step, startPs: step.startPs - startPs, endPs: step.endPs - startPs };
    const continues = last?.kind === "work" && last.cause === step.cause;
    if (last && continues && last.where === step.where) {
      steps[steps.length - 1] = { ...last, endPs: moved.endPs };
    } else steps.push(moved);
  }
  const rest = { startPs: busyUntilPs, endPs: endPs - startPs };
  if (rest.endPs > busyUntilPs) steps.push({ kind: "wait", where: steps[0]?.where ?? 0, ...rest });
  return steps;
}
