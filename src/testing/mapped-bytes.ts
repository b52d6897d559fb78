/** A mapped file in real bytes that threads load from and store to, for tests. */
import { expect } from "vitest";
import { type Media, SparseMedia } from "../hardware/nvme/media.ts";
import { DIRTY, NO_FRAME } from "../os/kernel/memory/page-frames.ts";
import { Volume } from "../os/kernel/memory/volume.ts";
import { FileRegion } from "../os/mmap/memory/file-region.ts";
import {
  type AccessHint,
  MISS,
  PAGE_BYTES,
  type SystemTask,
  type Thread,
  type ThreadTask,
} from "../os/model.ts";
import type { OptionValues } from "../os/options.ts";
import { bareRun } from "./bare-run.ts";

/** Frames of memory, and pages of the file. */
export const FRAMES = 256;
export const PAGES = 1_024;
export const START_BYTES = 1_048_576;
export const DRIVES = 2;
const END_PS = 900_000_000_000;

/** A file in real bytes that threads store to; what each page should hold. */
export class MappedBytes {
  readonly run;
  readonly region: FileRegion;
  readonly expected = new Uint32Array(PAGES);
  readonly bytes = Array.from({ length: PAGES }, () => new Uint8Array(PAGE_BYTES));
  ended = 0;
  readonly #threads: number;

  constructor(
    threads: number,
    options: OptionValues = {},
    media?: Media,
    hint: AccessHint = "random",
    set: Readonly<Record<string, number>> = {},
  ) {
    this.#threads = threads;
    const spec = {
      drives: DRIVES,
      backend: "mmap",
      options: { machine_memory_gib: 1, ...options },
      set: { ...set },
      workload: { kind: "engine", buffer: "mmap", threads } as const,
    };
    this.run = bareRun(spec, END_PS);
    this.run.machine.array.media = media ?? new SparseMedia(DRIVES);
    const region = this.run.system.memory.createRegion({
      pages: PAGES,
      residentMax: FRAMES,
      backing: "file",
      hint,
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
