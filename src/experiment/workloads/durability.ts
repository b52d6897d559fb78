/** Durability as a kind of workload: one process, one write that fails, power lost at the end. */
import { UsageError } from "../../base/usage-error.ts";
import { type Media, SparseMedia } from "../../hardware/nvme/media.ts";
import { IO_OK, IO_WRITE_FAULT, type IoStatus } from "../../hardware/nvme/status.ts";
import type { SchedulerFacet, Thread } from "../../os/model.ts";
import { CheckpointingStore, DATA_DRIVE } from "../../workload/durability/checkpointing-store.ts";
import type {
  Measured,
  RunningWorkload,
  WorkloadGround,
  WorkloadKind,
  WorkloadResult,
  WorkloadSite,
} from "../workload-kind.ts";
import type { DurabilitySpec } from "./durability-spec.ts";

export const durability: WorkloadKind<DurabilitySpec> = {
  id: "durability",
  operation: "transaction",
  threads: () => 1,
  resolve,
  build: (workload, site) => new DurabilityRun(workload, site),
};

function resolve(workload: DurabilitySpec, { spec, traits }: WorkloadGround): DurabilitySpec {
  if (spec.drives < 2) throw new UsageError("drives: log and data need one each, so give 2");
  if (workload.file === "buffered" && !traits.hasPageCache) {
    throw new UsageError("file: this system has no page cache; give workload.file=direct");
  }
  return workload;
}

/** One write to the data drive fails; everything else is as it should be. */
class OneFailingWrite extends SparseMedia implements Media {
  #until: number;

  constructor(driveCount: number, failingWrite: number) {
    super(driveCount);
    this.#until = failingWrite;
  }

  override write(drive: number, offset: number, bytes: number, from?: Uint8Array): IoStatus {
    if (drive === DATA_DRIVE && from !== undefined) {
      this.#until -= 1;
      if (this.#until === 0) return IO_WRITE_FAULT;
    }
    super.write(drive, offset, bytes, from);
    return IO_OK;
  }
}

class DurabilityRun implements RunningWorkload {
  readonly #store: CheckpointingStore;
  #hasStarted = false;

  constructor(workload: DurabilitySpec, { machine, system }: WorkloadSite) {
    const { driveCount } = machine.array.shape;
    machine.array.media = new OneFailingWrite(driveCount, workload.failingWrite);
    this.#store = new CheckpointingStore(workload, system);
  }

  start(scheduler: SchedulerFacet): readonly Thread[] {
    this.#hasStarted = true;
    return [scheduler.spawn(0, (thread) => this.#store.body(thread))];
  }

  /** The process works to its end: what is lost is known only then. */
  stop(): void {}

  outstanding(): number {
    return this.#hasStarted && !this.#store.hasEnded ? 1 : 0;
  }

  result(_measured: Measured): WorkloadResult {
    const { acknowledged, failedSyncs, restarts } = this.#store;
    const metrics = {
      acknowledgedTransactions: acknowledged,
      lostTransactions: this.#store.lostTransactions(),
      failedSyncs,
      restarts,
    };
    return { metrics, operations: acknowledged };
  }
}
