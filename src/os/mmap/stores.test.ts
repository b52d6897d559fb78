/** Do stores through a file mapping reach the drives, and come back? */
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { SparseMedia } from "../../hardware/nvme/media.ts";
import { bareRun } from "../../testing/bare-run.ts";
import { CATCH_UP, type MemoryRegion, MISS, type Thread, type ThreadTask } from "../model.ts";
import { FileRegion } from "./memory/file-region.ts";

const FRAMES = 256;
const PAGES = 1_024;
const THREADS = 3;
const ACCESSES = 1_500;
const END_PS = 900_000_000_000;

/** A file that threads read and store to while memory is full; what each page should hold. */
class Stores {
  readonly run = bareRun(
    {
      drives: 2,
      backend: "mmap",
      options: { machine_memory_gib: 1 },
      workload: { kind: "engine", buffer: "mmap", threads: THREADS },
    },
    END_PS,
  );
  readonly region: MemoryRegion;
  readonly expected = new Uint32Array(PAGES);
  wrong = 0;
  evicted = 0;
  ended = 0;
  readonly #pages = Array.from({ length: PAGES }, () => new Uint8Array(4_096));

  constructor() {
    const { system, machine } = this.run;
    machine.array.media = new SparseMedia(2);
    this.region = system.memory.createRegion({
      pages: PAGES,
      residentMax: FRAMES,
      backing: "file",
      hint: "random",
      scale: 1 / 64,
      startBytes: 1_048_576,
      content: { bytesOf: (page) => this.#pages[page] },
    });
    for (let index = 0; index < THREADS; index++) {
      system.scheduler.spawn(index, (thread) => this.#body(thread, index));
    }
  }

  perform(): void {
    while (this.ended < THREADS && this.run.simulation.step());
    this.evicted = this.run.system.memory.counters.released;
  }

  *#body(thread: Thread, index: number): ThreadTask {
    const { region } = this;
    const random = new RandomStream(3, `stores ${index}`);
    this.run.system.memory.attach(thread);
    for (let count = 0; count < ACCESSES; count++) {
      // Every thread has pages of its own, so that it knows what they hold.
      const page = random.below(Math.floor(PAGES / THREADS)) * THREADS + index;
      while (region.tryAccess(thread.core, page, false) === MISS) {
        yield* region.fault(thread, page, false);
      }
      const view = new DataView(this.#pages[page]!.buffer);
      if (view.getUint32(0) !== this.expected[page]) this.wrong += 1;
      if (random.below(3) === 0) {
        region.beforeStore(thread.core, page);
        this.expected[page] = random.below(1e9);
        view.setUint32(0, this.expected[page]!);
        region.stores?.happened(page);
      }
      if (region.stores?.isOverLimit() === true) yield* region.stores.awaitLess(thread);
      if (count % 500 === 499) yield* this.#sync(thread);
      if (thread.isAhead()) yield CATCH_UP;
    }
    this.ended += 1;
  }

  *#sync(thread: Thread): ThreadTask {
    const status = yield* this.region.stores!.sync(thread);
    if (status !== 0) this.wrong += 1;
  }
}

describe("stores through a file mapping", () => {
  it("come back after their pages were written and evicted", () => {
    const stores = new Stores();
    stores.perform();
    expect(stores.ended).toBe(THREADS);
    expect(stores.evicted).toBeGreaterThan(1_000);
    expect(stores.wrong).toBe(0);
  });

  it("are lost, and noticed, when write-back forgets to protect pages", () => {
    const stores = new Stores();
    if (!(stores.region instanceof FileRegion)) throw new TypeError("mmap maps files");
    const { mapper, frames } = stores.region.cache;
    // A page that stays writable is dirty without anybody knowing.
    Object.assign(mapper, { protect: () => {}, isWritable: () => true });
    const { flags } = frames;
    Object.assign(stores.region.mapping, {
      makeWritable: (_core: unknown, page: number) => {
        const frame = stores.region instanceof FileRegion && stores.region.cache.index.find(page);
        if (typeof frame === "number" && (flags[frame]! & 8) === 0) flags[frame]! |= 0;
      },
    });
    stores.perform();
    expect(stores.wrong).toBeGreaterThan(0);
  });
});
