/** Is what a request costs exactly the sum of the steps that the backend's README lists? */

import { describe, expect, it } from "vitest";
import { findBackend } from "../experiment/assemble.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import type { Cause } from "../hardware/cpu/ledger.ts";
import { CAUSES } from "../hardware/cpu/ledger.ts";
import type { BareRun } from "../testing/bare-run.ts";
import {
  bareRun,
  FREE_DRIVES,
  freeSoftware,
  readInRounds,
  STEADY_DRIVES,
  spentUntil,
} from "../testing/bare-run.ts";
import { type IoRunResult, runIo } from "../testing/io-run.ts";
import { INTERFACES, type Variant } from "../testing/variants.ts";
import type { BackendCosts } from "./model.ts";
import { resolveOptions } from "./options.ts";
import { BACKEND_IDS } from "./registry.ts";

const ROUNDS = 100;
/** Beyond the end of the rounds, whatever the backend. */
const END_PS = 20_000_000_000;
/** Steps by cause: `once` per round of requests, `each` per request. */
interface Steps {
  readonly once?: Partial<Record<Cause, readonly string[]>>;
  readonly each?: Partial<Record<Cause, readonly string[]>>;
  /** Threads that are switched to at the beginning. */
  readonly threads?: number;
}

const kernelDown = {
  pagePinning: ["kernel.pagePinning"],
  blockLayer: ["kernel.blockLayer"],
  driver: ["kernel.driver"],
} as const;
const passthroughDown = { pagePinning: ["kernel.pagePinning"], driver: ["kernel.driver"] } as const;
const kernelUp = { completion: ["kernel.completionEntry", "kernel.completion"] } as const;
const kernelWake = {
  interrupt: ["kernel.interruptEntry"],
  wakeUp: ["kernel.wakeUp"],
  contextSwitch: ["kernel.contextSwitch"],
} as const;
const polledUp = {
  pollingUseful: ["kernel.completionEntry"],
  completion: ["kernel.completion"],
} as const;
const enterTwice = ["linux.uringEnter", "linux.uringEnter"];
const callTwice = ["kernel.systemCall", "kernel.systemCall"];
const polledDriver = (id: string): Steps => ({
  once: { driver: [`${id}.doorbell`, `${id}.doorbell`] },
  each: { driver: [`${id}.submit`], pollingUseful: [`${id}.complete`] },
});

/** The four ways to use a ring, over the given way down to the drive. */
function ringSteps(engine: string, down: Steps["each"]): Record<string, Steps> {
  const ring = ["linux.uringSubmit", "linux.uringReap", "kernel.fileReference"];
  const shared = [...ring, "linux.uringSharedSubmit"];
  return {
    [`linux ${engine}`]: {
      once: { systemCall: callTwice, ioInterface: enterTwice, ...kernelWake },
      each: { ioInterface: ring, ...down, ...kernelUp },
    },
    [`linux ${engine} hipri`]: {
      once: { systemCall: callTwice, ioInterface: enterTwice },
      each: { ioInterface: ring, ...down, ...polledUp },
    },
    [`linux ${engine} sqthread_poll`]: {
      once: { interrupt: ["kernel.interruptEntry"] },
      each: { ioInterface: shared, ...down, ...kernelUp },
      threads: 2,
    },
    [`linux ${engine} hipri sqthread_poll`]: {
      each: { ioInterface: shared, ...down, ...polledUp },
      threads: 2,
    },
  };
}

/** The documented steps of every variant, with one thread that waits for all its requests. */
const STEPS: Readonly<Record<string, Steps>> = {
  null: {},
  "bypass spdk": polledDriver("bypass"),
  "unikernel nvme polling": polledDriver("unikernel"),
  "unikernel nvme interrupt": {
    once: {
      driver: ["unikernel.doorbell"],
      interrupt: ["unikernel.interruptEntry", "unikernel.doorbell"],
      wakeUp: ["unikernel.wakeUp"],
      contextSwitch: ["unikernel.contextSwitch"],
    },
    each: { driver: ["unikernel.submit"], completion: ["unikernel.complete"] },
  },
  "unikernel-port psync": {
    each: {
      ioInterface: ["port.functionCall"],
      fileSystem: ["port.vfsLock"],
      blockLayer: ["port.bio"],
      driver: ["port.driver"],
      interrupt: ["port.interruptEntry"],
      completion: ["port.completion"],
      wakeUp: ["port.wakeUp", "port.wakeUp"],
      contextSwitch: ["port.contextSwitch", "port.contextSwitch"],
      copy: ["port.copyPage"],
    },
  },
  "linux psync": {
    once: {
      systemCall: ["kernel.systemCall"],
      ioInterface: ["linux.readCall", "kernel.fileReference"],
      ...kernelWake,
    },
    each: { ...kernelDown, ...kernelUp },
  },
  custom: {
    once: {
      systemCall: ["kernel.systemCall"],
      ioInterface: ["custom.readCall", "kernel.fileReference"],
      ...kernelWake,
    },
    each: { ...kernelDown, ...kernelUp },
  },
  mmap: {
    once: {
      systemCall: ["kernel.systemCall"],
      ioInterface: ["mmap.readCall", "kernel.fileReference"],
      ...kernelWake,
    },
    each: { ...kernelDown, ...kernelUp },
  },
  "linux libaio": {
    once: { systemCall: callTwice, ...kernelWake },
    each: {
      ioInterface: ["linux.aioSubmit", "linux.aioReap", "kernel.fileReference"],
      ...kernelDown,
      ...kernelUp,
    },
  },
  ...ringSteps("io_uring", kernelDown),
  ...ringSteps("io_uring_cmd", passthroughDown),
};

function stepsOf(name: string): Steps {
  const steps = STEPS[name];
  if (steps === undefined) throw new Error(`add the steps of "${name}" to STEPS`);
  return steps;
}

const variants = INTERFACES.map((variant) => [variant.name, variant] as const);
const depthOf = ({ backend, options }: Variant): number =>
  backend.traits(resolveOptions(backend.id, backend.options, options)).channelDepthMax;
const withBatches = variants.filter(([, variant]) => depthOf(variant) > 1);

function roundsOf(
  { backend, options }: Variant,
  batch: number,
  set: Readonly<Record<string, number>>,
  lookaheadPs?: number,
): { run: BareRun; spent: Record<Cause, number>; lastPs: number } {
  const run = bareRun(
    {
      drives: 1,
      backend: backend.id,
      options: { ...options },
      workload: { kind: "raw-io", ioDepth: batch },
      set: { ...set },
    },
    END_PS,
    lookaheadPs,
  );
  let lastPs = 0;
  run.system.scheduler.spawn(0, function* (thread) {
    yield* readInRounds(run.system.storage, thread, ROUNDS, batch);
    lastPs = thread.core.cursorPs;
  });
  const spent = spentUntil(run, END_PS);
  expect(lastPs).toBeGreaterThan(0);
  return { run, spent, lastPs };
}

/** Picoseconds by cause of one thread that has done `ROUNDS` rounds of `batch` requests. */
function expectedOf(name: string, run: BareRun, batch: number): Partial<Record<Cause, number>> {
  const { once = {}, each = {}, threads = 1 } = stepsOf(name);
  const sumOf = (costs: readonly string[] = []): number =>
    costs.reduce((sum, cost) => {
      expect(run.costsPs).toHaveProperty([cost]);
      return sum + run.costsPs[cost]!;
    }, 0);
  const switchPs = sumOf(Object.keys(run.costsPs).filter((cost) => /contextSwitch$/.test(cost)));
  return Object.fromEntries(
    CAUSES.map((cause) => {
      const startPs = cause === "contextSwitch" ? threads * switchPs : 0;
      return [cause, startPs + ROUNDS * (sumOf(once[cause]) + batch * sumOf(each[cause]))];
    }),
  );
}

describe("the name of a cost", () => {
  it("means one number, whichever facets of which backends a run takes", () => {
    const byName = new Map<string, BackendCosts[string]>();
    for (const id of BACKEND_IDS) {
      const { costs, memory } = findBackend(id);
      for (const declared of [costs, memory.costs]) {
        for (const [name, number] of Object.entries(declared)) {
          expect([name, byName.get(name) ?? number]).toEqual([name, number]);
          byName.set(name, number);
        }
      }
    }
    expect(byName.size).toBeGreaterThan(60);
  });
});

describe("a request's cost", () => {
  it("is documented for every variant, and for nothing else", () => {
    const names = variants.map(([name]) => name);
    expect(Object.keys(STEPS).sort()).toEqual([...new Set(names)].sort());
  });

  it.each(variants)("%s is the sum of its steps, to the picosecond", (name, variant) => {
    const { run, spent } = roundsOf(variant, 1, STEADY_DRIVES);
    const { idle: _idle, pollingEmpty: _empty, ...expected } = expectedOf(name, run, 1);
    expect(spent).toMatchObject(expected);
    if (run.resolved.traits.completion === "interrupt" && !variant.options["sqthread_poll"]) {
      expect(spent.pollingEmpty).toBe(0);
      expect(run.system.storage.interrupts).toBe(ROUNDS);
    }
  });

  it.each(withBatches)("%s shares calls, doorbells and interrupts in a batch", (name, variant) => {
    const { run, spent } = roundsOf(variant, 8, STEADY_DRIVES);
    const { once = {} } = stepsOf(name);
    const expected = expectedOf(name, run, 8);
    const alone = expectedOf(name, run, 1);
    for (const cause of CAUSES.filter((name) => name !== "idle" && name !== "pollingEmpty")) {
      // Eight requests become visible one after the other, so more than one look may be needed.
      if (once[cause] === undefined)
        expect([cause, spent[cause]]).toEqual([cause, expected[cause]]);
      else {
        // The last round's completion doorbell may be rung by a visit that never comes.
        const least = (expected[cause]! * (ROUNDS - 1)) / ROUNDS;
        expect(spent[cause]).toBeGreaterThanOrEqual(least);
        expect(spent[cause]).toBeLessThan(8 * alone[cause]!);
      }
    }
  });

  it.each(variants)("%s is all that remains with drives of infinite speed", (name, variant) => {
    const { run, spent, lastPs } = roundsOf(variant, 1, FREE_DRIVES, 0);
    const { once = {} } = stepsOf(name);
    const expected = expectedOf(name, run, 1);
    for (const cause of CAUSES.filter((name) => name !== "idle" && name !== "pollingEmpty")) {
      // What comes back before the thread looks needs no second call, no sleep and no wake-up.
      if (once[cause] === undefined)
        expect([cause, spent[cause]]).toEqual([cause, expected[cause]]);
      else expect(spent[cause]).toBeLessThanOrEqual(expected[cause]!);
    }
    const transferPs = Math.round(4_096 * run.machine.array.shape.times.linkPsPerByte);
    if (name === "null") expect(lastPs).toBe(ROUNDS * transferPs);
    if (name === "linux psync") {
      const { interruptDeliveryPs, idleExitPs } = run.machine;
      const sum = CAUSES.reduce((total, cause) => total + spent[cause], 0) - spent.idle;
      const waits = ROUNDS * (transferPs + interruptDeliveryPs + idleExitPs);
      expect(lastPs).toBe(sum + waits);
    }
  });
});

const resultOf = (
  { backend, options }: Variant,
  set: Readonly<Record<string, number>>,
  input: Partial<ExperimentInput> = {},
): IoRunResult =>
  runIo(
    parseSpec({
      drives: 2,
      backend: backend.id,
      options: { ...options },
      workload: { kind: "raw-io", ioDepth: 16, jobs: 2 },
      runtimeUs: 2_000,
      rampUs: 300,
      ...input,
      set: { ...set },
    }),
  );

describe("without any cost of software", () => {
  const nothing = INTERFACES.find(({ name }) => name === "null")!;

  it.each(variants)("%s is as fast as no operating system at all", (_, variant) => {
    const depth = Math.min(16, depthOf(variant));
    const workload = { kind: "raw-io", ioDepth: depth, jobs: 2 } as const;
    const input = { workload, runtimeUs: 10_000 };
    const free = resultOf(variant, freeSoftware(variant.backend.id), input).metrics;
    const bound = resultOf(nothing, {}, input).metrics;
    expect(Math.abs(free.iops / bound.iops - 1)).toBeLessThan(0.005);
    expect(Math.abs(free.latencyNsMean / bound.latencyNsMean - 1)).toBeLessThan(0.005);
    expect(Math.abs(free.latencyNsP99 / bound.latencyNsP99 - 1)).toBeLessThan(0.05);
  });

  it.each(variants)("%s with its costs is never faster than that", (_, variant) => {
    const free = resultOf(variant, freeSoftware(variant.backend.id)).metrics;
    expect(resultOf(variant, {}).metrics.iops).toBeLessThanOrEqual(1.005 * free.iops);
  });
});

describe("taking one cost away", () => {
  it.each(variants)("never makes a request dearer: %s", (name, variant) => {
    const { backend } = variant;
    const busyPs = (set: Readonly<Record<string, number>>): number => {
      const { spent } = roundsOf(variant, 1, { ...STEADY_DRIVES, ...set });
      return CAUSES.reduce((sum, cause) => sum + spent[cause], -spent.idle - spent.pollingEmpty);
    };
    const before = busyPs({});
    for (const cost of Object.keys(freeSoftware(backend.id)).filter(
      (cost) => cost in backend.costs,
    )) {
      const after = busyPs({ [cost]: 0 });
      const isUsed = JSON.stringify(stepsOf(name)).includes(`"${cost}"`);
      if (isUsed) expect(after, cost).toBeLessThan(before);
      else expect(after, cost).toBeLessThanOrEqual(before);
    }
  });

  it.each(variants)("never makes a loaded system slower: %s", (_, variant) => {
    const before = resultOf(variant, {}).metrics.iops;
    for (const cost of Object.keys(freeSoftware(variant.backend.id)).filter(
      (cost) => cost in variant.backend.costs,
    )) {
      const after = resultOf(variant, { [cost]: 0 }).metrics.iops;
      expect(after / before, cost).toBeGreaterThan(0.99);
    }
  });
});
