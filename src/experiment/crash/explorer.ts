/**
 * The crash explorer: runs a workload, cuts the power at positions of its device trace with bounded
 * subsets of the unflushed writes, recovers, cuts the power again during recovery, and checks what
 * is left against what was acknowledged.
 *
 * A state is named by numbers that lead back to it: seed, run, position, subset, and for a crash in
 * recovery its position and subset as well. Distinct states are distinct images.
 *
 * I1  The same settings visit the same states in the same order.
 */
import { counted } from "../../base/counted.ts";
import { RandomStream } from "../../base/random.ts";
import { badValue } from "../../base/usage-error.ts";
import { type AtomicBytes, type CrashState, CrashStates } from "./crash-states.ts";
import { type DeviceEvent, RecordingMedia } from "./device-trace.ts";
import type { Exploration, Violation } from "./exploration.ts";
import { type FaultKind, FaultyMedia } from "./faulty-media.ts";
import { Image } from "./image.ts";
import { CommitOracle, type Expectation } from "./oracle.ts";
import { perform, type Stage } from "./stage.ts";
import { type CrashSubject, Recovered } from "./subject.ts";

/** Runs of one explorer; explorers that share a seed begin so many apart. */
export const RUNS_MAX = 1_000;
/** A fault hits one of so many commands that it could hit, another one in each run. */
const FAULT_COMMANDS = 60;
/** Runs in a row whose fault hit nothing, after which an exploration ends. */
const FRUITLESS_RUNS_MAX = 40;
/** States to look at behind one fault, about: few of each, so that many faults are seen. */
const STATES_PER_FAULT = 25;

export interface ExplorerSettings {
  readonly stage: Stage;
  readonly seed: number;
  /** Number of the first run, a multiple of `RUNS_MAX`. */
  readonly firstRun: number;
  /** Distinct states to visit. */
  readonly states: number;
  /** Subsets at each position, at most `SUBSETS_MAX`. */
  readonly subsets: number;
  readonly atomicBytes: AtomicBytes;
  /** Per cent of the states whose recovery is crashed too. */
  readonly nestedPercent: number;
  /** What goes wrong with the drives of each run beside power, at a command drawn for the run. */
  readonly fault?: FaultKind | undefined;
  /** Whether the system may write a mapped page at any moment; default: it may. */
  readonly storesAreInDoubt?: boolean | undefined;
  /** Stop after so many violations. */
  readonly violationsMax: number;
}

/** Where a state is: `3.120.7`, or `3.120.7.14.2` when recovery was crashed too. */
export interface StateName {
  readonly run: number;
  readonly position: number;
  readonly subset: number;
  readonly nested?: { readonly position: number; readonly subset: number } | undefined;
}

/** One event of a run's trace, and how things stand after it. */
export interface CrashStep {
  readonly event: DeviceEvent;
  readonly inDoubt: readonly DeviceEvent[];
  readonly acknowledged: number;
}

/** Names a state so that `parseStateName` finds it again. */
function stateName({ run, position, subset, nested }: StateName): string {
  const inner = nested === undefined ? "" : `.${nested.position}.${nested.subset}`;
  return `${run}.${position}.${subset}${inner}`;
}

/** @returns undefined when `text` names no state. */
export function parseStateName(text: string): StateName | undefined {
  // More digits than any part has; beyond, numbers are not exact any more.
  if (!/^\d{1,9}\.\d{1,9}\.\d{1,9}(?:\.\d{1,9}\.\d{1,9})?$/.test(text)) return undefined;
  const [run = 0, position = 0, subset = 0, inner, innerSubset] = text.split(".").map(Number);
  const nested = inner === undefined ? undefined : { position: inner, subset: innerSubset ?? 0 };
  return { run, position, subset, nested };
}

/** One number of a state's name, and what it may be. */
interface NamePart {
  readonly what: "position" | "subset";
  readonly value: number;
  readonly first: number;
  readonly last: number;
  /** Whose positions or subsets they are. */
  readonly of: string;
}

/** @throws UsageError when an exploration does not come to the state with this part. */
function checkPart(name: StateName, { what, value, first, last, of }: NamePart): void {
  if (value >= first && value <= last) return;
  throw badValue("replay", stateName(name), `${of} has ${what}s ${first} to ${last}`);
}

/** A run of the workload that has ended, ready to be crashed. */
interface Recorded {
  readonly run: number;
  readonly seed: number;
  readonly oracle: CommitOracle;
  readonly trace: RecordingMedia;
  /**
   * Where crashes begin: at the fault; without one where the workload began, for before it the
   * store was made, in no time. Infinity: the fault that was planned found no command to hit.
   */
  readonly firstPosition: number;
}

export class CrashExplorer {
  readonly #subject: CrashSubject;
  readonly #settings: ExplorerSettings;
  readonly #seen = new Set<number>();
  readonly #coverage = new Map<string, number>();
  readonly #violations: Violation[] = [];
  #runs = 0;
  #positions = 0;
  #repeated = 0;
  #commits = 0;
  #nested = 0;
  #torn = 0;
  #reordered = 0;
  #failedRuns = 0;

  constructor(subject: CrashSubject, settings: ExplorerSettings) {
    this.#subject = subject;
    this.#settings = settings;
  }

  /** @param onProgress is told how many distinct states have been visited. */
  explore(onProgress: (distinct: number) => void = () => {}): Exploration {
    // A fault may find no command to hit for some runs; without one a run that finds nothing is
    // the last.
    const patience = this.#settings.fault === undefined ? 1 : FRUITLESS_RUNS_MAX;
    let fruitless = 0;
    while (!this.#isDone && fruitless < patience && this.#runs < RUNS_MAX) {
      const before = this.#seen.size;
      this.#exploreRun(this.#record(this.#settings.firstRun + this.#runs));
      fruitless = this.#seen.size > before ? 0 : fruitless + 1;
      onProgress(this.#seen.size);
    }
    return this.#result();
  }

  /** Every state visited, by its image. */
  get digests(): readonly number[] {
    return [...this.#seen];
  }

  /**
   * Goes to one state only; the result has its violations, or none.
   * @throws UsageError when an exploration cannot come to that state: a verdict would mean nothing.
   */
  replay(name: StateName): Exploration {
    const recorded = this.#record(name.run);
    const { run, position: value } = name;
    const { length: last } = recorded.trace.events;
    const { firstPosition: first } = recorded;
    if (first > last) {
      throw badValue("replay", stateName(name), `the fault of run ${run} found nothing to hit`);
    }
    checkPart(name, { what: "position", value, first, last, of: `run ${run}` });
    const states = this.#statesOf(recorded);
    states.advance(value);
    this.#checkSubset(name, name.subset, states, `position ${value} of run ${run}`);
    this.#visit(recorded, states, name, recorded.oracle.expectation(name.position));
    return this.#result();
  }

  /**
   * The run of a state once more, up to the crash: for whoever wants to see how it came about.
   * @param stepsMax the last so many steps; where no position is named, the first ones.
   */
  look(run: number, crash: { position: number; subset: number } | undefined, stepsMax: number) {
    const recorded = this.#record(run);
    const { seed, trace, oracle, firstPosition } = recorded;
    const { events } = trace;
    const position = crash?.position ?? Math.min(events.length, firstPosition + stepsMax);
    const states = this.#statesOf(recorded);
    const steps: CrashStep[] = [];
    for (let at = Math.max(1, firstPosition, position - stepsMax + 1); at <= position; at++) {
      states.advance(at);
      const { acknowledged } = oracle.expectation(at);
      steps.push({ event: events[at - 1]!, inDoubt: states.inDoubt, acknowledged });
    }
    const subset = crash?.subset ?? 0;
    const random = new RandomStream(seed, `crash ${run}.${position}.${subset}`);
    return { steps, left: states.state(random, subset) };
  }

  get #isDone(): boolean {
    const { states, violationsMax } = this.#settings;
    return this.#seen.size >= states || this.#violations.length >= violationsMax;
  }

  #record(run: number): Recorded {
    const { fault, seed, stage, storesAreInDoubt } = this.#settings;
    const runSeed = seed + run;
    const trace = new RecordingMedia(new Image(), stage.driveCount, storesAreInDoubt);
    const after = new RandomStream(runSeed, "place of the fault").below(FAULT_COMMANDS);
    const faulty = fault && new FaultyMedia(trace, { kind: fault, after, seed: runSeed });
    const oracle = new CommitOracle(() => trace.events.length);
    let firstPosition = 0;
    let coverage: () => Readonly<Record<string, number>> = () => ({});
    const { errors, stuck } = perform(this.#settings.stage, faulty ?? trace, (system) => {
      const workload = this.#subject.start(system, oracle, runSeed);
      coverage = () => workload.coverage();
      firstPosition = trace.events.length;
      faulty?.arm();
      return workload.bodies;
    });
    if (errors.length > 0) this.#failedRuns += 1;
    const isQuiet = stuck === 0 && errors.length === 0;
    if (!isQuiet && fault === undefined) {
      const message =
        errors[0] === undefined ? `${counted(stuck, "thread")} never ended` : errors[0].message;
      const name = { run, position: trace.events.length, subset: 0 };
      this.#violations.push({ state: stateName(name), message: `the workload failed: ${message}` });
    }
    this.#add(coverage());
    this.#runs += 1;
    this.#commits += oracle.commits;
    if (faulty !== undefined) firstPosition = faulty.injectedAt ?? Number.POSITIVE_INFINITY;
    return { run, seed: runSeed, oracle, trace, firstPosition };
  }

  #statesOf({ trace }: Recorded): CrashStates {
    return new CrashStates(new Image(), trace.events, this.#settings.atomicBytes);
  }

  #exploreRun(recorded: Recorded): void {
    const states = this.#statesOf(recorded);
    const { length } = recorded.trace.events;
    const { firstPosition } = recorded;
    const step = this.#stepOver(length + 1 - firstPosition);
    for (let position = firstPosition; position <= length && !this.#isDone; position += step) {
      states.advance(position);
      this.#positions += 1;
      const expectation = recorded.oracle.expectation(position);
      for (const subset of this.#chosen(recorded, position, states.subsets)) {
        if (this.#isDone) return;
        this.#visit(recorded, states, { run: recorded.run, position, subset }, expectation);
      }
    }
  }

  /** Every position is crashed at; of those behind a fault some, spread evenly. */
  #stepOver(positions: number): number {
    const { fault, subsets } = this.#settings;
    if (fault === undefined) return 1;
    return Math.max(1, Math.floor((positions * subsets) / STATES_PER_FAULT));
  }

  /** Nothing, everything, and some of the other subsets of the position. */
  #chosen({ seed, run }: Recorded, position: number, count: number): readonly number[] {
    const { subsets } = this.#settings;
    if (count <= subsets) return Array.from({ length: count }, (_, index) => index);
    const random = new RandomStream(seed, `subsets ${run}.${position}`);
    const chosen = new Set([0, 1]);
    while (chosen.size < subsets) chosen.add(random.below(count));
    return [...chosen];
  }

  /** Recovers one state, and perhaps crashes that recovery. */
  #visit(recorded: Recorded, states: CrashStates, name: StateName, expectation: Expectation): void {
    const { seed, run } = recorded;
    const random = new RandomStream(seed, `crash ${run}.${name.position}.${name.subset}`);
    const state = states.state(random, name.subset);
    const isReplay = name.nested !== undefined;
    if (!isReplay && !this.#isNew(state)) return;
    const recovery = this.#recover(recorded, state.image, stateName(name), expectation);
    const events = recovery.events;
    const wants = isReplay || random.below(100) < this.#settings.nestedPercent;
    if (!wants || events.length === 0 || (!isReplay && this.#isDone)) return;
    const position = name.nested?.position ?? random.below(events.length + 1);
    const inner = new CrashStates(new Image(state.image), events, this.#settings.atomicBytes);
    const of = `the recovery of ${stateName({ ...name, nested: undefined })}`;
    checkPart(name, { what: "position", value: position, first: 0, last: events.length, of });
    inner.advance(position);
    const subset = name.nested?.subset ?? random.below(inner.subsets);
    this.#checkSubset(name, subset, inner, `position ${position} of ${of}`);
    const innerSeed = `recovery ${run}.${name.position}.${name.subset}.${position}.${subset}`;
    const again = inner.state(new RandomStream(seed, innerSeed), subset);
    if (!this.#isNew(again)) return;
    this.#nested += 1;
    const innerName = stateName({ ...name, nested: { position, subset } });
    this.#recover(recorded, again.image, innerName, expectation);
  }

  #checkSubset(name: StateName, value: number, { subsets }: CrashStates, of: string): void {
    checkPart(name, { what: "subset", value, first: 0, last: subsets - 1, of });
  }

  #isNew(state: CrashState): boolean {
    const { digest } = state.image;
    if (this.#seen.has(digest)) {
      this.#repeated += 1;
      return false;
    }
    this.#seen.add(digest);
    if (state.torn > 0) this.#torn += 1;
    if (state.isReordered) this.#reordered += 1;
    return true;
  }

  #recover(
    { seed, oracle }: Recorded,
    image: Image,
    state: string,
    expectation: Expectation,
  ): RecordingMedia {
    const { stage, storesAreInDoubt } = this.#settings;
    const trace = new RecordingMedia(new Image(image), stage.driveCount, storesAreInDoubt);
    const found = new Recovered(false);
    let coverage: () => Readonly<Record<string, number>> = () => ({});
    const { errors, stuck } = perform(this.#settings.stage, trace, (system) => {
      const recovery = this.#subject.recover(system, found, seed);
      coverage = () => recovery.coverage();
      return [(thread) => recovery.body(thread)];
    });
    const complain = (message: string): void => {
      this.#violations.push({ state, message });
    };
    if (errors[0] !== undefined) complain(`recovery failed: ${errors[0].message}`);
    else if (stuck > 0) complain("recovery never ended");
    else if (found.faults[0] !== undefined) complain(found.faults[0]);
    else if (!expectation.digests.has(found.digest.value)) {
      complain(this.#differenceOf(image, seed, oracle, expectation));
    } else this.#add(coverage());
    return trace;
  }

  /** Recovers once more, to say what is wrong. */
  #differenceOf(
    image: Image,
    seed: number,
    oracle: CommitOracle,
    { acknowledged, inDoubt }: Expectation,
  ): string {
    const found = new Recovered(true);
    perform(
      this.#settings.stage,
      new RecordingMedia(new Image(image), this.#settings.stage.driveCount),
      (system) => {
        const recovery = this.#subject.recover(system, found, seed);
        return [(thread) => recovery.body(thread)];
      },
    );
    const names = oracle.differences(found.records ?? new Map());
    const shown = names.slice(0, 3).join(" ");
    return (
      `content is not that of ${counted(acknowledged, "acknowledged transaction")} and any of ` +
      `${inDoubt} in doubt: ${counted(found.recordCount, "record")}, ` +
      `${counted(names.length, "key")} ${names.length === 1 ? "differs" : "differ"}: ${shown}`
    );
  }

  #add(coverage: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(coverage)) {
      this.#coverage.set(name, (this.#coverage.get(name) ?? 0) + count);
    }
  }

  #result(): Exploration {
    return {
      runs: this.#runs,
      positions: this.#positions,
      distinct: this.#seen.size,
      repeated: this.#repeated,
      commits: this.#commits,
      nested: this.#nested,
      withTornWrites: this.#torn,
      withReordering: this.#reordered,
      failedRuns: this.#failedRuns,
      coverage: Object.fromEntries([...this.#coverage].sort(([a], [b]) => (a < b ? -1 : 1))),
      violations: this.#violations,
    };
  }
}
