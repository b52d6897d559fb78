/** Durability as a kind of workload: one process, one write that fails, power lost at the end. */
import { UsageError } from "../../base/usage-error.ts";
import { type Media, SparseMedia } from "../../hardware/nvme/media.ts";
import { IO_OK, IO_WRITE_FAULT, type IoStatus } from "../../hardware/nvme/status.ts";
import type { SchedulerFacet, Thread } from "../../os/model.ts";
import {
  CheckpointingStore,
  DATA_DRIVE,
  PAGE_BYTES,
} from "../../workload/durability/checkpointing-store.ts";
import { slotsText } from "../../workload/durability/diary.ts";
import type { Witness } from "../../workload/witness.ts";
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
  title: "a database process whose write-back fails once: fsyncgate",
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
  /** Where the write was that failed. */
  failedOffset: number | undefined;
  /** Told after each write to the data drive. */
  onWrite: ((offset: number, hasFailed: boolean) => void) | undefined;
  #until: number;

  constructor(driveCount: number, failingWrite: number) {
    super(driveCount);
    this.#until = failingWrite;
  }

  override write(drive: number, offset: number, bytes: number, from?: Uint8Array): IoStatus {
    if (drive !== DATA_DRIVE || from === undefined) return super.write(drive, offset, bytes, from);
    this.#until -= 1;
    const hasFailed = this.#until === 0;
    if (hasFailed) this.failedOffset = offset;
    else super.write(drive, offset, bytes, from);
    this.onWrite?.(offset, hasFailed);
    return hasFailed ? IO_WRITE_FAULT : IO_OK;
  }
}

class DurabilityRun implements RunningWorkload {
  readonly #store: CheckpointingStore;
  readonly #media: OneFailingWrite;
  readonly #site: WorkloadSite;
  #hasStarted = false;
  #tell: (() => void) | undefined;

  constructor(workload: DurabilitySpec, site: WorkloadSite) {
    const { array } = site.machine;
    this.#site = site;
    this.#media = new OneFailingWrite(array.shape.driveCount, workload.failingWrite);
    array.media = this.#media;
    this.#store = new CheckpointingStore(workload, site.system);
  }

  tell(witness: Witness): void {
    const { simulation } = this.#site;
    const diary = this.#store.keepDiary();
    this.#media.onWrite = (offset, hasFailed) => {
      const page = `page ${offset / PAGE_BYTES}`;
      const what = hasFailed ? `the write of ${page} fails` : `${page} is written`;
      diary.note(simulation.nowPs, "drive", what, hasFailed ? "bad" : undefined);
    };
    this.#tell = () => {
      const lost = this.#store.lostTransactions();
      const { dark, recovered } = this.#store.afterPowerFailure();
      diary.noteState(simulation.nowPs, "power", "the power fails", undefined, dark);
      const [what, tone] =
        lost.length === 0
          ? (["recovery finds every acknowledged transaction", "good"] as const)
          : ([`acknowledged, and lost: transactions ${slotsText(lost)}`, "bad"] as const);
      diary.noteState(simulation.nowPs, "database", what, tone, recovered);
      diary.tell((this.#media.failedOffset ?? 0) / PAGE_BYTES, witness);
    };
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
    this.#tell?.();
    const { acknowledged, failedSyncs, restarts } = this.#store;
    const metrics = {
      acknowledgedTransactions: acknowledged,
      lostTransactions: this.#store.lostTransactions().length,
      failedSyncs,
      restarts,
    };
    return { metrics, operations: acknowledged };
  }
}
