/** What the speed benchmark runs: whole simulations, and the event queue alone. */

import { RandomStream } from "../../src/base/random.ts";
import { runExperiment } from "../../src/experiment/run.ts";
import type { ExperimentInput } from "../../src/experiment/spec.ts";
import { parseSpec } from "../../src/experiment/spec.ts";
import { EventQueue } from "../../src/sim/event-queue.ts";

/** One benchmark. */
export interface SpeedCase {
  readonly name: string;
  /** What `run` counts: simulated I/Os, or events taken and put back. */
  readonly unit: "I/O" | "hold";
  /** Does the work once; returns how much of it there was. */
  run(): number;
}

const MACHINE = { machine: "milan-pm1733", drives: 8 } as const;
const READS = { kind: "raw-io", rw: "randread", blockBytes: 4096 } as const;

interface Simulated {
  readonly name: string;
  readonly spec: ExperimentInput;
}

const SIMULATED: readonly Simulated[] = [
  {
    name: "bypass, 3 jobs",
    spec: { ...MACHINE, backend: "bypass", workload: { ...READS, jobs: 3, ioDepth: 1024 } },
  },
  {
    name: "io_uring, 16 jobs",
    spec: {
      ...MACHINE,
      backend: "linux",
      options: { ioengine: "io_uring" },
      workload: { ...READS, jobs: 16, ioDepth: 256 },
    },
  },
  {
    name: "io_uring polled, 16 jobs",
    spec: {
      ...MACHINE,
      backend: "linux",
      options: { ioengine: "io_uring", hipri: true },
      workload: { ...READS, jobs: 16, ioDepth: 256 },
    },
  },
  {
    name: "libaio, 16 jobs",
    spec: {
      ...MACHINE,
      backend: "linux",
      options: { ioengine: "libaio" },
      workload: { ...READS, jobs: 16, ioDepth: 256 },
    },
  },
  {
    name: "pread, 128 jobs",
    spec: {
      ...MACHINE,
      backend: "linux",
      options: { ioengine: "psync" },
      workload: { ...READS, jobs: 128 },
    },
  },
];

const PENDING = [32, 1_024, 65_536] as const;

/**
 * All cases.
 * @param simulatedUs length of each simulation.
 * @param holds events that each hold case takes and puts back.
 */
export function speedCases(simulatedUs: number, holds: number): SpeedCase[] {
  return [
    ...SIMULATED.map(({ name, spec }) => simulationCase(name, spec, simulatedUs)),
    ...PENDING.map((pending) => holdCase(pending, holds)),
  ];
}

function simulationCase(name: string, input: ExperimentInput, simulatedUs: number): SpeedCase {
  const spec = parseSpec({ ...input, rampUs: 0, runtimeUs: simulatedUs });
  return { name, unit: "I/O", run: () => runExperiment(spec).operations };
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
      return holds;
    },
  };
}
