/** Do stores through a file mapping reach the drives, and come back? */
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { SparseMedia } from "../../hardware/nvme/media.ts";
import { IO_OK, IO_WRITE_FAULT, type IoStatus } from "../../hardware/nvme/status.ts";
import { bareRun } from "../../testing/bare-run.ts";
import { DIRTY, NO_FRAME } from "../kernel/memory/page-frames.ts";
import { PAGE_BYTES, Volume } from "../kernel/memory/volume.ts";
import {
  CATCH_UP,
  type Media,
  MISS,
  type SystemTask,
  type Thread,
  type ThreadTask,
} from "../model.ts";
import { FileRegion } from "./memory/file-region.ts";

const FRAMES = 256;
const PAGES = 1_024;
const START_BYTES = 1_048_576;
const DRIVES = 2;
const END_PS = 900_000_000_000;

/** A file in real bytes that threads store to; what each page should hold. */
class MappedBytes {
  readonly run;
  readonly region: FileRegion;
  readonly expected = new Uint32Array(PAGES);
  readonly bytes = Array.from({ length: PAGES }, () => new Uint8Array(PAGE_BYTES));
  ended = 0;
  readonly #threads: number;

  constructor(threads: number, options: Record<string, number> = {}, media?: Media) {
    this.#threads = threads;
    const spec = {
      drives: DRIVES,
      backend: "mmap",
      options: { machine_memory_gib: 1, ...options },
      workload: { kind: "engine", buffer: "mmap", threads } as const,
    };
    this.run = bareRun(spec, END_PS);
    this.run.machine.array.media = media ?? new SparseMedia(DRIVES);
    const region = this.run.system.memory.createRegion({
      pages: PAGES,
      residentMax: FRAMES,
      backing: "file",
      hint: "random",
      scale: 1 / 64,
      startBytes: START_BYTES,
      content: { bytesOf: (page) => this.bytes[page] },
    });
    if (!(region instanceof FileRegion)) throw new TypeError("mmap maps files");
    this.region = region;
  }

  /** Lets one thread after the other run `body`, and everything to its end. */
  perform(body: (thread: Thread, index: number) => ThreadTask): void {
    const { system, simulation } = this.run;
    const all = (self: MappedBytes, index: number) =>
      function* (thread: Thread): ThreadTask {
        system.memory.attach(thread);
        yield* body(thread, index);
        self.ended += 1;
      };
    for (let index = 0; index < this.#threads; index++) {
      system.scheduler.spawn(index, all(this, index));
    }
    while (this.ended < this.#threads && simulation.step());
    expect(this.ended).toBe(this.#threads);
  }

  /** What a load of the page's first word finds. */
  *load(thread: Thread, page: number): SystemTask<number> {
    while (this.region.tryAccess(thread.core, page, false) === MISS) {
      yield* this.region.fault(thread, page, false);
    }
    return this.#word(page).getUint32(0);
  }

  /** Stores to a page that has just been loaded. */
  store(thread: Thread, page: number, value: number): void {
    this.region.beforeStore(thread.core, page);
    this.expected[page] = value;
    this.#word(page).setUint32(0, value);
    this.region.stores?.happened(page);
  }

  *sync(thread: Thread): SystemTask<number> {
    return yield* this.region.stores!.sync(thread);
  }

  isDirty(page: number): boolean {
    const { index, frames } = this.region.cache;
    const frame = index.find(page);
    return frame !== NO_FRAME && (frames.flags[frame]! & DIRTY) !== 0;
  }

  /** The page's first word on its drive. */
  onDrive(page: number): number {
    const volume = new Volume(DRIVES, START_BYTES);
    const found = new Uint8Array(4);
    this.run.machine.array.media?.read(volume.driveOf(page), volume.offsetOf(page), 4, found);
    return new DataView(found.buffer).getUint32(0);
  }

  #word(page: number): DataView {
    return new DataView(this.bytes[page]!.buffer);
  }
}

const THREADS = 3;

/** Threads load and store at random while memory is full; returns how many loads were wrong. */
function wrongLoads(file: MappedBytes, accesses = 1_500): number {
  let wrong = 0;
  file.perform(function* (thread, index) {
    const random = new RandomStream(3, `stores ${index}`);
    for (let count = 0; count < accesses; count++) {
      // Every thread has pages of its own, so that it knows what they hold.
      const page = random.below(Math.floor(PAGES / THREADS)) * THREADS + index;
      if ((yield* file.load(thread, page)) !== file.expected[page]) wrong += 1;
      if (random.below(3) === 0) file.store(thread, page, random.below(1e9));
      const { stores } = file.region;
      if (stores?.isOverLimit() === true) yield* stores.awaitLess(thread);
      if (count % 500 === 499) expect(yield* file.sync(thread)).toBe(IO_OK);
      if (thread.isAhead()) yield CATCH_UP;
    }
  });
  return wrong;
}

describe("stores through a file mapping", () => {
  it("come back after their pages were written and evicted", () => {
    const file = new MappedBytes(THREADS);
    expect(wrongLoads(file)).toBe(0);
    expect(file.run.system.memory.counters.released).toBeGreaterThan(1_000);
    expect(file.region.stores!.written).toBeGreaterThan(500);
  });

  it.each(["protect", "flushInStep"] as const)("are lost if write-back forgets: %s", (step) => {
    const file = new MappedBytes(THREADS);
    Object.assign(file.region.cache.mapper, { [step]: () => {} });
    expect(wrongLoads(file)).toBeGreaterThan(0);
  });

  it("are on the drives after msync", () => {
    const file = new MappedBytes(1);
    file.perform(function* (thread) {
      for (let page = 0; page < 20; page++) {
        yield* file.load(thread, page);
        file.store(thread, page, page + 1);
      }
      expect(file.onDrive(7)).toBe(0);
      expect(yield* file.sync(thread)).toBe(IO_OK);
    });
    for (let page = 0; page < 20; page++) expect(file.onDrive(page)).toBe(page + 1);
    expect(file.region.stores!.written).toBe(20);
  });

  it("fault once until the page is written, and go on while it is", () => {
    const file = new MappedBytes(1);
    const { counters } = file.run.system.memory;
    file.perform(function* (thread) {
      const faultsOf = (value: number): number => {
        const before = counters.faults;
        file.store(thread, 5, value);
        return counters.faults - before;
      };
      yield* file.load(thread, 5);
      expect([faultsOf(1), faultsOf(2)]).toEqual([1, 0]);
      const syncing = file.sync(thread);
      for (let wait = syncing.next(); wait.done !== true; wait = syncing.next()) {
        if (!file.isDirty(5)) expect([faultsOf(3), file.isDirty(5)]).toEqual([1, true]);
        yield wait.value;
      }
      expect(file.onDrive(5)).toBe(2);
      yield* file.sync(thread);
      expect(file.onDrive(5)).toBe(3);
    });
  });
});

describe("the flusher", () => {
  const storeTo = (file: MappedBytes, pages: number) =>
    function* (thread: Thread): ThreadTask {
      for (let page = 0; page < pages; page++) {
        yield* file.load(thread, page);
        file.store(thread, page, 1);
        const { stores } = file.region;
        if (stores?.isOverLimit() === true) yield* stores.awaitLess(thread);
        if (thread.isAhead()) yield CATCH_UP;
      }
    };

  it("writes unasked what is above a tenth of memory; above a fifth nobody may dirty more", () => {
    const file = new MappedBytes(1);
    let most = 0;
    const { cache } = file.region;
    const { onDirty } = cache;
    cache.onDirty = (atPs) => {
      most = Math.max(most, cache.dirtyPages.size);
      onDirty(atPs);
    };
    file.perform(storeTo(file, 150));
    expect(file.region.stores!.written).toBeGreaterThan(100);
    expect(most).toBeGreaterThan(FRAMES / 10);
    expect(most).toBeLessThanOrEqual(FRAMES / 5 + 1);
  });

  it("leaves everything to msync where dirty_background_ratio is 100", () => {
    const file = new MappedBytes(1, { dirty_background_ratio: 100, dirty_ratio: 100 });
    file.perform(storeTo(file, 150));
    expect(file.region.stores!.written).toBe(0);
  });
});

/** Media that refuse to write one page of drive 0. */
class Refusing extends SparseMedia {
  override write(...[drive, offset, bytes, from]: Parameters<Media["write"]>): IoStatus {
    const isHit = drive === 0 && offset === START_BYTES + 5 * PAGE_BYTES;
    return isHit ? IO_WRITE_FAULT : super.write(drive, offset, bytes, from);
  }
}

it("drops what could not be written: one msync hears of it, then the old bytes return", () => {
  const file = new MappedBytes(1, {}, new Refusing(DRIVES));
  file.perform(function* (thread) {
    yield* file.load(thread, 5);
    file.store(thread, 5, 9);
    expect(yield* file.sync(thread)).toBe(IO_WRITE_FAULT);
    expect(yield* file.sync(thread)).toBe(IO_OK);
    for (let page = 100; page < 100 + 3 * FRAMES; page++) {
      yield* file.load(thread, page);
      if (thread.isAhead()) yield CATCH_UP;
    }
    expect(file.region.isResident(5)).toBe(false);
    expect(yield* file.load(thread, 5)).toBe(0);
  });
});
