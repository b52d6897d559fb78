/**
 * One run as a Chrome trace: what Perfetto and chrome://tracing open.
 *
 * Each hardware thread is a row of slices, one per stretch of work on one cause; the number of
 * threads that wait for it is a counter; every interrupt is marked. A drive's commands lie on it
 * from doorbell to visible completion, and a queue pair counts what it has outstanding. Times are
 * microseconds, to the picosecond. [Trace Event Format]
 *
 * The run is watched from outside: without a trace nothing is there that could cost, and with one
 * the results are the same (tested).
 */
import { toUs } from "../base/units.ts";
import { UsageError } from "../base/usage-error.ts";
import type { Core } from "../hardware/cpu/core.ts";
import { CAUSE, CAUSE_MEANING, CAUSES } from "../hardware/cpu/ledger.ts";
import type { QueuePair } from "../hardware/nvme/queue-pair.ts";
import type { SchedulerFacet } from "../os/model.ts";
import type { AssembledRun } from "./assemble.ts";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import type { ExperimentSpec } from "./spec.ts";
import { watchCharges } from "./watch-charges.ts";

/** One event of the Trace Event Format; `ts` and `dur` in microseconds. */
export interface TraceEvent {
  readonly name: string;
  /** X: a slice; C: a counter; i: an instant; b, e: begin and end of a command; M: a name. */
  readonly ph: "X" | "C" | "i" | "b" | "e" | "M";
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly id?: number;
  /** Of an instant: it belongs to its row. */
  readonly s?: "t";
  readonly args?: Readonly<Record<string, number | string>>;
}

export interface ChromeTrace {
  readonly displayTimeUnit: "ns";
  readonly otherData: Readonly<Record<string, string | number>>;
  readonly traceEvents: readonly TraceEvent[];
}

const CORES = 1;
const DRIVES = 2;
const QUEUE_PAIRS = 3;
/**
 * Viewers add `dur` to `ts`. In steps of 2^-20 µs, a little less than a picosecond, that sum is
 * exact, so a slice ends where the next one begins and is not taken for its parent.
 */
const STEPS_PER_US = 2 ** 20;

function microseconds(ps: number): number {
  return Math.round(toUs(ps) * STEPS_PER_US) / STEPS_PER_US;
}

/** Collects events up to a limit. */
class Recorder {
  readonly events: TraceEvent[] = [];
  readonly #limit: number;
  isFull = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(event: TraceEvent): void {
    if (this.events.length < this.#limit) this.events.push(event);
    else this.isFull = true;
  }
}

/**
 * Runs `spec` and records it from its beginning on, ramp included.
 * @param limit most events; the rest of the run is not recorded.
 * @throws UsageError when not even the shortest trace fits.
 */
export function chromeTrace(
  spec: ExperimentSpec,
  limit: number,
): { trace: ChromeTrace; result: RunResult; isComplete: boolean } {
  const recorder = new Recorder(limit);
  const finish: (() => void)[] = [];
  const result = runExperiment(spec, {
    onAssembled: (run) => {
      finish.push(watchCores(run, recorder));
      watchQueuePairs(run, recorder);
    },
  });
  for (const step of finish) step();
  if (recorder.events.length === 0) throw new UsageError("limit: nothing was recorded");
  const cores = new Set(recorder.events.filter(({ pid }) => pid === CORES).map(({ tid }) => tid));
  const events = recorder.events.sort((a, b) => a.ts - b.ts);
  const trace: ChromeTrace = {
    displayTimeUnit: "ns",
    otherData: { spec: result.specHash, seed: result.seed, clockGHz: result.clockGHz },
    traceEvents: [
      ...namesOf(
        result,
        [...cores].sort((a, b) => a - b),
      ),
      ...events,
    ],
  };
  return { trace, result, isComplete: !recorder.isFull };
}

function namesOf({ spec }: RunResult, cores: readonly number[]): TraceEvent[] {
  const name = (kind: string, pid: number, tid: number, text: string): TraceEvent => {
    return { name: kind, ph: "M", ts: 0, pid, tid, args: { name: text } };
  };
  return [
    name("process_name", CORES, 0, `cores (${spec.backend} on ${String(spec.machine)})`),
    name("process_name", DRIVES, 0, "drives"),
    name("process_name", QUEUE_PAIRS, 0, "queue pairs"),
    ...cores.map((core) => name("thread_name", CORES, core, `core ${core}`)),
  ];
}

/** A stretch of one core on one cause that may still grow. */
interface Stretch {
  cause: number;
  startPs: number;
  endPs: number;
}

function watchCores({ machine, system }: AssembledRun, recorder: Recorder): () => void {
  const { scheduler } = system;
  const shared = scheduler.hasOneQueue ? new WaitingCounter(recorder, scheduler, 0) : undefined;
  const open = machine.cores.map((core) =>
    watchCore(core, recorder, shared ?? new WaitingCounter(recorder, scheduler, core.index)),
  );
  return () => {
    for (const close of open) close();
  };
}

/** How many threads wait for a core, or for any of them. */
class WaitingCounter {
  readonly #recorder: Recorder;
  readonly #scheduler: SchedulerFacet;
  readonly #core: number;
  readonly #name: string;
  #last = 0;

  constructor(recorder: Recorder, scheduler: SchedulerFacet, core: number) {
    this.#recorder = recorder;
    this.#scheduler = scheduler;
    this.#core = core;
    this.#name = `threads waiting for ${scheduler.hasOneQueue ? "any core" : `core ${core}`}`;
  }

  look(atPs: number): void {
    const now = this.#scheduler.waiting(this.#core);
    if (now === this.#last) return;
    this.#last = now;
    this.#recorder.add(counterOf(CORES, this.#core, this.#name, atPs, now));
  }
}

/** @returns what closes the last stretch. */
function watchCore(core: Core, recorder: Recorder, waiting: WaitingCounter): () => void {
  let last: Stretch | undefined;
  const close = (): void => {
    if (last !== undefined && last.cause !== CAUSE.idle) recorder.add(sliceOf(core, last));
    last = undefined;
  };
  watchCharges(core, (cause, startPs) => {
    const endPs = core.cursorPs;
    if (endPs === startPs) return;
    if (last?.cause === cause && last.endPs === startPs) last.endPs = endPs;
    else {
      close();
      last = { cause, startPs, endPs };
      if (cause === CAUSE.interrupt) recorder.add(instantOf(core, startPs));
    }
    waiting.look(startPs);
  });
  return close;
}

function sliceOf(core: Core, { cause, startPs, endPs }: Stretch): TraceEvent {
  const name = CAUSES[cause]!;
  const ts = microseconds(startPs);
  return {
    name,
    ph: "X",
    ts,
    dur: microseconds(endPs) - ts,
    pid: CORES,
    tid: core.index,
    cat: "core",
    args: { meaning: CAUSE_MEANING[name] },
  };
}

function instantOf(core: Core, atPs: number): TraceEvent {
  const ts = microseconds(atPs);
  return { name: "interrupt taken", ph: "i", ts, pid: CORES, tid: core.index, s: "t", cat: "core" };
}

function counterOf(
  pid: number,
  tid: number,
  name: string,
  atPs: number,
  value: number,
): TraceEvent {
  return { name, ph: "C", ts: microseconds(atPs), pid, tid, args: { value } };
}

function watchQueuePairs({ machine: { array } }: AssembledRun, recorder: Recorder): void {
  let queuePairs = 0;
  let commands = 0;
  const watch = (queuePair: QueuePair): QueuePair => {
    const number = queuePairs++;
    const { drive } = queuePair;
    const name = `queue pair ${number} of drive ${drive}`;
    const rung: { id: number; atPs: number }[] = [];
    const count = (atPs: number): void => {
      recorder.add(counterOf(QUEUE_PAIRS, number, name, atPs, rung.length));
    };
    const ring = queuePair.ringSubmissionDoorbell.bind(queuePair);
    queuePair.ringSubmissionDoorbell = (atPs) => {
      for (let left = queuePair.unannounced; left > 0; left--) rung.push({ id: commands++, atPs });
      count(atPs);
      ring(atPs);
    };
    const post = queuePair.post.bind(queuePair);
    queuePair.post = (command, visiblePs) => {
      const oldest = rung.shift();
      if (oldest !== undefined) {
        const common = { name: "command", cat: "nvme", id: oldest.id, pid: DRIVES, tid: drive };
        recorder.add({
          ...common,
          ph: "b",
          ts: microseconds(oldest.atPs),
          args: { queuePair: number },
        });
        recorder.add({ ...common, ph: "e", ts: microseconds(visiblePs) });
        count(visiblePs);
      }
      post(command, visiblePs);
    };
    return queuePair;
  };
  for (const queuePair of array.queuePairs) watch(queuePair);
  const create = array.createQueuePair.bind(array);
  array.createQueuePair = (drive, depth) => watch(create(drive, depth));
}
