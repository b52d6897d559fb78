/**
 * Is translation real? Every facet returns the bytes last written, whatever is populated, released
 * and accessed on several cores; and a flush that is missing is caught by a stale read.
 */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RandomStream } from "../base/random.ts";
import { findBackend } from "../experiment/assemble.ts";
import { type BareRun, bareRun, spentUntil } from "../testing/bare-run.ts";
import { TESTED_BACKENDS } from "../testing/variants.ts";
import { AddressSpace } from "./kernel/address-space.ts";
import {
  CATCH_UP,
  type MemoryRegion,
  type SystemTask,
  type Thread,
  type ThreadTask,
} from "./model.ts";
import type { OptionValues } from "./options.ts";

const PAGES = 40;
const FRAMES = 24;
const THREADS = 3;
const END_PS = 50_000_000_000;

const EXPLICIT = TESTED_BACKENDS.filter(
  (id) => findBackend(id).memory.traits.residency === "explicit",
);
const variants: [string, string, OptionValues][] = EXPLICIT.flatMap((id) => [
  [id, id, {}] as [string, string, OptionValues],
  ...findBackend(id).memory.options.flatMap((option) =>
    option.type === "choice"
      ? option.choices
          .filter((choice) => choice !== option.default)
          .map((choice): [string, string, OptionValues] => [
            `${id} ${option.name}=${choice}`,
            id,
            { [option.name]: choice },
          ])
      : [],
  ),
]);

/**
 * A small database: pages live in a store, some of them in memory. It brings pages in, writes and
 * reads them through the facet's translation, and evicts them.
 */
class PageStore {
  readonly region: MemoryRegion;
  readonly stale: number[] = [];
  reads = 0;
  readonly #random: RandomStream;
  readonly #stored = new Uint32Array(PAGES);
  readonly #expected = new Uint32Array(PAGES);
  readonly #isResident = new Uint8Array(PAGES);
  /** Being brought in or evicted. */
  readonly #isBusy = new Uint8Array(PAGES);
  /** Frames that pages have, are about to get, or have not given back yet. */
  #held = 0;
  #serial = 0;

  constructor(region: MemoryRegion, seed: number) {
    this.region = region;
    this.#random = new RandomStream(seed, "page store");
  }

  *body(thread: Thread, steps: number): ThreadTask {
    for (let step = 0; step < steps; step++) {
      const kind = this.#random.below(10);
      if (kind < 7) this.#access(thread, kind < 3);
      else if (kind < 9) yield* this.#bringIn(thread, 1 + this.#random.below(4));
      else yield* this.#evict(thread, 1 + this.#random.below(4));
      thread.core.charge(0, 200_000);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  #access(thread: Thread, isWrite: boolean): void {
    const page = this.#random.below(PAGES);
    if (this.#isResident[page] === 0 || this.#isBusy[page] === 1) return;
    const frame = this.region.tryAccess(thread.core, page, isWrite);
    const words = this.#words(frame);
    this.reads += 1;
    if (words[0] !== this.#expected[page]) this.stale.push(page);
    if (!isWrite) return;
    this.#serial += 1;
    words[0] = this.#serial;
    this.#expected[page] = this.#serial;
  }

  *#bringIn(thread: Thread, most: number): ThreadTask {
    const pages = this.#choose(Math.min(most, FRAMES - this.#held), 0);
    this.#held += pages.length;
    yield* this.region.populate(thread, pages, pages.length);
    for (const page of pages) {
      const frame = this.region.tryAccess(thread.core, page, true);
      this.#words(frame)[0] = this.#stored[page]!;
      this.#expected[page] = this.#stored[page]!;
      this.#isResident[page] = 1;
      this.#isBusy[page] = 0;
    }
  }

  *#evict(thread: Thread, most: number): ThreadTask {
    const pages = this.#choose(most, 1);
    for (const page of pages) {
      this.#stored[page] = this.#expected[page]!;
      this.#isResident[page] = 0;
    }
    yield* this.region.release(thread, pages, pages.length);
    this.#held -= pages.length;
    for (const page of pages) this.#isBusy[page] = 0;
  }

  /** Different pages that nobody else works on, all resident or none; they are busy from now on. */
  #choose(most: number, resident: number): Int32Array {
    const pages: number[] = [];
    for (let tries = 0; tries < 3 * most && pages.length < most; tries++) {
      const page = this.#random.below(PAGES);
      if (this.#isResident[page] !== resident || this.#isBusy[page] === 1) continue;
      this.#isBusy[page] = 1;
      pages.push(page);
    }
    return Int32Array.from(pages);
  }

  #words(frame: number): Uint32Array {
    expect(frame).toBeGreaterThanOrEqual(0);
    return new Uint32Array(this.region.bytesOf(frame)!.buffer);
  }

  /** Frames of resident pages, and how many pages are resident. */
  frames(thread: Thread): { frames: Set<number>; resident: number } {
    const frames = new Set<number>();
    let resident = 0;
    for (let page = 0; page < PAGES; page++) {
      expect(this.region.isResident(page)).toBe(this.#isResident[page] === 1);
      if (this.#isResident[page] === 0) continue;
      resident += 1;
      frames.add(this.region.tryAccess(thread.core, page, false));
    }
    return { frames, resident };
  }
}

interface Outcome {
  readonly store: PageStore;
  readonly run: BareRun;
  readonly threads: readonly Thread[];
}

function exercise(backend: string, options: OptionValues, seed: number, steps: number): Outcome {
  const spec = {
    backend,
    options: { ...options },
    drives: 1,
    workload: { kind: "vm", access: "alloc-free", threads: THREADS },
  } as const;
  const run = bareRun(spec, END_PS);
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({
    pages: PAGES,
    residentMax: FRAMES,
    backing: "anonymous",
    withBytes: true,
  });
  const store = new PageStore(region, seed);
  const threads = Array.from({ length: THREADS }, (_, index) =>
    scheduler.spawn(index, (thread) => {
      memory.attach(thread);
      return store.body(thread, steps);
    }),
  );
  return { store, run, threads };
}

afterEach(() => vi.restoreAllMocks());

describe.each(variants)("%s", (_, backend, options) => {
  it("returns the bytes last written, and neither loses a frame nor maps one twice", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const { store, run, threads } = exercise(backend, options, seed, 150);
        spentUntil(run, END_PS);
        expect(store.stale).toEqual([]);
        expect(store.reads).toBeGreaterThan(20);
        const { frames, resident } = store.frames(threads[0]!);
        expect(frames.size).toBe(resident);
        expect(store.region.freeFrames).toBe(FRAMES - resident);
        const { populated, released } = run.system.memory.counters;
        expect(populated - released).toBe(resident);
        const { requested, acknowledged } = run.machine.ipis;
        expect(acknowledged).toBe(requested);
        expect(run.system.memory.counters.shootdownRequests).toBe(requested);
      }),
      { seed: 45, numRuns: 12 },
    );
  });
});

it("bypass knows more pages than a Map has room for", () => {
  const pages = 16_777_217;
  const workload = { kind: "vm", access: "alloc-free" } as const;
  const { memory } = bareRun({ backend: "bypass", drives: 1, workload }, END_PS).system;
  const region = memory.createRegion({ pages, residentMax: pages, backing: "anonymous" });
  region.prefill(pages);
  expect([region.isResident(pages - 1), region.freeFrames]).toEqual([true, 0]);
});

describe("a missing shootdown", () => {
  /** Backends that tell other cores at all. */
  const flushing = EXPLICIT.filter(
    (id) => findBackend(id).memory.traits.translation === "hardware",
  );

  it.each(flushing)("on %s is caught by a stale read", (backend) => {
    let machine: BareRun["machine"] | undefined;
    const plant = (isFault: boolean): number => {
      if (isFault) {
        // Only the core that releases forgets; the others are not told.
        const own = ({ core }: Thread): SystemTask => {
          machine?.mmu.tlbOf(core).invalidateAll();
          return [][Symbol.iterator]() as unknown as SystemTask;
        };
        vi.spyOn(AddressSpace.prototype, "flush").mockImplementation(own);
      }
      let stale = 0;
      for (let seed = 0; seed < 24; seed++) {
        const { store, run } = exercise(backend, {}, seed, 200);
        machine = run.machine;
        spentUntil(run, END_PS);
        stale += store.stale.length;
      }
      return stale;
    };
    expect(plant(false)).toBe(0);
    expect(plant(true)).toBeGreaterThan(0);
  });
});
