/** A simulated machine with an operating system, on which a subject runs or recovers. */
import type { DatabaseConfig } from "../../engine/engine-config.ts";
import type { Media } from "../../hardware/nvme/media.ts";
import type { OperatingSystem, Thread, ThreadTask } from "../../os/model.ts";
import type { Window } from "../../workload/job-statistics.ts";
import type { ExperimentInput } from "../spec.ts";
import type { WorkloadSite } from "../workload-kind.ts";

/** Where a subject runs. */
export interface StageSettings {
  readonly backend: string;
  readonly drives: number;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly threads: number;
  /** Of a subject that uses virtual memory, and is charged for it then. */
  readonly buffer?: DatabaseConfig["buffer"];
}

/** Two cores are enough for conflicts, and quick to build. */
const MACHINE = {
  extends: "milan-pm1733",
  id: "two-cores",
  cpu: { cores: 2, threadsPerCore: 1, coresPerComplex: 1 },
} as const;

/** Longer than any run or recovery; what has not ended then never will. */
const END_PS = 1e15;
const EVENTS_MAX = 2_000_000;

export const STAGE_WINDOW: Window = { startPs: 0, endPs: END_PS };

/** Where subjects run: the same machine and system, new each time. */
export interface Stage {
  readonly driveCount: number;
  newSite(): WorkloadSite;
}

/** What to assemble for such a stage. */
export function stageInput({
  backend,
  drives,
  options,
  threads,
  buffer,
}: StageSettings): ExperimentInput {
  // Of the workload only what it needs of the system counts: nobody runs it.
  const workload =
    buffer === "mmap" || buffer === "vmcache"
      ? ({ kind: "engine", buffer, threads } as const)
      : ({ kind: "raw-io", jobs: threads } as const);
  return {
    machine: MACHINE,
    drives,
    backend,
    // A stage has a few dozen frames; windows of a RAID's size would be larger than its file.
    options: buffer === "mmap" ? { read_ahead_kb: 128, ...options } : { ...options },
    workload,
    set: { "drive.volatileCache": 1 },
  };
}

/** What became of the threads of one performance. */
export interface Performance {
  /** What threads threw, in their order; empty: all ended. */
  readonly errors: readonly Error[];
  /** Threads that neither ended nor threw. */
  readonly stuck: number;
  /** Most that the simulated clock has advanced. */
  readonly endPs: number;
}

/** Lets the threads of `begin` run to their ends on fresh hardware with `media`. */
export function perform(
  stage: Stage,
  media: Media,
  begin: (system: OperatingSystem) => readonly ((thread: Thread) => ThreadTask)[],
): Performance {
  const { simulation, machine, system } = stage.newSite();
  machine.array.media = media;
  const bodies = begin(system);
  const errors: Error[] = [];
  let left = bodies.length;
  bodies.forEach((body, index) => {
    system.scheduler.spawn(index, function* (thread) {
      try {
        yield* body(thread);
      } catch (error) {
        errors.push(error instanceof Error ? error : new Error(String(error)));
      }
      left -= 1;
    });
  });
  while (left > 0 && simulation.eventCount < EVENTS_MAX && simulation.step());
  return { errors, stuck: left, endPs: simulation.nowPs };
}
