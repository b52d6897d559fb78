/** What the speed benchmark runs: whole simulations, the storage engine, the event queue alone. */

import { RandomStream } from "../../src/base/random.ts";
import { runExperiment } from "../../src/experiment/run.ts";
import type { ExperimentInput } from "../../src/experiment/spec.ts";
import { parseSpec } from "../../src/experiment/spec.ts";
import { EventQueue } from "../../src/sim/event-queue.ts";

/** One benchmark. */
export interface SpeedCase {
  readonly name: string;
  /** What `run` counts: simulated I/Os or transactions, or events taken and put back. */
  readonly unit: "I/O" | "transaction" | "hold";
  /** Does the work once. */
  run(): Work;
}

/** How much work there was. */
export interface Work {
  readonly count: number;
  /** Host time that counts, in milliseconds, when preparing the work does not. */
  readonly hostMs?: number;
}

const MACHINE = { machine: "milan-pm1733", drives: 8 } as const;
const READS = { kind: "raw-io", rw: "randread", blockBytes: 4096 } as const;

interface Simulated {
  readonly name: string;
  readonly spec: ExperimentInput;
  /** Length of its simulation, in that of the shortest: a round is half a million I/Os or more. */
  readonly length: number;
}

const SIMULATED: readonly Simulated[] = [
  {
    name: "bypass, 3 jobs",
    length: 3,
    spec: { ...MACHINE, backend: "bypass", workload: { ...READS, jobs: 3, ioDepth: 1024 } },
  },
  {
    name: "io_uring, 16 jobs",
    length: 4,
    spec: {
      ...MACHINE,
      backend: "linux",
      options: { ioengine: "io_uring" },
      workload: { ...READS, jobs: 16, ioDepth: 256 },
    },
  },
  {
    name: "io_uring polled, 16 jobs",
    length: 4,
    spec: {
      ...MACHINE,
      backend: "linux",
      options: { ioengine: "io_uring", hipri: true },
      workload: { ...READS, jobs: 16, ioDepth: 256 },
    },
  },
  {
    name: "libaio, 16 jobs",
    length: 4,
    spec: {
      ...MACHINE,
      backend: "linux",
      options: { ioengine: "libaio" },
      workload: { ...READS, jobs: 16, ioDepth: 256 },
    },
  },
  {
    name: "pread, 128 jobs",
    length: 16,
    spec: {
      ...MACHINE,
      backend: "linux",
      options: { ioengine: "psync" },
      workload: { ...READS, jobs: 128 },
    },
  },
];

export interface DatabaseSize {
  readonly dataBytes: number;
  /** Scale of each benchmark's twin; 0: its own choice. */
  readonly lookupScale: number;
  readonly tpccScale: number;
}

const PENDING = [32, 1_024, 65_536] as const;

/**
 * All cases.
 * @param simulatedUs length of the shortest simulation.
 * @param holds events that each hold case takes and puts back.
 * @param database size of the engine's databases, and of their twins.
 */
export function speedCases(
  simulatedUs: number,
  holds: number,
  database: DatabaseSize,
): SpeedCase[] {
  return [
    ...SIMULATED.map(({ name, spec, length }) => simulationCase(name, spec, length * simulatedUs)),
    engineCase("lookups in memory", "lookup", 20 * simulatedUs, database),
    engineCase("TPC-C in memory", "tpcc", 10 * simulatedUs, database),
    ...PENDING.map((pending) => holdCase(pending, holds)),
  ];
}

function simulationCase(name: string, input: ExperimentInput, simulatedUs: number): SpeedCase {
  const spec = parseSpec({ ...input, rampUs: 0, runtimeUs: simulatedUs });
  return { name, unit: "I/O", run: () => ({ count: runExperiment(spec).operations }) };
}

/** One thread without a log; loading the data and the first step of the window do not count. */
function engineCase(
  name: string,
  benchmark: "lookup" | "tpcc",
  simulatedUs: number,
  { dataBytes, lookupScale, tpccScale }: DatabaseSize,
): SpeedCase {
  const workload = {
    kind: "engine",
    benchmark,
    buffer: "swizzling",
    wal: false,
    isolationLevel: "read-uncommitted",
    dataBytes,
    scale: benchmark === "lookup" ? lookupScale : tpccScale,
  } as const;
  const spec = parseSpec({ backend: "null", workload, rampUs: 0, runtimeUs: simulatedUs });
  const run = (): Work => {
    let first = { share: 1, atMs: 0 };
    let last = first;
    const onProgress = (share: number): void => {
      last = { share, atMs: performance.now() };
      if (share < first.share) first = last;
    };
    const { operations } = runExperiment(spec, { onProgress });
    return { count: operations * (last.share - first.share), hostMs: last.atMs - first.atMs };
  };
  return { name, unit: "transaction", run };
}

/** The classic model: take the next event, put it back a random while later. */
function holdCase(pending: number, holds: number): SpeedCase {
  const random = new RandomStream(1, "holds");
  const queue = new EventQueue();
  const delays = Float64Array.from({ length: 4_096 }, () => random.below(200_000_000));
  for (let index = 0; index < pending; index++) queue.add(delays[index & 4_095]!, 0, index);
  return {
    name: `event queue, ${pending} pending`,
    unit: "hold",
    run: () => {
      for (let index = 0; index < holds; index++) {
        queue.next(Number.POSITIVE_INFINITY);
        queue.add(queue.timePs + delays[index & 4_095]!, 0, queue.argument);
      }
      return { count: holds };
    },
  };
}
