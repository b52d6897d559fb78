/**
 * The crash explorer as a kind of workload: what a crash leaves of a database under this system.
 *
 * The exploration runs machines of its own, so the run around it only gives it a place in figures
 * and claims; no time passes in it.
 */

import { badValue } from "../../base/usage-error.ts";
import type { Thread } from "../../os/model.ts";
import type { Actor, Witness } from "../../workload/witness.ts";
import { engineSubject } from "../crash/engine-subject.ts";
import { CrashExplorer, type Exploration } from "../crash/explorer.ts";
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
    const exploration = this.#explore();
    if (this.#witness !== undefined) tellOf(exploration, this.#spec, this.#witness);
    const { distinct, violations, commits } = exploration;
    const metrics = {
      crashStates: distinct,
      crashViolations: violations.length,
      acknowledgedTransactions: commits,
    };
    return { metrics, operations: distinct };
  }

  /** Stops at the first violation: the number of states says how soon it was found. */
  #explore(): Exploration {
    const { spec, memoryTraits } = this.#site;
    const { scenario, clients, updateProtocol, writeBack, states, subsets } = this.#spec;
    const isMapped = memoryTraits.residency === "transparent";
    const subject = engineSubject({
      workload: scenario,
      buffer: isMapped ? "mmap" : "hash-table",
      updateProtocol,
      pageBytes: PAGE_BYTES,
      fullPageImages: true,
      ...(clients > 0 && { clients }),
    });
    const { backend, drives, options } = spec;
    const { threads } = subject;
    const input = stageInput({ backend, drives, options, threads, isMapped });
    const explorer = new CrashExplorer(subject, {
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
    return explorer.explore();
  }
}

/** How the first state came about that recovery could not put right, or that there is none. */
function tellOf(
  { distinct, runs, positions, commits, violations }: Exploration,
  { updateProtocol, writeBack }: CrashSpec,
  witness: Witness,
): void {
  const [violation] = violations;
  const [, position = 0, subset = 0] = (violation?.state ?? "").split(".").map(Number);
  const holds = {
    "update protocol": updateProtocol,
    "states explored": String(distinct),
    "states that are wrong": String(violations.length),
  };
  const note = (who: Actor, what: string, tone?: "good" | "bad"): void =>
    witness({ atPs: 0, who, what, ...(tone && { tone }), holds });
  note("database", `clients change records; ${commits} commits in ${runs} runs are acknowledged`);
  const when = writeBack === "any-time" ? "whenever it likes" : "only when msync asks for it";
  note("kernel", `it may write a page that was stored to ${when}`);
  if (violation === undefined) {
    note(
      "power",
      `it fails at ${positions} positions, with any of the writes in doubt done or not`,
    );
    note("database", "recovery finds what was acknowledged, and nothing else, each time", "good");
    return;
  }
  note("drive", `of the writes in doubt, choice number ${subset} is there`, "bad");
  note("power", `it fails after ${position} writes, flushes and stores`, "bad");
  note("database", `recovery: ${violation.message}`, "bad");
}
