/**
 * Is what a call on a cached file costs the sum of its steps, each under the cause that it
 * declares, and of lines that have to come?
 */
import { describe, expect, it } from "vitest";
import { CAUSE, CAUSES, type Cause } from "../../hardware/cpu/ledger.ts";
import { bareRun, STEADY_DRIVES, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import { EVICTING, UPTODATE } from "../kernel/memory/page-frames.ts";
import { type MemoryRegion, MISS } from "../memory-model.ts";
import { PAGE_BYTES, type SystemTask, type Thread } from "../model.ts";
import { mmap } from "./index.ts";
import { FileRegion } from "./memory/file-region.ts";

const US = 1_000_000;
const END_PS = 20_000 * US;

type Step = (region: MemoryRegion, thread: Thread, page: number) => SystemTask<unknown> | undefined;

function* load(region: MemoryRegion, thread: Thread, page: number): SystemTask {
  while (region.tryAccess(thread.core, page, false) === MISS) {
    yield* region.fault(thread, page, false);
  }
}

/** `access` of a page that a reclaimer holds until the thread has found that out. */
function* whileEvicting(
  region: MemoryRegion,
  page: number,
  access: SystemTask<unknown>,
): SystemTask {
  if (!(region instanceof FileRegion)) throw new TypeError("mmap maps files");
  const { index, frames } = region.cache;
  const frame = index.find(page);
  frames.io[frame] = EVICTING;
  frames.flags[frame]! &= ~UPTODATE;
  let waits = 0;
  for (let step = access.next(); step.done !== true; step = access.next()) {
    waits += 1;
    // The first wait is for the look-ahead, before the page is looked up.
    if (waits === 2) {
      frames.io[frame] = 0;
      frames.flags[frame]! |= UPTODATE;
    }
    yield step.value;
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
  loadEvicted: (region, thread, page) => whileEvicting(region, page, load(region, thread, page)),
  readEvicted: (region, thread, page) =>
    whileEvicting(region, page, region.reads!.read(thread, page)),
} satisfies Record<string, Step>;
type StepName = keyof typeof STEPS;

const pauseUntil = (thread: Thread, atPs: number) =>
  ({
    kind: "compute",
    remainingPs: atPs - thread.core.cursorPs,
    cause: CAUSE.application,
  }) as const;

/** Not work of software. */
const WAITS: readonly Cause[] = ["idle", "application", "addressTranslation"];

/**
 * What software takes, by cause, for `steps` on core 0, a millisecond apart, after core 1 has done
 * them.
 */
function softwareOf(steps: readonly StepName[], drives: number) {
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
  const isRead = steps.some((step) => step.startsWith("read"));
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
  const tookPs = (cause: Cause): number => (WAITS.includes(cause) ? 0 : row[CAUSE[cause]]!);
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
/** The tree's lock and the buffer heads' one. */
const MISS_LINES = 1 + 1;
/** Lines that come while the tree's lock is held, as part of what holding it takes. */
const INSERT_LINES = 2 + 4;
const CALL = ["kernel.systemCall", "mmap.readCall", "kernel.fileReference", "kernel.cachedRead"];

/** Steps that belong to the call, not to a fault, where there are no faults. */
const FINDING = [
  "kernel.cacheLookup",
  "kernel.allocateFilePage",
  "kernel.cacheInsert",
  "kernel.faultRetry",
];
const MEANINGS = { ...mmap.costMeanings, ...mmap.memory.costMeanings };
/** The cause that the ledger has for a step of a fault, or of a read(). */
const causeOf = (name: string, isRead: boolean): Cause =>
  isRead && FINDING.includes(name) ? "fileSystem" : MEANINGS[name]!.cause;

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
    [
      "loadEvicted",
      "willNeed",
      [...FAULT, "kernel.cacheLookup", "kernel.faultRetry", "kernel.faultRetry"],
      1,
    ],
    [
      "readEvicted",
      "read",
      [...CALL, "kernel.cacheLookup", "kernel.faultRetry", "kernel.copyPage"],
      2,
    ],
  ] as const)("%s after %s: %o, and %i lines", (step, before, names, lines) => {
    const { costsPs, linePs, ...whole } = softwareOf([before, step], 1);
    const { tookPs } = softwareOf([before, "nothing"], 1);
    const isRead = step.startsWith("read");
    const expectedPs = Object.fromEntries(CAUSES.map((cause) => [cause, 0]));
    expectedPs["contention"] = lines * linePs;
    for (const name of names) {
      expect(costsPs).toHaveProperty([name]);
      const linesPs = name === "kernel.cacheInsert" ? INSERT_LINES * linePs : 0;
      expectedPs[causeOf(name, isRead)]! += costsPs[name]! + linesPs;
    }
    const took = CAUSES.map((cause) => [cause, whole.tookPs(cause) - tookPs(cause)]);
    expect(Object.fromEntries(took)).toEqual(expectedPs);
  });

  it("is one step and one line more on a RAID", () => {
    const [alone, raid] = [1, 2].map((drives) => softwareOf(["nothing", "load"], drives));
    const { costsPs, linePs } = raid!;
    const morePs = CAUSES.map((cause) => raid!.tookPs(cause) - alone!.tookPs(cause));
    const sumPs = morePs.reduce((sum, ps) => sum + ps, 0);
    expect(sumPs).toBe(costsPs["kernel.raid"]! + linePs);
    expect(morePs[CAUSE.raid]).toBe(costsPs["kernel.raid"]);
  });
});
