/**
 * Touching the pages of a mapped file larger than memory, as the benchmark of crotty22 does it.
 *
 * `random`: each thread touches one byte of any page. `sequential`: each thread takes the next
 * block of the file, 128 MiB in the original, and touches one byte of each of its pages. One more
 * thread only computes; it is part of the process, so every TLB shootdown interrupts it as well.
 */
import { RandomStream } from "../../base/random.ts";
import { PS_PER_US } from "../../base/units.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type {
  MemoryFacet,
  MemoryRegion,
  SchedulerFacet,
  Thread,
  ThreadTask,
} from "../../os/model.ts";
import { CATCH_UP, MISS } from "../../os/model.ts";

/** How long the computing thread works between two looks at whether it should end. */
const SPIN_PS = 50 * PS_PER_US;

export interface FileAccessPlan {
  readonly access: "random" | "sequential";
  readonly threads: number;
  readonly pages: number;
  /** Pages that a sequential thread takes at a time. */
  readonly blockPages: number;
  readonly seed: number;
}

export class FileAccess {
  /** Pages touched so far. */
  touched = 0;
  isStopping = false;
  /** Threads that have not ended; the computing one is not counted. */
  running: number;

  readonly #plan: FileAccessPlan;
  readonly #memory: MemoryFacet;
  readonly #region: MemoryRegion;
  #nextBlock = 0;

  constructor(plan: FileAccessPlan, memory: MemoryFacet, region: MemoryRegion) {
    this.#plan = plan;
    this.#memory = memory;
    this.#region = region;
    this.running = plan.threads;
  }

  /** Starts every thread; the computing one comes last. */
  start(scheduler: SchedulerFacet): readonly Thread[] {
    const { access, threads } = this.#plan;
    const bodies = Array.from({ length: threads }, (_, index) => (thread: Thread) => {
      return access === "random" ? this.#random(thread, index) : this.#sequential(thread);
    });
    return [...bodies, (thread: Thread) => this.#compute(thread)].map((body, index) =>
      scheduler.spawn(index, body),
    );
  }

  *#random(thread: Thread, index: number): ThreadTask {
    const { pages, seed } = this.#plan;
    const random = new RandomStream(seed, `file access ${index}`);
    const { core } = thread;
    this.#memory.attach(thread);
    while (!this.isStopping) {
      const page = random.below(pages);
      while (this.#region.tryAccess(core, page, false) === MISS) {
        yield* this.#region.fault(thread, page, false);
      }
      this.touched += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
    this.running -= 1;
  }

  *#sequential(thread: Thread): ThreadTask {
    const { pages, blockPages } = this.#plan;
    const { core } = thread;
    this.#memory.attach(thread);
    while (!this.isStopping) {
      const first = (this.#nextBlock * blockPages) % pages;
      this.#nextBlock += 1;
      const end = Math.min(first + blockPages, pages);
      for (let page = first; page < end && !this.isStopping; page++) {
        while (this.#region.tryAccess(core, page, false) === MISS) {
          yield* this.#region.fault(thread, page, false);
        }
        this.touched += 1;
        if (thread.isAhead()) yield CATCH_UP;
      }
    }
    this.running -= 1;
  }

  *#compute(thread: Thread): ThreadTask {
    this.#memory.attach(thread);
    while (!this.isStopping) {
      thread.core.charge(CAUSE.application, SPIN_PS);
      yield CATCH_UP;
    }
  }
}
