/** Does every backend keep the contract of `model.ts`, whatever its options? */

import { describe, expect, it } from "vitest";
import { RandomStream } from "../base/random.ts";
import { parseSpec } from "../experiment/spec.ts";
import { CAUSES } from "../hardware/cpu/ledger.ts";
import { READ, UNIT_BYTES, WRITE } from "../hardware/nvme/command-table.ts";
import type { DriveTimes } from "../hardware/nvme/drive.ts";
import { type BareRun, bareRun, TWO_CORES, turnsOf } from "../testing/bare-run.ts";
import { runIo } from "../testing/io-run.ts";
import { INTERFACES, VARIANTS, type Variant } from "../testing/variants.ts";
import { CATCH_UP, type Thread, type ThreadTask } from "./model.ts";
import { type OptionValues, resolveOptions } from "./options.ts";
import { backends } from "./registry.ts";

const variants = VARIANTS.map((variant) => [variant.name, variant] as const);
const interfaces = INTERFACES.map((variant) => [variant.name, variant] as const);

/** Least time in which a drive can do a request that has the array for itself. */
function leastPs(times: DriveTimes, isRead: boolean, bytes: number): number {
  const isPartial = bytes < UNIT_BYTES;
  const transferPs = Math.round(bytes * times.linkPsPerByte);
  const controllerPs = times.controllerPs + (isPartial ? times.partialUnitPs : 0);
  if (!isRead) return controllerPs + transferPs + times.writeLatencyPs;
  const diePs = Math.max(0, times.readPs - times.readSpreadPs);
  const extraPs = isPartial ? times.partialUnitLatencyPs : 0;
  return controllerPs + times.fixedLatencyPs + extraPs + diePs + transferPs;
}

/** A thread that does what it likes with its channel and checks everything that comes back. */
class Customer {
  reaped = 0;
  hasEnded = false;
  readonly #run: BareRun;
  readonly #random: RandomStream;
  readonly #count: number;
  readonly #depth: number;

  constructor(run: BareRun, index: number, count: number, depth: number) {
    this.#run = run;
    this.#random = new RandomStream(1, `customer ${index}`);
    this.#count = count;
    this.#depth = depth;
  }

  *body(thread: Thread): ThreadTask {
    const random = this.#random;
    const { times } = this.#run.machine.array.shape;
    const drives = this.#run.machine.array.shape.driveCount;
    const channel = this.#run.system.storage.openChannel(thread, this.#depth);
    const free = Array.from({ length: this.#depth }, (_, tag) => tag);
    const due = new Map<number, number>();
    let prepared = 0;
    while (this.reaped < this.#count) {
      let batch = Math.min(random.below(6), free.length, this.#count - prepared);
      for (; batch > 0; batch--) {
        const tag = free.splice(random.below(free.length), 1)[0]!;
        const isRead = random.below(4) > 0;
        const bytes = 512 * (1 + random.below(24));
        const offset = random.below(1_000_000) * 512;
        due.set(tag, thread.core.cursorPs + leastPs(times, isRead, bytes));
        channel.prepare(isRead ? READ : WRITE, random.below(drives), offset, bytes, tag);
        prepared += 1;
      }
      channel.submit();
      if (random.below(5) === 0) thread.core.charge(CAUSES.indexOf("application"), 3_000_000);
      if (thread.isAhead()) yield CATCH_UP;
      const found = channel.reap(1 + random.below(64));
      for (const tag of channel.completed.subarray(0, found)) {
        expect(due.get(tag)).toBeLessThanOrEqual(thread.core.cursorPs);
        due.delete(tag);
        free.push(tag);
      }
      this.reaped += found;
      const mustWait = free.length === 0 || prepared === this.#count;
      if (found === 0 && mustWait && due.size > 0) yield channel.completionWait;
      if (thread.isAhead()) yield CATCH_UP;
    }
    expect(due.size).toBe(0);
    this.hasEnded = true;
  }
}

/** Lets `threads` customers share two cores and two drives until all are content. */
function serve({ backend, options }: Variant, threads: number, count: number): BareRun {
  const run = bareRun(
    {
      machine: TWO_CORES,
      drives: 2,
      backend: backend.id,
      options: { ...options },
      workload: { kind: "raw-io", jobs: threads },
      set: turnsOf(backend, 20_000),
    },
    1,
  );
  const depth = Math.min(run.resolved.traits.channelDepthMax, 17);
  const customers = Array.from({ length: threads }, (_, index) => {
    const customer = new Customer(run, index, count, depth);
    run.system.scheduler.spawn(index, (thread) => customer.body(thread));
    return customer;
  });
  const { simulation } = run;
  while (simulation.eventCount < 3_000_000 && simulation.step()) {
    if (customers.every(({ hasEnded }) => hasEnded)) break;
  }
  expect(customers.map(({ reaped }) => reaped)).toEqual(customers.map(() => count));
  expect(customers.every(({ hasEnded }) => hasEnded)).toBe(true);
  expect(run.machine.array.commands.inFlight).toBe(0);
  return run;
}

describe("the registry", () => {
  it.each(Object.entries(backends))("%s describes each of its costs", (id, backend) => {
    expect(backend.id).toBe(id);
    expect(Object.keys(backend.costMeanings).sort()).toEqual(Object.keys(backend.costs).sort());
    for (const { cause, meaning } of Object.values(backend.costMeanings)) {
      expect(CAUSES).toContain(cause);
      expect(meaning.length).toBeGreaterThan(5);
    }
  });
});

describe.each(variants)("%s", (_, variant) => {
  it("gives each request back exactly once, with its tag, and not before the drive could", () => {
    serve(variant, 1, 200);
  });

  it("does so for more threads than the machine has", () => {
    serve(variant, 5, 120);
  });

  it("says what it is before it is built", () => {
    const { backend } = variant;
    const options = resolveOptions(backend.id, backend.options, variant.options);
    const run = bareRun(
      { backend: backend.id, options, workload: { kind: "raw-io" }, drives: 1 },
      1,
    );
    expect(run.system.traits).toEqual(backend.traits(options));
  });

  it("gives the same result for the same seed and another one for another", () => {
    const result = (seed: number): string =>
      JSON.stringify(
        runIo(
          parseSpec({
            drives: 2,
            backend: variant.backend.id,
            options: { ...variant.options },
            workload: { kind: "raw-io", rw: "randrw", ioDepth: 8, jobs: 3, readPercent: 70 },
            runtimeUs: 500,
            rampUs: 100,
            seed,
          }),
        ),
      );
    expect(result(1)).toBe(result(1));
    expect(JSON.parse(result(2)).metrics).not.toEqual(JSON.parse(result(1)).metrics);
  });
});

/** Threads of one core that share its channel. */
const SHARING: readonly (readonly [string, Variant])[] = [
  ["bypass", { threads: "tasks" }],
  ["bypass", { threads: "tasks", preemption: "timer" }],
  ["bypass", { threads: "tasks", run_queue: "shared" }],
  ["linux", { threads: "tasks", ioengine: "libaio" }],
  ["linux", { threads: "tasks", ioengine: "io_uring" }],
  ["linux", { threads: "tasks", ioengine: "io_uring", hipri: true }],
  ["unikernel", { queue_pairs: "core" }],
  ["unikernel", { queue_pairs: "core", run_queue: "shared" }],
  ["unikernel", { queue_pairs: "core", completion: "interrupt" }],
].map(([id, options]) => {
  const name = `${id as string} ${Object.values(options!).join(" ")}`;
  const backend = backends[id as keyof typeof backends];
  return [name, { name, backend, options: options as OptionValues }] as const;
});

it("every scheduler that can share a channel is tried over one", () => {
  const able = Object.entries(backends).filter(([, backend]) =>
    backend.schedulerOptions.some(({ name, ...option }) =>
      (option.type === "choice" ? option.choices : [option.default]).some((value) => {
        const values = resolveOptions(
          backend.id,
          backend.schedulerOptions,
          { [name]: value },
          true,
        );
        return backend.schedulerTraits(values).sharesChannels;
      }),
    ),
  );
  const tried = new Set(SHARING.map(([, { backend }]) => backend.id));
  expect(able.map(([id]) => id).sort()).toEqual([...tried].sort());
});

describe.each(SHARING)("%s, over a shared channel", (_, variant) => {
  it.each([1, 5, 40])("gives each request back exactly once, to each of %s threads", (threads) => {
    serve(variant, threads, 60);
  });

  // What is shared is handed over together, so some of it waits, and a worker may sleep meanwhile.
  it("gives nearly as much as one thread that keeps as many requests outstanding", () => {
    const iops = (options: OptionValues, jobs: number, ioDepth: number): number =>
      runIo({
        drives: 2,
        cores: 1,
        backend: variant.backend.id,
        options: { ...options },
        workload: { kind: "raw-io", ioDepth, jobs },
        runtimeUs: 2_000,
        rampUs: 500,
        set: {
          [variant.backend.id === "unikernel" ? "unikernel.contextSwitch" : "task.switch"]: 0,
        },
      }).metrics.iops;
    const own = new Set(variant.backend.options.map(({ name }) => name));
    const alone = Object.entries(variant.options).filter(([name]) => own.has(name));
    const one = iops(Object.fromEntries(alone), 1, 64);
    expect(iops(variant.options, 64, 1) / one).toBeGreaterThan(0.85);
  });
});

it("refuses tasks over an interface that blocks, or whose own threads have no core left", () => {
  const run = (options: OptionValues): BareRun =>
    bareRun({ backend: "linux", options: { ...options }, workload: { kind: "raw-io" } }, 1);
  expect(() => run({ threads: "tasks", ioengine: "psync" })).toThrow(/^threads: /);
  const helped = { threads: "tasks", ioengine: "io_uring", sqthread_poll: true };
  expect(() => run(helped)).toThrow(/^cores: /);
});

describe.each(interfaces)("%s", (_, variant) => {
  it("lets every thread make progress when threads share cores in slices", () => {
    const { jobs, metrics } = runIo(
      parseSpec({
        machine: TWO_CORES,
        drives: 2,
        backend: variant.backend.id,
        options: { ...variant.options },
        workload: { kind: "raw-io", ioDepth: 4, jobs: 6 },
        runtimeUs: 12_000,
        rampUs: 500,
        set: turnsOf(variant.backend, 100_000),
      }),
    );
    for (const job of jobs) expect(job.read.ios).toBeGreaterThan(metrics.simulatedIos / 30);
  });
});
