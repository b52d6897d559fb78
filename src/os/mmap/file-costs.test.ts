/** Is what a call on a cached file costs the sum of its steps, and of lines that have to come? */
import { describe, expect, it } from "vitest";
import { CAUSE, CAUSES } from "../../hardware/cpu/ledger.ts";
import { bareRun, STEADY_DRIVES, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import { type MemoryRegion, MISS } from "../memory-model.ts";
import { PAGE_BYTES, type SystemTask, type Thread } from "../model.ts";

const US = 1_000_000;
const END_PS = 20_000 * US;

type Step = (region: MemoryRegion, thread: Thread, page: number) => SystemTask<unknown> | undefined;

function* load(region: MemoryRegion, thread: Thread, page: number): SystemTask {
  while (region.tryAccess(thread.core, page, false) === MISS) {
    yield* region.fault(thread, page, false);
  }
}

const STEPS = {
  nothing: () => undefined,
  load,
  loadOther: (region, thread, page) => load(region, thread, page + 64),
  store: (region, { core }, page) => {
    region.beforeStore(core, page);
    return undefined;
  },
  willNeed: (region, thread, page) => region.paging!.willNeed(thread, page, 1),
  lock: (region, thread, page) => region.paging!.lock(thread, page),
  inCore: (region, thread, page) => {
    region.paging!.isInCore(thread, page);
    return undefined;
  },
  read: (region, thread, page) => region.reads!.read(thread, page),
  readOther: (region, thread, page) => region.reads!.read(thread, page + 64),
} satisfies Record<string, Step>;
type StepName = keyof typeof STEPS;

const pauseUntil = (thread: Thread, atPs: number) =>
  ({
    kind: "compute",
    remainingPs: atPs - thread.core.cursorPs,
    cause: CAUSE.application,
  }) as const;

/** What software takes for `steps` on core 0, a millisecond apart, after core 1 has done them. */
function softwarePs(steps: readonly StepName[], drives: number) {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "mmap",
      drives,
      options: { machine_memory_gib: 1 },
      set: { ...STEADY_DRIVES, "cpu.idleExit": 0, "kernel.tick": 0 },
      workload: { kind: "engine", buffer: "mmap", threads: 2 },
    },
    END_PS,
  );
  const isRead = steps.includes("read");
  const bytes = new Uint8Array(PAGE_BYTES);
  const region = run.system.memory.createRegion({
    pages: 8_192,
    residentMax: 4_096,
    backing: "file",
    hint: "random",
    scale: 1 / 64,
    isRead,
    ...(!isRead && { content: { bytesOf: () => bytes } }),
  });
  [1_000, 100].forEach((first, core) => {
    run.system.scheduler.spawn(core, function* (self) {
      run.system.memory.attach(self);
      for (let place = 0; place < steps.length; place++) {
        yield pauseUntil(self, (place * 1_000 + (core === 0 ? 500 : 100)) * US);
        yield* STEPS[steps[place]!](region, self, first) ?? [];
      }
      yield pauseUntil(self, END_PS - 10);
    });
  });
  spentUntil(run, END_PS);
  const row = run.machine.cores[0]!.rowBetween(0, 1);
  const waits: readonly number[] = [CAUSE.idle, CAUSE.application, CAUSE.addressTranslation];
  const tookPs = CAUSES.reduce((sum, _, at) => sum + (waits.includes(at) ? 0 : row[at]!), 0);
  return { tookPs, costsPs: run.costsPs, linePs: run.machine.lineTransfer.farPs };
}

const FAULT = ["kernel.fileFault", "kernel.mapFilePage"];
const DOWN = ["kernel.bio", "kernel.blockLayer", "kernel.driver"];
/** A page that is not in the cache: a frame, its place, its buffer head, its read, and sleep. */
const MISS_STEPS = [
  ...["kernel.cacheLookup", "kernel.allocateFilePage", "kernel.cacheInsert", "kernel.bufferHead"],
  ...DOWN,
  ...["kernel.interruptEntry", "kernel.completionEntry", "kernel.completion", "kernel.pageIoEnd"],
  "kernel.contextSwitch",
];
/** The tree's lock, two lines under it and four on its path; the buffer heads' lock. */
const MISS_LINES = 1 + 2 + 4 + 1;
const CALL = ["kernel.systemCall", "mmap.readCall", "kernel.fileReference", "kernel.cachedRead"];

describe("what a call on a cached file takes", () => {
  it.each([
    [
      "loadOther",
      "load",
      [...FAULT, ...MISS_STEPS, "kernel.wakeUp", "kernel.faultRetry"],
      1 + MISS_LINES,
    ],
    ["load", "willNeed", FAULT, 1],
    ["load", "load", [], 0],
    ["store", "load", [...FAULT, "kernel.pageMkwrite"], 1],
    ["store", "store", [], 0],
    ["willNeed", "load", ["kernel.systemCall", "kernel.cacheLookup"], 1],
    ["inCore", "load", ["kernel.systemCall", "kernel.cacheLookup"], 1],
    ["lock", "load", ["kernel.systemCall", "kernel.fileFault"], 1],
    [
      "readOther",
      "read",
      [...CALL, ...MISS_STEPS, "kernel.wakeUp", "kernel.copyPage"],
      2 + MISS_LINES,
    ],
    ["read", "read", [...CALL, "kernel.cacheLookup", "kernel.copyPage"], 2],
  ] as const)("%s after %s: %o, and %i lines", (step, before, names, lines) => {
    const { costsPs, linePs, ...whole } = softwarePs([before, step], 1);
    const expectedPs = names.reduce((sum, name) => {
      expect(costsPs).toHaveProperty([name]);
      return sum + costsPs[name]!;
    }, lines * linePs);
    const { tookPs } = softwarePs([before, "nothing"], 1);
    expect(whole.tookPs - tookPs).toBe(expectedPs);
  });

  it("is one step and one line more on a RAID", () => {
    const [alone, raid] = [1, 2].map((drives) => softwarePs(["nothing", "load"], drives));
    const { costsPs, linePs } = raid!;
    expect(raid!.tookPs - alone!.tookPs).toBe(costsPs["kernel.raid"]! + linePs);
  });
});
