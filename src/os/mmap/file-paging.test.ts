/** Do madvise(MADV_WILLNEED), mlock and mincore do what they say, and no more? */
import { expect, it } from "vitest";
import { SparseMedia } from "../../hardware/nvme/media.ts";
import { spentUntil } from "../../testing/bare-run.ts";
import { DRIVES, FRAMES, MappedBytes, PAGES, START_BYTES } from "../../testing/mapped-bytes.ts";
import { BUFFERS, EVICTING, MLOCKED, NO_FRAME } from "../kernel/memory/page-frames.ts";
import { RECLAIM_BATCH } from "../kernel/memory/reclaim.ts";
import { Volume } from "../kernel/memory/volume.ts";
import { type AccessHint, CATCH_UP, CAUSE, type SystemTask, type Thread } from "../model.ts";

const END_PS = 900_000_000_000;

/** Touches every page from `first` on: far more than memory holds. */
function* scan(file: MappedBytes, thread: Thread, first: number): SystemTask {
  for (let page = first; page < PAGES; page++) {
    yield* file.load(thread, page);
    if (thread.isAhead()) yield CATCH_UP;
  }
}

/** Locks the first `count` pages, scans the others, and says which of the first are still there. */
function afterScan(file: MappedBytes, count: number): boolean[] {
  const { paging } = file.region;
  let found: boolean[] = [];
  file.perform(function* (thread) {
    for (let page = 0; page < count; page++) yield* paging.lock(thread, page);
    yield* scan(file, thread, count);
    found = Array.from({ length: count }, (_, page) => paging.isInCore(thread, page));
  });
  return found;
}

it("MADV_WILLNEED sends reads and waits for none; touching the pages then waits less", () => {
  const waits = [false, true].map((isAnnounced) => {
    const file = new MappedBytes(1);
    const { paging } = file.region;
    let calledPs = 0;
    let touchedPs = 0;
    file.perform(function* (thread) {
      const { core } = thread;
      const startPs = core.cursorPs;
      if (isAnnounced) yield* paging.willNeed(thread, 10, 32);
      calledPs = core.cursorPs - startPs;
      for (let page = 10; page < 42; page++) yield* file.load(thread, page);
      touchedPs = core.cursorPs - startPs;
    });
    return { calledPs, touchedPs };
  });
  const [alone, announced] = waits;
  expect(announced!.calledPs).toBeLessThan(60_000_000);
  expect(announced!.touchedPs).toBeLessThan(0.2 * alone!.touchedPs);
});

it("a page that is read alone gets buffer heads, on the drive's block device", () => {
  const file = new MappedBytes(1);
  const { index, frames } = file.region.cache;
  file.perform(function* (thread) {
    yield* file.load(thread, 3);
  });
  expect(frames.flags[index.find(3)]! & BUFFERS).not.toBe(0);
});

it("a window that lies on two drives of a RAID is read from both", () => {
  const media = new SparseMedia(DRIVES);
  const file = new MappedBytes(1, { read_ahead_kb: 128 }, media, "normal");
  const volume = new Volume(DRIVES, START_BYTES);
  for (let page = 0; page < PAGES; page++) {
    const bytes = Uint8Array.of(page >> 8, page & 255, 0, 0);
    media.write(volume.driveOf(page), volume.offsetOf(page), 4, bytes);
  }
  let border = 1;
  while (volume.driveOf(border) === volume.driveOf(border - 1)) border += 1;
  const found: number[] = [];
  file.perform(function* (thread) {
    for (let page = border - 8; page < border + 8; page++) {
      found.push((yield* file.load(thread, page)) >>> 16);
    }
  });
  expect(found).toEqual(Array.from({ length: 16 }, (_, index) => border - 8 + index));
  expect(file.run.machine.array.drives.map(({ completions }) => completions)).toEqual([1, 1]);
});

it("whoever waits for a page is woken when it is there, each at a wake-up's cost", () => {
  const wakeUps = [1, 3].map((threads) => {
    const file = new MappedBytes(threads);
    file.perform(function* (thread) {
      yield* file.load(thread, 3);
    });
    expect(file.run.machine.array.drives.map(({ completions }) => completions)).toContain(1);
    return spentUntil(file.run, 900_000_000_000).wakeUp / file.run.costsPs["kernel.wakeUp"]!;
  });
  expect(wakeUps).toEqual([1, 3]);
});

it("each further page of a window has its part of the bio and its end of I/O", () => {
  const spent = (hint: AccessHint) => {
    const file = new MappedBytes(1, { read_ahead_kb: 128 }, undefined, hint);
    file.perform(function* (thread) {
      yield* file.load(thread, 20);
    });
    const { costsPs } = file.run;
    return { costsPs, ...spentUntil(file.run, 900_000_000_000) };
  };
  const [alone, window] = [spent("random"), spent("normal")];
  const { costsPs } = alone;
  expect(window.completion - alone.completion).toBe(31 * costsPs["kernel.pageIoEnd"]!);
  expect(window.blockLayer - alone.blockLayer).toBe(
    31 * costsPs["kernel.bioNextPage"]! - costsPs["kernel.bufferHead"]!,
  );
});

it("a page with a mark is not mapped with its neighbours: whoever meets it starts a window", () => {
  const file = new MappedBytes(1, { read_ahead_kb: 128 }, undefined, "sequential");
  const { index } = file.region.cache;
  const isOnItsWay: boolean[] = [];
  file.perform(function* (thread) {
    for (let page = 0; page <= 32; page++) {
      // All that has been asked for is there before the next page is touched.
      for (let looks = 0; looks < 20; looks++) {
        thread.core.charge(CAUSE.application, 100_000_000);
        yield CATCH_UP;
      }
      yield* file.load(thread, page);
      if (page >= 31) isOnItsWay.push(index.find(64) !== NO_FRAME);
    }
  });
  expect(isOnItsWay).toEqual([false, true]);
});

it("MADV_WILLNEED beyond the end of the file asks for what there is", () => {
  const file = new MappedBytes(1);
  file.perform(function* (thread) {
    yield* file.region.paging.willNeed(thread, PAGES - 2, 100);
    yield* file.load(thread, PAGES - 1);
  });
  expect(file.region.cache.index.size).toBe(2);
});

it("mincore says what is in memory at this moment", () => {
  const file = new MappedBytes(1);
  const { paging } = file.region;
  const answers: boolean[] = [];
  file.perform(function* (thread) {
    answers.push(paging.isInCore(thread, 3));
    yield* file.load(thread, 3);
    answers.push(paging.isInCore(thread, 3));
    yield* scan(file, thread, 4);
    answers.push(paging.isInCore(thread, 3));
  });
  expect(answers).toEqual([false, true, false]);
});

it("mlock keeps pages in memory through a scan of four times as much", () => {
  const file = new MappedBytes(1);
  expect(afterScan(file, 64)).toEqual(new Array(64).fill(true));
  const { index, frames } = file.region.cache;
  expect(frames.freeCount + index.size).toBe(FRAMES);
});

it("mlock marks no page that is on its way out, though it is mapped", () => {
  const file = new MappedBytes(1);
  const { frames, index } = file.region.cache;
  const isMarked = (): boolean => (frames.flags[index.find(7)]! & MLOCKED) !== 0;
  file.perform(function* (thread) {
    yield* file.load(thread, 7);
    const frame = index.find(7);
    frames.io[frame] = EVICTING;
    const locking = file.region.paging.lock(thread, 7);
    for (let looks = 0; looks < 10; looks++) {
      const wait = locking.next();
      expect([wait.done, isMarked()]).toEqual([false, false]);
      if (wait.done !== true) yield wait.value;
    }
    frames.io[frame] = 0;
    yield* locking;
    expect(isMarked()).toBe(true);
  });
});

it("is caught when reclaim does not look at the lock", () => {
  const file = new MappedBytes(1);
  const { flags } = file.region.cache.frames;
  const { paging } = file.region;
  const { lock } = paging;
  paging.lock = function* (thread, page) {
    yield* lock.call(paging, thread, page);
    flags[file.region.cache.index.find(page)]! &= ~MLOCKED;
  };
  expect(afterScan(file, 64)).not.toContain(true);
});

it("mlock does not keep a page from being written", () => {
  const file = new MappedBytes(1);
  const { paging } = file.region;
  file.perform(function* (thread) {
    yield* paging.lock(thread, 7);
    file.store(thread, 7, 4_711);
    expect(yield* file.sync(thread)).toBe(0);
  });
  expect(file.onDrive(7)).toBe(4_711);
  expect(file.region.isResident(7)).toBe(true);
});

/** Of 8 GiB in a 64th: frames between the watermarks are more than a batch of reclaim. */
const WIDE = { machine_memory_gib: 8 };

it("kswapd sleeps until `low` frames are free, and then reclaims until `high` are", () => {
  const file = new MappedBytes(1, WIDE);
  const { cache } = file.region;
  const { counters } = file.run.system.memory;
  const { low, high } = cache.watermarks;
  file.perform(function* (thread) {
    let page = 0;
    for (; cache.freeFrames > low; page++) yield* file.load(thread, page);
    expect(counters.scanned).toBe(0);
    yield* file.load(thread, page);
    for (let looks = 0; looks < 10_000; looks++) {
      thread.core.charge(CAUSE.application, 100_000);
      yield CATCH_UP;
    }
  });
  expect(cache.freeFrames).toBeGreaterThanOrEqual(high);
  expect(cache.freeFrames).toBeLessThan(high + RECLAIM_BATCH);
  expect(counters.releasedDirectly).toBe(0);
  expect(counters.backgroundPs).toBeGreaterThan(0);
});

it("each kswapd is woken, and reclaims on a core of its own behind the workload's", () => {
  const file = new MappedBytes(1, { ...WIDE, kswapds: 2 });
  file.perform(function* (thread) {
    yield* scan(file, thread, 600);
  });
  const { simulation, machine, system } = file.run;
  simulation.runUntil(END_PS);
  system.scheduler.settle(END_PS);
  const reclaims = machine.cores.map((core) => core.rowBetween(0, 1)[CAUSE.reclaim]! > 0);
  expect(reclaims.slice(1, 4)).toEqual([true, true, false]);
});

it("a thread that would take one of the last `min` frames reclaims some itself", () => {
  const file = new MappedBytes(1, WIDE);
  const { cache } = file.region;
  const { counters } = file.run.system.memory;
  cache.onLow = () => undefined;
  let leastFree = FRAMES;
  file.perform(function* (thread) {
    for (let page = 0; page < PAGES; page++) {
      yield* file.load(thread, page);
      leastFree = Math.min(leastFree, cache.freeFrames);
      if (thread.isAhead()) yield CATCH_UP;
    }
  });
  // What the kernel takes for its tables it takes from the rest.
  expect(leastFree).toBeGreaterThan(cache.watermarks.min - 3);
  expect(leastFree).toBeLessThan(cache.watermarks.low);
  expect(counters.releasedDirectly).toBe(counters.released);
  expect(counters.backgroundPs).toBe(0);
});

it("tables of pages and nodes of the file's tree take memory, too", () => {
  const file = new MappedBytes(1);
  const { cache } = file.region;
  const taken: number[] = [];
  file.perform(function* (thread) {
    for (const page of [0, 1, 600]) {
      yield* file.load(thread, page);
      taken.push(cache.frames.freeCount - cache.freeFrames);
    }
  });
  // Four levels of tables, one more at the lowest for page 600; seven nodes fit into a page.
  expect(taken).toEqual([4 + 1, 4 + 1, 5 + 1]);
});
