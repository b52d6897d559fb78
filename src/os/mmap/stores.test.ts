/** Do stores through a file mapping reach the drives, and come back? */
import { afterEach, describe, expect, it, vi } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { SparseMedia } from "../../hardware/nvme/media.ts";
import {
  IO_MEDIA_ERROR,
  IO_OK,
  IO_WRITE_FAULT,
  type IoStatus,
} from "../../hardware/nvme/status.ts";
import { DRIVES, FRAMES, MappedBytes, PAGES, START_BYTES } from "../../testing/mapped-bytes.ts";
import { Volume } from "../kernel/memory/volume.ts";
import { RequestPath } from "../kernel/request-path.ts";
import {
  CATCH_UP,
  CAUSE,
  type Media,
  PAGE_BYTES,
  type SystemTask,
  type Thread,
  type ThreadTask,
} from "../model.ts";

const THREADS = 3;
/** A page more than a tenth of memory. */
const DIRTIED = Math.floor(FRAMES / 10) + 1;

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
      if (stores?.mustWait(thread) === true) yield* stores.awaitCleaning(thread);
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
  /** Every thread brings pages of its own into memory, and then stores to all of them. */
  const storeTo = (file: MappedBytes, pages: number) =>
    function* (thread: Thread, index: number): ThreadTask {
      const { stores } = file.region;
      const own = Array.from({ length: pages }, (_, page) => index * pages + page);
      for (const page of own) yield* file.load(thread, page);
      for (const page of own) {
        file.store(thread, page, 1);
        if (stores?.mustWait(thread) === true) yield* stores.awaitCleaning(thread);
        if (thread.isAhead()) yield CATCH_UP;
      }
    };

  /** The most pages that were dirty at a time. */
  function mostDirty(file: MappedBytes, pages: number): number {
    let most = 0;
    const { cache } = file.region;
    const { onDirty } = cache;
    cache.onDirty = (core) => {
      most = Math.max(most, cache.dirtyPages.size);
      onDirty(core);
    };
    file.perform(storeTo(file, pages));
    return most;
  }

  it("writes unasked what is above a tenth of memory", () => {
    const file = new MappedBytes(1);
    expect(mostDirty(file, 150)).toBeGreaterThan(FRAMES / 10);
    expect(file.region.stores!.written).toBeGreaterThan(100);
  });

  it.each([1, 3])("slows stores of %d threads to its own pace halfway to a fifth", (threads) => {
    const most = mostDirty(new MappedBytes(threads), 150 / threads);
    const ceiling = Math.floor((FRAMES / 10 + FRAMES / 5) / 2);
    expect(most).toBeGreaterThan(ceiling);
    // A dirtier looks every few pages; far from a fifth of 256.
    expect(most).toBeLessThanOrEqual(ceiling + 3 * threads);
  });

  it("lets nobody dirty more above a fifth", () => {
    const threads = 50;
    const most = mostDirty(new MappedBytes(threads), 150 / threads);
    expect(most).toBeGreaterThan(FRAMES / 5);
    // Each may have begun to store.
    expect(most).toBeLessThanOrEqual(FRAMES / 5 + threads);
  });

  it("begins at half of the limit where it was to begin above it", () => {
    const file = new MappedBytes(1, { dirty_background_ratio: 30, dirty_ratio: 20 });
    expect(mostDirty(file, 150)).toBeLessThanOrEqual(FRAMES / 5);
    expect(file.region.stores!.written).toBeGreaterThan(100);
  });

  it("writes for those who wait where it does not begin by itself", () => {
    const file = new MappedBytes(1, { dirty_background_ratio: 100, dirty_ratio: 20 });
    expect(mostDirty(file, 150)).toBeLessThanOrEqual(FRAMES / 5 + 1);
    expect(file.region.stores!.written).toBeGreaterThan(90);
  });

  it("leaves everything to msync where dirty_background_ratio is 100", () => {
    const file = new MappedBytes(1, { dirty_background_ratio: 100, dirty_ratio: 100 });
    file.perform(storeTo(file, 150));
    expect(file.region.stores!.written).toBe(0);
  });
});

/** Stores to just so many pages that the flusher takes them, and returns while it writes. */
function* storeUntilFlushed(file: MappedBytes, thread: Thread): SystemTask {
  const { dirtyPages } = file.region.cache;
  for (let page = 0; page < DIRTIED; page++) {
    yield* file.load(thread, page);
    file.store(thread, page, page + 1);
  }
  expect(dirtyPages.size).toBe(DIRTIED);
  for (let looks = 0; dirtyPages.size > 0 && looks < 1_000; looks++) {
    thread.core.charge(CAUSE.application, 100_000);
    yield CATCH_UP;
  }
  expect(dirtyPages.size).toBe(0);
}

it("is not over, an msync, before what the flusher has begun to write is on the drives", () => {
  const file = new MappedBytes(1);
  file.perform(function* (thread) {
    yield* storeUntilFlushed(file, thread);
    expect(yield* file.sync(thread)).toBe(IO_OK);
    for (let page = 0; page < DIRTIED; page++) expect(file.onDrive(page)).toBe(page + 1);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

it("what a full queue pair refused goes down when there is room; no buffer is kept", () => {
  const addOwner = vi.spyOn(RequestPath.prototype, "addOwner");
  const file = new MappedBytes(1);
  const owners = addOwner.mock.calls.map(([owner]) => owner);
  const { commands } = file.run.machine.array;
  const [held, letGo] = [vi.spyOn(commands, "hold"), vi.spyOn(commands, "letGo")];
  const send = vi.spyOn(RequestPath.prototype, "send");
  const refusedOnce = function* (call: SystemTask<unknown>, { core }: Thread): SystemTask {
    const before = send.mockReturnValueOnce(false).mock.calls.length;
    for (let step = call.next(); step.done !== true; step = call.next()) {
      if (send.mock.calls.length === before + 1) {
        for (const owner of owners) owner.roomAgain(core.cursorPs, core);
      }
      yield step.value;
    }
    expect(send.mock.calls.length).toBe(before + 2);
  };
  file.perform(function* (thread) {
    yield* refusedOnce(file.load(thread, 5), thread);
    file.store(thread, 5, 9);
    yield* refusedOnce(file.sync(thread), thread);
  });
  expect(file.onDrive(5)).toBe(9);
  expect(letGo.mock.calls.length).toBe(held.mock.calls.length);
});

it("tell the media where they may be written any time, and what", () => {
  const told: string[] = [];
  class Told extends SparseMedia implements Media {
    mayBeWritten(drive: number, offset: number, bytes: Uint8Array): void {
      told.push(`${drive} ${offset} ${bytes[3]}`);
    }
  }
  const file = new MappedBytes(1, {}, new Told(DRIVES));
  const volume = new Volume(DRIVES, START_BYTES);
  const pages = [0, PAGES - 1];
  file.perform(function* (thread) {
    for (const page of pages) {
      yield* file.load(thread, page);
      file.store(thread, page, 9);
    }
  });
  const drives = pages.map((page) => volume.driveOf(page));
  expect(new Set(drives).size).toBe(DRIVES);
  expect(told).toEqual(pages.map((page, at) => `${drives[at]} ${volume.offsetOf(page)} 9`));
});

it("costs a system call, an msync of nothing", () => {
  const file = new MappedBytes(1);
  file.perform(function* (thread) {
    const beganPs = thread.core.cursorPs;
    yield* file.sync(thread);
    expect(thread.core.cursorPs - beganPs).toBe(file.run.costsPs["kernel.systemCall"]);
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

it("tells the next msync, and no other, what the flusher could not write", () => {
  const file = new MappedBytes(1, {}, new Refusing(DRIVES));
  file.perform(function* (thread) {
    yield* storeUntilFlushed(file, thread);
    expect(yield* file.sync(thread)).toBe(IO_WRITE_FAULT);
    expect(yield* file.sync(thread)).toBe(IO_OK);
  });
});

it("tells an msync of several failed writes the last", () => {
  const media = new SparseMedia(DRIVES);
  const file = new MappedBytes(1, {}, media);
  let writes = 0;
  media.write = () => (++writes === 1 ? IO_MEDIA_ERROR : IO_WRITE_FAULT);
  file.perform(function* (thread) {
    for (const page of [3, 4]) {
      yield* file.load(thread, page);
      file.store(thread, page, 1);
    }
    expect(yield* file.sync(thread)).toBe(IO_WRITE_FAULT);
    expect([writes, yield* file.sync(thread)]).toEqual([2, IO_OK]);
  });
});
