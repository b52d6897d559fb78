/**
 * Many states of one configuration in parts that do not depend on each other, so that they can be
 * explored on any number of cores with the same result.
 */

import type { UpdateProtocolName } from "../../engine/buffer/mapped/update-protocol.ts";
import type { DatabaseConfig } from "../../engine/engine-config.ts";
import type { CrashWorkload } from "./engine-subject.ts";
import { engineSubject } from "./engine-subject.ts";
import type { Exploration } from "./exploration.ts";
import type { ExplorerSettings, StateName } from "./explorer.ts";
import { CrashExplorer, RUNS_MAX } from "./explorer.ts";
import type { FaultKind } from "./faulty-media.ts";
import { openStage } from "./open-stage.ts";

/** What is explored, as plain data. */
export interface CampaignSpec {
  readonly backend: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly workload: CrashWorkload;
  readonly buffer: DatabaseConfig["buffer"];
  /** Of a mapped file; pools have no choice. */
  readonly updateProtocol: UpdateProtocolName;
  readonly pageBytes: number;
  readonly pageImages: boolean;
  readonly drives: number;
  readonly atomicBytes: 512 | 4096;
  readonly fault: FaultKind | "none";
  readonly states: number;
  readonly subsets: number;
  readonly seed: number;
}

/** Some of the states of a campaign. */
export interface CampaignPart {
  readonly spec: CampaignSpec;
  readonly firstRun: number;
  readonly states: number;
}

export interface PartResult {
  readonly exploration: Exploration;
  /** States by their images, to count those that several parts have met once. */
  readonly digests: readonly number[];
}

const STATES_PER_PART = 2_500;
/** The least that is worth recording another run for. */
const STATES_PER_PART_MIN = 32;
const NESTED_PERCENT = 20;
const VIOLATIONS_MAX = 5;

export function partsOf(spec: CampaignSpec): CampaignPart[] {
  const count = Math.ceil(spec.states / STATES_PER_PART);
  return Array.from({ length: count }, (_, index) => ({
    spec,
    firstRun: index * RUNS_MAX,
    states: Math.min(STATES_PER_PART, spec.states - index * STATES_PER_PART),
  }));
}

/**
 * What is still to be explored after `results`: parts may have met the same states, and count them
 * once. Nothing when something is lost already, or when the last such part found nothing new.
 */
export function furtherParts(spec: CampaignSpec, results: readonly PartResult[]): CampaignPart[] {
  const planned = partsOf(spec).length;
  if (results.length < planned) return partsOf(spec).slice(results.length);
  const { distinct, violations } = together(results);
  if (distinct >= spec.states || violations.length > 0) return [];
  const before = together(results.slice(0, -1)).distinct;
  if (distinct === before) return [];
  // Some of what it finds will be known: twice as many, so that one more part is mostly enough.
  const states = Math.max(STATES_PER_PART_MIN, 2 * (spec.states - distinct));
  const firstRun = results.length * RUNS_MAX;
  return [{ spec, firstRun, states: Math.min(STATES_PER_PART, states) }];
}

export function explorePart(
  part: CampaignPart,
  onProgress?: (distinct: number) => void,
): PartResult {
  const explorer = explorerOf(part);
  const exploration = explorer.explore(onProgress);
  return { exploration, digests: explorer.digests };
}

/** Goes to one state of `spec`; the result has what is wrong there, or nothing. */
export function replayState(spec: CampaignSpec, name: StateName): Exploration {
  return explorerOf({ spec, firstRun: 0, states: 1 }).replay(name);
}

/** All parts as one. */
export function together(results: readonly PartResult[]): Exploration {
  const sum = (value: (exploration: Exploration) => number): number =>
    results.reduce((total, { exploration }) => total + value(exploration), 0);
  const coverage: Record<string, number> = {};
  for (const { exploration } of results) {
    for (const [name, count] of Object.entries(exploration.coverage)) {
      coverage[name] = (coverage[name] ?? 0) + count;
    }
  }
  const distinct = new Set(results.flatMap(({ digests }) => digests)).size;
  return {
    runs: sum(({ runs }) => runs),
    positions: sum(({ positions }) => positions),
    distinct,
    repeated: sum((part) => part.repeated + part.distinct) - distinct,
    commits: sum(({ commits }) => commits),
    nested: sum(({ nested }) => nested),
    withTornWrites: sum(({ withTornWrites }) => withTornWrites),
    withReordering: sum(({ withReordering }) => withReordering),
    failedRuns: sum(({ failedRuns }) => failedRuns),
    coverage,
    violations: results.flatMap(({ exploration }) => exploration.violations),
  };
}

function explorerOf({ spec, firstRun, states }: CampaignPart): CrashExplorer {
  const { workload, buffer, pageBytes, pageImages, fault, updateProtocol } = spec;
  const fullPageImages = pageImages;
  const subject = engineSubject({ workload, buffer, updateProtocol, pageBytes, fullPageImages });
  const { backend, drives, options, seed, subsets, atomicBytes } = spec;
  const settings: ExplorerSettings = {
    stage: openStage({
      backend,
      drives,
      options,
      threads: subject.threads,
      buffer,
    }),
    seed,
    firstRun,
    states,
    subsets,
    atomicBytes,
    nestedPercent: NESTED_PERCENT,
    fault: fault === "none" ? undefined : fault,
    violationsMax: VIOLATIONS_MAX,
  };
  return new CrashExplorer(subject, settings);
}
