/**
 * Bringing pages in from the drives while memory is full [ucache26 §6.2, Table 4; vmcache23 §3.4].
 *
 * Each thread inserts one page after the other: it looks whether the page is there, makes room when
 * the cache is full, takes a frame, maps it, reads the page, and enters it into its tables. Whoever
 * finds the cache full evicts a batch: it chooses victims, writes the dirty ones, releases all of
 * them with one flush. All threads find it full at about the same moment, and then all evict.
 */
import { mixBits, RandomStream } from "../../base/random.ts";
import {
  CATCH_UP,
  type IoChannel,
  PAGE_BYTES,
  populateToRead,
  READ,
  type StorageFacet,
  type SystemTask,
  type Thread,
  type ThreadTask,
  WRITE,
} from "../../os/model.ts";
import type { InsertionCosts } from "./costs.ts";
import { OperationCount, type VmGround, type VmPattern } from "./vm-pattern.ts";

/** Share of the frames at which threads begin to evict [vmcache23 §3.4]. */
const FULL = 0.95;

export interface InsertionPlan {
  readonly pages: number;
  readonly frames: number;
  readonly threads: number;
  readonly batch: number;
  readonly writePercent: number;
  readonly driveCount: number;
  readonly driveBytes: number;
  readonly costs: InsertionCosts;
  readonly cause: number;
}

/** Time that threads spent in each step, in picoseconds, up to the last sample. */
export interface InsertionSteps {
  evictionPs: number;
  writePs: number;
  readPs: number;
}

export class Insertion implements VmPattern {
  isStopping = false;
  readonly steps: InsertionSteps = { evictionPs: 0, writePs: 0, readPs: 0 };
  readonly #plan: InsertionPlan;
  readonly #ground: VmGround;
  readonly #storage: StorageFacet;
  readonly #count: OperationCount;
  /** Resident pages in the order of their insertion, as a ring: the clock's. */
  readonly #resident: Int32Array;
  #head = 0;
  #length = 0;
  /** Frames in use: an evicted page's counts until its eviction is over [vmcache23 §3.4]. */
  #used = 0;

  constructor(plan: InsertionPlan, ground: VmGround, storage: StorageFacet) {
    this.#plan = plan;
    this.#ground = ground;
    this.#storage = storage;
    this.#count = new OperationCount(ground.window);
    this.#resident = new Int32Array(plan.frames);
    // The run begins with a cache that is as full as it gets.
    const filled = Math.floor(FULL * plan.frames) - plan.batch;
    ground.region.prefill(filled);
    for (let page = 0; page < filled; page++) this.#enter(page);
  }

  get outstanding(): number {
    return this.#count.outstanding;
  }

  get operations(): number {
    return this.#count.inWindow;
  }

  *body(index: number, thread: Thread): ThreadTask {
    const { memory, region, seed } = this.#ground;
    const { pages, batch, costs, cause, threads } = this.#plan;
    const random = new RandomStream(seed, `insertion ${index}`);
    const channel = this.#storage.openChannel(thread, batch);
    memory.attach(thread);
    while (!this.isStopping) {
      // Threads insert different pages: of each group of neighbours everybody owns one, and never
      // the same one, or each thread would have dies of its own.
      const group = random.below(Math.floor(pages / threads));
      const page = group * threads + ((index + (mixBits(group) >>> 0)) % threads);
      if (region.isResident(page)) continue;
      this.#count.begin(1);
      thread.core.charge(cause, costs["vm.initialChecks"]);
      if (this.#used >= FULL * this.#plan.frames) yield* this.#evict(thread, channel, random);
      yield* populateToRead(region, thread, page);
      const startPs = thread.core.cursorPs;
      channel.prepare(READ, this.#driveOf(page), this.#offsetOf(page), PAGE_BYTES, 0);
      channel.submit();
      yield* drain(thread, channel, 1);
      this.steps.readPs += thread.core.cursorPs - startPs;
      thread.core.charge(cause, costs["vm.bookkeeping"]);
      this.#enter(page);
      this.#count.end(1, thread.core.cursorPs);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  *#evict(thread: Thread, channel: IoChannel, random: RandomStream): SystemTask {
    const { batch, costs, cause, writePercent } = this.#plan;
    const startPs = thread.core.cursorPs;
    const victims = new Int32Array(batch);
    let count = 0;
    let prepared = 0;
    while (count < batch && this.#length > 0) {
      victims[count] = this.#resident[this.#head]!;
      this.#head = this.#head + 1 === this.#plan.frames ? 0 : this.#head + 1;
      this.#length -= 1;
      thread.core.charge(cause, costs["vm.selectVictim"]);
      if (writePercent > 0 && random.below(100) < writePercent) {
        // A blocking interface takes one write at a time.
        if (prepared === channel.depth) {
          yield* this.#write(thread, channel, prepared);
          prepared = 0;
        }
        const page = victims[count]!;
        channel.prepare(WRITE, this.#driveOf(page), this.#offsetOf(page), PAGE_BYTES, prepared);
        prepared += 1;
      }
      count += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
    if (prepared > 0) yield* this.#write(thread, channel, prepared);
    yield* this.#ground.region.release(thread, victims, count);
    this.#used -= count;
    this.steps.evictionPs += thread.core.cursorPs - startPs;
  }

  /** Hands over what has been prepared, and waits for it. */
  *#write(thread: Thread, channel: IoChannel, count: number): SystemTask {
    const startPs = thread.core.cursorPs;
    channel.submit();
    yield* drain(thread, channel, count);
    this.steps.writePs += thread.core.cursorPs - startPs;
  }

  #enter(page: number): void {
    const { frames } = this.#plan;
    this.#resident[(this.#head + this.#length) % frames] = page;
    this.#length += 1;
    this.#used += 1;
  }

  #driveOf(page: number): number {
    return page % this.#plan.driveCount;
  }

  #offsetOf(page: number): number {
    const { driveCount, driveBytes } = this.#plan;
    return (Math.floor(page / driveCount) * PAGE_BYTES) % (driveBytes - (driveBytes % PAGE_BYTES));
  }
}

/** Waits until `count` requests of `channel` have completed. */
function* drain(thread: Thread, channel: IoChannel, count: number): SystemTask {
  let left = count;
  while (left > 0) {
    const found = channel.reap(64);
    left -= found;
    if (found === 0) yield channel.completionWait;
    else if (thread.isAhead()) yield CATCH_UP;
  }
}
