/**
 * The crash explorer as a kind of workload: what a crash leaves of a database under this system.
 *
 * The exploration runs machines of its own, so the run around it only gives it a place in figures
 * and claims; no time passes in it.
 */

import { badValue } from "../../base/usage-error.ts";
import type { Thread } from "../../os/model.ts";
import type { Witness } from "../../workload/witness.ts";
import { tellCrash } from "../crash/crash-story.ts";
import { engineSubject } from "../crash/engine-subject.ts";
import { CrashExplorer } from "../crash/explorer.ts";
import { STAGE_WINDOW, stageInput } from "../crash/stage.ts";
import type {
  Measured,
  RunningWorkload,
  WorkloadGround,
  WorkloadKind,
  WorkloadResult,
  WorkloadSite,
} from "../workload-kind.ts";
import type { CrashSpec } from "./crash-spec.ts";

const PAGE_BYTES = 4_096;
const ATOMIC_BYTES = 512;
const NESTED_PERCENT = 20;

export const crash: WorkloadKind<CrashSpec> = {
  id: "crash",
  title: "crash and fault points of the storage engine, explored",
  operation: "state",
  threads: () => 1,
  usesMemory: (_spec, { residency }) => residency === "transparent",
  resolve,
  build: (workload, site) => new CrashRun(workload, site),
};

function resolve(workload: CrashSpec, { memoryTraits }: WorkloadGround): CrashSpec {
  const isMapped = memoryTraits.residency === "transparent";
  if (!isMapped && workload.updateProtocol !== "in-place") {
    const value = workload.updateProtocol;
    throw badValue("updateProtocol", value, "only a mapped file has a choice; take backend mmap");
  }
  return workload;
}

class CrashRun implements RunningWorkload {
  readonly #spec: CrashSpec;
  readonly #site: WorkloadSite;
  #witness: Witness | undefined;

  constructor(spec: CrashSpec, site: WorkloadSite) {
    this.#spec = spec;
    this.#site = site;
  }

  tell(witness: Witness): void {
    this.#witness = witness;
  }

  start(): readonly Thread[] {
    return [];
  }

  stop(): void {}

  outstanding(): number {
    return 0;
  }

  result(_measured: Measured): WorkloadResult {
    const explorer = this.#explorer();
    const exploration = explorer.explore();
    if (this.#witness !== undefined) tellCrash(explorer, exploration, this.#witness);
    const { distinct, violations, commits } = exploration;
    const metrics = {
      crashStates: distinct,
      crashViolations: violations.length,
      acknowledgedTransactions: commits,
    };
    return { metrics, operations: distinct };
  }

  /** Stops at the first violation: the number of states says how soon it was found. */
  #explorer(): CrashExplorer {
    const { spec, memoryTraits } = this.#site;
    const { scenario, clients, updateProtocol, writeBack, states, subsets } = this.#spec;
    const buffer = memoryTraits.residency === "transparent" ? "mmap" : "hash-table";
    const subject = engineSubject({
      workload: scenario,
      buffer,
      updateProtocol,
      pageBytes: PAGE_BYTES,
      fullPageImages: true,
      ...(clients > 0 && { clients }),
    });
    const { backend, drives, options } = spec;
    const { threads } = subject;
    const input = stageInput({ backend, drives, options, threads, buffer });
    return new CrashExplorer(subject, {
      stage: { driveCount: drives, newSite: this.#site.another(input, STAGE_WINDOW) },
      seed: spec.seed,
      firstRun: 0,
      states,
      subsets,
      atomicBytes: ATOMIC_BYTES,
      nestedPercent: NESTED_PERCENT,
      violationsMax: 1,
      storesAreInDoubt: writeBack === "any-time",
    });
  }
}
