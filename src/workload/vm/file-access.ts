/**
 * Touching the pages of a mapped file larger than memory, as the benchmark of crotty22 does it, or
 * reading them by a call each.
 *
 * `random`: each thread touches one byte of any page; with `willNeed` it tells the system so many
 * accesses ahead, after asking what is there or not. `sequential`: each thread takes the next
 * block of the file, 128 MiB in the original, and touches one byte of each of its pages. One more
 * thread only computes; it is part of the process, so every TLB shootdown interrupts it as well.
 */
import { assert } from "../../base/assert.ts";
import { RandomStream } from "../../base/random.ts";
import { PS_PER_US } from "../../base/units.ts";
import type {
  FileReads,
  MemoryFacet,
  MemoryRegion,
  SchedulerFacet,
  SystemTask,
  Thread,
  ThreadTask,
} from "../../os/model.ts";
import { CATCH_UP, CAUSE, IO_OK, MISS } from "../../os/model.ts";

/** How long the computing thread works between two looks at whether it should end. */
const SPIN_PS = 50 * PS_PER_US;

export interface FileAccessPlan {
  readonly access: "random" | "sequential";
  readonly threads: number;
  readonly pages: number;
  /** Pages that a sequential thread takes at a time. */
  readonly blockPages: number;
  /** Accesses ahead that a random thread announces. */
  readonly willNeed: number;
  /** Whether it asks first whether a page is in memory. */
  readonly isAsking: boolean;
  /** Pages from the beginning that are locked in memory. */
  readonly lockPages: number;
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
      return access === "random" ? this.#random(thread, index) : this.#sequential(thread, index);
    });
    return [...bodies, (thread: Thread) => this.#compute(thread)].map((body, index) =>
      scheduler.spawn(index, body),
    );
  }

  /** Locks this thread's share of what stays in memory. */
  *#lock(thread: Thread, index: number): SystemTask {
    const { lockPages, threads } = this.#plan;
    for (let page = index; page < lockPages && !this.isStopping; page += threads) {
      yield* this.#region.paging!.lock(thread, page);
    }
  }

  /** Says that `page` will be touched soon. */
  *#announce(thread: Thread, page: number): SystemTask {
    const paging = this.#region.paging!;
    if (this.#plan.isAsking && paging.isInCore(thread, page)) return;
    yield* paging.willNeed(thread, page, 1);
  }

  *#random(thread: Thread, index: number): ThreadTask {
    const { pages, seed, willNeed } = this.#plan;
    const random = new RandomStream(seed, `file access ${index}`);
    const { reads } = this.#region;
    this.#memory.attach(thread);
    yield* this.#lock(thread, index);
    const announced = new Int32Array(willNeed);
    for (let turn = 0; turn < willNeed; turn++) {
      announced[turn] = random.below(pages);
      yield* this.#announce(thread, announced[turn]!);
    }
    let turn = 0;
    while (!this.isStopping) {
      let page = random.below(pages);
      if (willNeed > 0) {
        yield* this.#announce(thread, page);
        const next = announced[turn]!;
        announced[turn] = page;
        turn = turn + 1 === willNeed ? 0 : turn + 1;
        page = next;
      }
      if (reads !== undefined) yield* this.#read(reads, thread, page);
      else {
        while (this.#region.tryAccess(thread.core, page, false) === MISS) {
          yield* this.#region.fault(thread, page, false);
        }
      }
      this.touched += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
    this.running -= 1;
  }

  *#read(reads: FileReads, thread: Thread, page: number): SystemTask {
    const status = yield* reads.read(thread, page);
    assert(status === IO_OK, "a page could not be read", page);
  }

  *#sequential(thread: Thread, index: number): ThreadTask {
    const { pages, blockPages } = this.#plan;
    const { reads } = this.#region;
    this.#memory.attach(thread);
    yield* this.#lock(thread, index);
    while (!this.isStopping) {
      const first = (this.#nextBlock * blockPages) % pages;
      this.#nextBlock += 1;
      const end = Math.min(first + blockPages, pages);
      for (let page = first; page < end && !this.isStopping; page++) {
        if (reads !== undefined) yield* this.#read(reads, thread, page);
        else {
          while (this.#region.tryAccess(thread.core, page, false) === MISS) {
            yield* this.#region.fault(thread, page, false);
          }
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
