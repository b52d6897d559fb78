/** What the steps of one request take on its way through the kernel, in picoseconds. */
import type { kernelCosts } from "./costs.ts";
import type { SyncCosts } from "./file-sync.ts";

/** Pinning a buffer's first page, and each further one. */
export interface PinningTimes {
  readonly firstPs: number;
  readonly nextPs: number;
}

/** A kernel worker gets a core. */
export interface WorkerCosts {
  readonly wakeUpPs: number;
  readonly contextSwitchPs: number;
  /** Switching to a thread that left the core no longer ago than the period. */
  readonly warmSwitchPs: number;
  readonly warmPeriodPs: number;
}

export interface RequestCosts {
  readonly pagePinning: PinningTimes;
  /** What writes pay instead when the process never wrote its buffers; undefined: it did. */
  readonly zeroPagePinning?: PinningTimes | undefined;
  readonly fileReferencePs: number;
  readonly blockLayerPs: number;
  readonly driverPs: number;
  readonly scatterSetUpPs: number;
  readonly driverNextPagePs: number;
  readonly completionPs: number;
  readonly sync: SyncCosts;
  readonly worker: WorkerCosts;
}

/** A backend's cost table says what the steps take, whatever else it has. */
export function requestCosts(
  times: { readonly [name in keyof typeof kernelCosts]: number },
): RequestCosts {
  return {
    pagePinning: {
      firstPs: times["kernel.pagePinning"],
      nextPs: times["kernel.pagePinningNext"],
    },
    fileReferencePs: times["kernel.fileReference"],
    blockLayerPs: times["kernel.blockLayer"],
    driverPs: times["kernel.driver"],
    scatterSetUpPs: times["kernel.scatterSetUp"],
    driverNextPagePs: times["kernel.driverNextPage"],
    completionPs: times["kernel.completion"],
    sync: {
      callPs: times["kernel.fsyncCall"],
      flushPs: times["kernel.flush"],
      journalCommitPs: times["kernel.journalCommit"],
      wakeUpPs: times["kernel.wakeUp"],
      contextSwitchPs: times["kernel.contextSwitch"],
    },
    worker: {
      wakeUpPs: times["kernel.wakeUp"],
      contextSwitchPs: times["kernel.contextSwitch"],
      warmSwitchPs: times["kernel.warmSwitch"],
      warmPeriodPs: times["kernel.warmPeriod"],
    },
  };
}
