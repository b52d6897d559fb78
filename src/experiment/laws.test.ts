/** Laws of queueing that every run obeys, and that come out of the model rather than go into it. */

import { describe, expect, it } from "vitest";
import { InvariantError } from "../base/assert.ts";
import { LOOKAHEAD_PS } from "../hardware/build-machine.ts";
import { emptyLedgerRow } from "../hardware/cpu/ledger.ts";
import type { HostMachine } from "../hardware/host-machine.ts";
import { resolveOptions } from "../os/options.ts";
import { Simulation } from "../sim/simulation.ts";
import { type IoRunResult, runIo } from "../testing/io-run.ts";
import { INTERFACES, type Variant } from "../testing/variants.ts";
import { assertLedgers, drain, littleError } from "./laws.ts";
import { type RunHooks, runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";
import { fileAccess } from "./workloads/file-access.ts";
import { vm } from "./workloads/vm.ts";

const variants = INTERFACES.map((variant) => [variant.name, variant] as const);

const named = (name: string): Variant => INTERFACES.find((variant) => variant.name === name)!;

function run(
  { backend, options }: Variant,
  input: Partial<ExperimentInput>,
  hooks: RunHooks = {},
): IoRunResult {
  const spec = { backend: backend.id, options: { ...options }, rampUs: 1_000, ...input };
  return runIo(parseSpec({ runtimeUs: 10_000, drives: 1, ...spec }), hooks);
}

const rawIo = (jobs: number, ioDepth: number, more: object = {}) =>
  ({ kind: "raw-io", jobs, ioDepth, ...more }) as const;

describe.each(variants)("%s", (_, variant) => {
  it.each([
    ["unsaturated", 1, 4],
    ["saturated", 4, 128],
  ])("obeys Little's law when %s", (_load, jobs, ioDepth) => {
    const { metrics, windowPs } = run(variant, { workload: rawIo(jobs, ioDepth) });
    const { outstandingMean, simulatedIos, latencyNsMean } = metrics;
    expect(simulatedIos).toBeGreaterThan(100);
    const error = littleError(outstandingMean, simulatedIos, latencyNsMean * 1_000, windowPs);
    expect(error).toBeLessThan(0.01);
    // Nobody has more outstanding than it may, and it nearly always has that much.
    const { jobs: threads, ioDepth: depth } = { jobs, ioDepth: variantDepth(variant, ioDepth) };
    expect(outstandingMean).toBeLessThanOrEqual(threads * depth + 1e-9);
    expect(outstandingMean).toBeGreaterThan(0.8 * threads * depth);
  });

  it("spends each core's window on causes that add up to it", () => {
    const { ledger, windowPs, metrics } = run(variant, {
      workload: rawIo(3, 16, { rw: "randrw" }),
      runtimeUs: 1_234.567,
    });
    expect(windowPs).toBe(1_234_567_000);
    let total = 0n;
    for (const { causes } of ledger.perCore) {
      const sum = Object.values(causes).reduce((all, time) => all + BigInt(time), 0n);
      expect(sum).toBe(BigInt(windowPs));
      total += sum;
    }
    expect(Object.values(ledger.total).reduce((all, time) => all + BigInt(time), 0n)).toBe(total);
    expect(metrics.deviceUtilisation).toBeGreaterThan(0);
    expect(metrics.deviceUtilisation).toBeLessThanOrEqual(1);
    const idle = Number(ledger.total["idle"]) / windowPs;
    expect(metrics.coresBusy + idle).toBeCloseTo(ledger.perCore.length, 9);
  });

  it("hardly depends on how far cores may run ahead", () => {
    // What a saturated SQPOLL thread finds when it polls depends on it a little: at 0.0625, 0.125,
    // 0.25 and 0.5 µs eight of them reach 7.77, 7.77, 7.77 and 7.87 M/s by passthrough.
    const { sqthread_poll: hasKernelThread, hipri } = variant.options;
    const most = hasKernelThread === true && hipri === true ? 0.015 : 0.01;
    for (const [drives, workload] of [
      [4, rawIo(1, 1)],
      [4, rawIo(4, 64)],
      [8, rawIo(8, 128)],
    ] as const) {
      // Rings that begin at the same moment get their results in step for a while.
      const input = { workload, drives, rampUs: 2_000, runtimeUs: 6_000 };
      const iops = (lookaheadPs: number): number =>
        run(variant, input, { lookaheadPs }).metrics.iops;
      const moved = Math.abs(iops(LOOKAHEAD_PS / 2) / iops(LOOKAHEAD_PS) - 1);
      expect(moved).toBeLessThan(most);
    }
  });
});

describe.each([
  [
    "pages that are given back by many threads",
    {
      backend: "custom",
      rampUs: 2_000,
      // Threads that meet at a line stay together for a while: in 3 ms they differ by 7 %.
      runtimeUs: 10_000,
      workload: { kind: "vm", access: "alloc-free", threads: 40, batch: 64 },
    },
    vm.lookaheadPs!,
    // No trend: 0.2, 0.1, 0.05 and 0.025 µs give 69.4, 69.9, 69.3 and 70.0 M pages/s.
    0.03,
  ],
  [
    "a file larger than memory",
    {
      backend: "mmap",
      rampUs: 60_000,
      runtimeUs: 60_000,
      workload: { kind: "file-access", access: "random", threads: 32, scale: 0.0005 },
    },
    fileAccess.lookaheadPs!,
    0.02,
  ],
] as const)("%s", (_, spec, usualPs, most) => {
  it("hardly depends on how far cores may run ahead", () => {
    const pages = (lookaheadPs: number): number =>
      runExperiment(parseSpec({ drives: 1, ...spec }), { lookaheadPs }).metrics["pagesPerS"]!;
    const [usual, near] = [pages(usualPs), pages(usualPs / 2)];
    expect(usual).toBeGreaterThan(0);
    expect(Math.abs(near / usual - 1)).toBeLessThan(most);
  });
});

describe("SQPOLL's kernel thread", () => {
  it("takes in one go what there is, however far its core may run ahead", () => {
    const slowest = (lookaheadPs: number): number =>
      run(
        named("linux io_uring hipri sqthread_poll"),
        { drives: 8, workload: rawIo(1, 256) },
        { lookaheadPs },
      ).metrics.latencyNsP99;
    expect(Math.abs(slowest(4 * LOOKAHEAD_PS) / slowest(LOOKAHEAD_PS) - 1)).toBeLessThan(0.15);
  });
});

function variantDepth({ backend, options }: Variant, ioDepth: number): number {
  const resolved = resolveOptions(backend.id, backend.options, options);
  return Math.min(ioDepth, backend.traits(resolved).channelDepthMax);
}

describe("interrupts on another core than the submitting one", () => {
  it("are work of that core, whose ledger is among the others", () => {
    const spent = (placement: string) => {
      const { ledger, metrics } = run(named("linux libaio"), {
        options: { ioengine: "libaio", irq_placement: placement },
        workload: rawIo(2, 32),
      });
      const perCore = ledger.perCore.map(({ causes }) => Number(causes["interrupt"]));
      const total = perCore.reduce((sum, time) => sum + time, 0);
      return { perCore, perInterrupt: total / metrics.simulatedIos / metrics.interruptsPerIo };
    };
    const [local, other] = [spent("local"), spent("other")];
    expect(local.perCore).toEqual([expect.any(Number), expect.any(Number)]);
    expect(other.perCore.map((time) => time > 0)).toEqual([false, false, true, true]);
    expect(other.perInterrupt / local.perInterrupt).toBeCloseTo(1, 1);
  });
});

describe("the array alone", () => {
  const nothing = named("null");
  const limitOf = (drives: number, set: Record<string, number> = {}): number =>
    run(nothing, { drives, set, workload: rawIo(4 * drives, 256), runtimeUs: 4_000 }).metrics.iops;

  it("does twice as much with twice as many drives", () => {
    const [one, two, four] = [limitOf(1), limitOf(2), limitOf(4)];
    expect(two / one).toBeGreaterThan(1.98);
    expect(two / one).toBeLessThan(2.02);
    expect(four / two).toBeGreaterThan(1.98);
    expect(four / two).toBeLessThan(2.02);
  });

  it("does half as much when its controllers take twice as long", () => {
    const [fast, slow] = [
      limitOf(1, { "drive.controllerTime": 1 }),
      limitOf(1, { "drive.controllerTime": 2 }),
    ];
    expect(fast / 1e6).toBeCloseTo(1, 2);
    expect(slow / 1e6).toBeCloseTo(0.5, 2);
  });

  it("never does less with more drives or more requests in flight", () => {
    let last = 0;
    for (const drives of [1, 2, 3, 5, 8]) {
      const { iops } = run(nothing, { drives, workload: rawIo(4, 64), runtimeUs: 4_000 }).metrics;
      expect(iops).toBeGreaterThanOrEqual(last);
      last = iops;
    }
    last = 0;
    for (const ioDepth of [1, 2, 4, 16, 64, 256]) {
      const { iops } = run(nothing, { workload: rawIo(1, ioDepth), runtimeUs: 4_000 }).metrics;
      expect(iops).toBeGreaterThanOrEqual(0.995 * last);
      last = iops;
    }
  });

  it("carries no more bytes than its links do", () => {
    const set = { "drive.linkBandwidth": 2, "drive.dies": 4_096 };
    const workload = rawIo(2, 64, { blockBytes: 65_536 });
    const { bandwidthBytesPerS } = run(nothing, { set, workload }).metrics;
    expect(bandwidthBytesPerS / (2 * 1024 ** 3)).toBeGreaterThan(0.98);
    expect(bandwidthBytesPerS / (2 * 1024 ** 3)).toBeLessThan(1.01);
  });
});

describe("blocking calls", () => {
  it.each([1, 4, 16, 64, 128])("of %i threads are bounded by threads ÷ latency", (jobs) => {
    const input = { drives: 8, workload: rawIo(jobs, 1), runtimeUs: 5_000 };
    const { iops, latencyNsMean } = run(named("linux psync"), input).metrics;
    const alone = run(named("null"), {
      ...input,
      workload: rawIo(1, 1),
      runtimeUs: 20_000,
    }).metrics;
    expect(iops).toBeLessThanOrEqual((jobs * 1e9) / latencyNsMean / 0.99);
    expect(iops).toBeLessThan((1.03 * jobs * 1e9) / alone.latencyNsMean);
    expect(iops).toBeGreaterThan((0.5 * jobs * 1e9) / alone.latencyNsMean);
  });
});

describe("the laws themselves", () => {
  it("hold for writes that fill the buffers in the window, and wait there when it ends", () => {
    const { metrics } = run(named("bypass spdk"), {
      workload: rawIo(8, 128, { rw: "write", blockBytes: 5_632 }),
      drives: 10,
      rampUs: 0,
      runtimeUs: 3_000,
    });
    expect(metrics.outstandingMean).toBeGreaterThan(1_000);
  });

  it("let an operation of very many events end as long as parts of it do, and no longer", () => {
    const machine = { array: { commands: { inFlight: 0 } } } as HostMachine;
    const drainParts = (parts: number, eventsPerPart: number): void => {
      const simulation = new Simulation();
      simulation.step = () => {
        simulation.eventCount += 1;
        return true;
      };
      const done = (): number => Math.floor(simulation.eventCount / eventsPerPart);
      const outstanding = (): number => (done() < parts ? 1 : 0);
      const rest = {
        start: () => [],
        stop: () => {},
        result: () => ({ metrics: {}, operations: 0 }),
      };
      drain(simulation, machine, { ...rest, outstanding, progress: done });
    };
    expect(() => drainParts(3, 9_000_000)).not.toThrow();
    expect(() => drainParts(2, 30_000_000)).toThrow(InvariantError);
  });

  it("notice a ledger that does not add up", () => {
    const row = emptyLedgerRow();
    row[0] = 99;
    expect(() => assertLedgers([row], 99)).not.toThrow();
    expect(() => assertLedgers([row], 100)).toThrow(InvariantError);
  });

  it("measure how far outstanding requests are from rate × latency", () => {
    expect(littleError(10, 100, 1_000, 10_000)).toBe(0);
    expect(littleError(8, 100, 1_000, 10_000)).toBeCloseTo(0.25, 12);
    expect(littleError(0, 0, 0, 10_000)).toBe(0);
    // Five of ten that were outstanding all the time have ended: the others are seen at the edge.
    expect(littleError(10, 5, 10_000, 10_000, 50_000)).toBe(0);
  });
});
