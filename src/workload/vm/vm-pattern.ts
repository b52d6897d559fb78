/** What a pattern of memory accesses has to offer to whoever runs and measures it. */
import type { MemoryFacet, MemoryRegion, Thread, ThreadTask } from "../../os/model.ts";
import type { Window } from "../job-statistics.ts";

export interface VmPattern {
  /** Thread `index`'s control flow. */
  body(index: number, thread: Thread): ThreadTask;
  /** From now on no new operation is begun. */
  isStopping: boolean;
  /** Operations begun and not ended. */
  readonly outstanding: number;
  /** Operations that ended inside the window, in pages. */
  readonly operations: number;
}

/** What every pattern runs on. */
export interface VmGround {
  readonly memory: MemoryFacet;
  readonly region: MemoryRegion;
  readonly window: Window;
  readonly seed: number;
}

/** Counts operations, those inside the window apart. */
export class OperationCount {
  outstanding = 0;
  inWindow = 0;
  readonly #window: Window;

  constructor(window: Window) {
    this.#window = window;
  }

  begin(count: number): void {
    this.outstanding += count;
  }

  /** `count` operations ended at `atPs`. */
  end(count: number, atPs: number): void {
    this.outstanding -= count;
    if (atPs >= this.#window.startPs && atPs < this.#window.endPs) this.inWindow += count;
  }
}
