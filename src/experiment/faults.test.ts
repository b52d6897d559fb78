/** Test of the tester: a fault is planted in a run, and the run must not pass. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { InvariantError } from "../base/assert.ts";
import { NOP } from "../hardware/nvme/command-table.ts";
import type { QueuePair } from "../hardware/nvme/queue-pair.ts";
import type { Thread } from "../os/model.ts";
import { resolveOptions } from "../os/options.ts";
import { INTERFACES } from "../testing/variants.ts";
import { JobStatistics } from "../workload/job-statistics.ts";
import { TransactionStatistics } from "../workload/transaction-statistics.ts";
import type { AssembledRun } from "./assemble.ts";
import { type RunHooks, runExperiment } from "./run.ts";
import { parseSpec } from "./spec.ts";

const variants = INTERFACES.map((variant) => [variant.name, variant] as const);
const withInterrupts = variants.filter(([, { backend, options }]) => {
  const resolved = resolveOptions(backend.id, backend.options, options);
  return backend.traits(resolved).completion === "interrupt";
});

type Settings = (typeof INTERFACES)[number];

function runWith({ backend, options }: Settings, hooks: RunHooks, ioDepth = 4): void {
  runExperiment(
    parseSpec({
      backend: backend.id,
      options: { ...options },
      drives: 2,
      workload: { kind: "raw-io", jobs: 2, ioDepth },
      runtimeUs: 2_000,
      rampUs: 200,
    }),
    hooks,
  );
}

/** Lets `spoil` change every queue pair as soon as it is made. */
function spoilQueuePairs({ machine }: AssembledRun, spoil: (queuePair: QueuePair) => void): void {
  const { array } = machine;
  const create = array.createQueuePair.bind(array);
  array.createQueuePair = (drive, depth) => {
    const queuePair = create(drive, depth);
    spoil(queuePair);
    return queuePair;
  };
}

/** True exactly once, at call number `count`. */
function onceAt(count: number): () => boolean {
  let calls = 0;
  return () => ++calls === count;
}

describe.each(variants)("%s", (_, variant) => {
  it("passes without a fault", () => {
    runWith(variant, { onAssembled: (run) => spoilQueuePairs(run, () => {}) });
  });

  it("notices a drive that swallows one completion", () => {
    const isDropped = onceAt(20);
    const onAssembled = (run: AssembledRun): void =>
      spoilQueuePairs(run, (queuePair) => {
        const post = queuePair.post.bind(queuePair);
        queuePair.post = (command, visiblePs) => {
          if (!isDropped()) post(command, visiblePs);
        };
      });
    expect(() => runWith(variant, { onAssembled })).toThrow(InvariantError);
    expect(() => runWith(variant, { onAssembled })).not.toThrow();
  });

  it("notices a command that is announced and never fetched", () => {
    const isLost = onceAt(20);
    const onAssembled = (run: AssembledRun): void =>
      spoilQueuePairs(run, (queuePair) => {
        const fetch = queuePair.fetch.bind(queuePair);
        queuePair.fetch = () => {
          const command = fetch();
          return command >= 0 && isLost() ? fetch() : command;
        };
      });
    expect(() => runWith(variant, { onAssembled })).toThrow(InvariantError);
  });

  it("notices work that no ledger knows of", () => {
    const isForgotten = onceAt(50);
    const onAssembled = ({ machine }: AssembledRun): void => {
      for (const core of machine.cores) {
        const charge = core.charge.bind(core);
        core.charge = (cause, workPs) => {
          if (!isForgotten()) return charge(cause, workPs);
          core.cursorPs += 1;
          return charge(cause, workPs);
        };
      }
    };
    const hooks = { onAssembled };
    expect(() => {
      // The ledger must be right in the window, so the fault must lie in it.
      runExperiment(
        parseSpec({
          backend: variant.backend.id,
          options: { ...variant.options },
          drives: 1,
          workload: { kind: "raw-io" },
          runtimeUs: 5_000,
          rampUs: 0,
        }),
        hooks,
      );
    }).toThrow(/ledger of core/);
  });

  it("gives another result under another hash when one cost changes by a nanosecond", () => {
    const cost = Object.keys(variant.backend.costs).find((name) => /complet/i.test(name));
    const result = (set: Record<string, number>) =>
      runExperiment(
        parseSpec({
          backend: variant.backend.id,
          options: { ...variant.options },
          drives: 1,
          workload: { kind: "raw-io", ioDepth: 4 },
          runtimeUs: 1_000,
          set,
        }),
      );
    const path = cost ?? "drive.fixedLatency";
    const [before, after] = [result({}), result({ [path]: 200.5 })];
    expect(after.specHash).not.toBe(before.specHash);
    expect(after.metrics.latencyNsMean).not.toBe(before.metrics.latencyNsMean);
  });
});

describe.each(withInterrupts)("%s", (_, variant) => {
  it("notices an interrupt that never arrives", () => {
    const isLost = onceAt(20);
    const onAssembled = (run: AssembledRun): void =>
      spoilQueuePairs(run, (queuePair) => {
        const post = queuePair.post.bind(queuePair);
        queuePair.post = (command, visiblePs) => {
          const { vector } = queuePair;
          if (isLost()) queuePair.vector = undefined;
          post(command, visiblePs);
          queuePair.vector = vector;
        };
      });
    // With one request outstanding no later interrupt finds the forgotten entry.
    expect(() => runWith(variant, { onAssembled }, 1)).toThrow(/L2/);
  });

  // A thread that polls shared memory is never asleep.
  it.runIf(variant.options["sqthread_poll"] !== true)("notices a wake-up that is lost", () => {
    const isLost = onceAt(20);
    const onAssembled = ({ system }: AssembledRun): void => {
      const { scheduler } = system;
      const spawn = scheduler.spawn.bind(scheduler);
      scheduler.spawn = (index, body) =>
        spawn(index, (thread: Thread) => {
          const wake = thread.wake.bind(thread);
          thread.wake = (atPs) => {
            if (!isLost()) wake(atPs);
          };
          return body(thread);
        });
    };
    expect(() => runWith(variant, { onAssembled }, 1)).toThrow(/L2/);
  });
});

describe("the other laws", () => {
  const raw = (onAssembled?: RunHooks["onAssembled"]): void => {
    const workload = { kind: "raw-io", ioDepth: 4 } as const;
    const spec = parseSpec({ backend: "null", drives: 1, workload, runtimeUs: 2_000 });
    runExperiment(spec, onAssembled ? { onAssembled } : {});
  };
  afterEach(() => vi.restoreAllMocks());

  it("notice a command that completes without its request (L2)", () => {
    expect(() =>
      raw(({ machine }) => {
        machine.array.commands.allocate(NOP, 0, 0, 0, 0, -1);
      }),
    ).toThrow(/L2: a command/);
  });

  it.each([-1e-6, 1.000_001])("notice a stage that is busy for %d of the time (L3)", (share) => {
    expect(() =>
      raw(({ machine: { array } }) => {
        const utilisation = array.utilisation.bind(array);
        array.utilisation = () => utilisation().map((stages) => ({ ...stages, planted: share }));
      }),
    ).toThrow(/L3: planted of drive 0/);
  });

  it.each([-20e6, 20e6])("notice requests outstanding for %d ps more than they took (L4)", (ps) => {
    const { prepared } = JobStatistics.prototype;
    vi.spyOn(JobStatistics.prototype, "prepared").mockImplementation(function (
      this: JobStatistics,
      atPs,
    ) {
      prepared.call(this, atPs - ps);
    });
    expect(() => raw()).toThrow(/L4/);
  });

  it("notice transactions that are under way for longer than they took (L4)", () => {
    const { begun } = TransactionStatistics.prototype;
    vi.spyOn(TransactionStatistics.prototype, "begun").mockImplementation(function (
      this: TransactionStatistics,
      atPs,
    ) {
      begun.call(this, atPs - 1e6);
    });
    const sizes = { dataBytes: 1e9, ramBytes: 2e9, scale: 0.001, wal: false };
    const workload = { kind: "engine", benchmark: "lookup", threads: 1, ...sizes } as const;
    const input = { backend: "null", drives: 1, rampUs: 0, runtimeUs: 1_000, workload } as const;
    expect(() => runExperiment(parseSpec(input))).toThrow(/L4/);
  });
});

describe("a run without any completion", () => {
  it("ends with an error and does not hang", () => {
    for (const [, variant] of variants) {
      const onAssembled = (run: AssembledRun): void =>
        spoilQueuePairs(run, (queuePair) => {
          queuePair.post = () => {};
        });
      expect(() => runWith(variant, { onAssembled })).toThrow(InvariantError);
    }
  });
});
