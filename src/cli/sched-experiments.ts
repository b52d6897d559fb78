/** The scheduling microbenchmarks of `kerneltax sched`, as data. */
import type { MetricName } from "../experiment/metric.ts";
import type { ExperimentInput } from "../experiment/spec.ts";

/** One line of an experiment's table. */
export interface SchedPoint {
  /** What distinguishes it: `4096 threads`, `20 µs`. */
  readonly title: string;
  readonly input: ExperimentInput;
}

export interface SchedExperiment {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly MetricName[];
  readonly points: readonly SchedPoint[];
}

type Work = Extract<ExperimentInput["workload"], { kind: "sched" }>["work"];
const sched = (work: Work): ExperimentInput["workload"] => ({ kind: "sched", work });

const TASKS = { backend: "bypass", options: { threads: "tasks" } } as const;
const RING_TASKS = {
  backend: "linux",
  options: { threads: "tasks", ioengine: "io_uring" },
} as const;
const THREADS = { backend: "linux", options: { ioengine: "psync" } } as const;
const CENTRAL = { threads: "tasks", run_queue: "central" } as const;

const lookups: SchedExperiment = {
  id: "lookups",
  title: "lookups of 1.1 µs and one read each, 64 cores: threads against tasks",
  metrics: ["operationsPerS", "operationNsP99", "schedulingCyclesPerOperation", "coresBusy"],
  points: [64, 256, 1_024, 4_096].flatMap((threads) =>
    [
      ["kernel threads, pread", THREADS] as const,
      ["tasks, io_uring", RING_TASKS] as const,
      ["tasks, bypass", TASKS] as const,
    ].map(([title, system]) => ({
      title: `${threads} ${title}`,
      input: {
        ...system,
        machine: "milan-pm1733",
        drives: 8,
        cores: 64,
        workload: sched({ pattern: "lookups", threads, workUs: 1.1 }),
        rampUs: 2_000,
        runtimeUs: 4_000,
      },
    })),
  ),
};

const switches: SchedExperiment = {
  id: "switch",
  title: "two threads that wake each other in turn: one turn",
  metrics: ["operationNsMean", "schedulingCyclesPerOperation"],
  points: [
    ["Linux", { backend: "linux" }] as const,
    ["Linux as a guest", { backend: "linux", isolation: "vm" }] as const,
    ["unikernel", { backend: "unikernel" }] as const,
    ["unikernel as a guest", { backend: "unikernel", isolation: "vm" }] as const,
    ["tasks, bypass", TASKS] as const,
  ].flatMap(([title, system]) =>
    [true, false].map((isSameCore) => ({
      title: `${title}, ${isSameCore ? "same core" : "across cores"}`,
      input: {
        ...system,
        machine: "xeon5418y",
        drives: 1,
        cores: 2,
        workload: sched({ pattern: "ping-pong", isSameCore }),
        rampUs: 100,
        runtimeUs: 10_000,
      },
    })),
  ),
};

const SERVICE = { kind: "bimodal", shortUs: 4, longUs: 10_000, longShare: 0.005 } as const;

const mixed: SchedExperiment = {
  id: "mixed",
  title: "99.5 % of 4 µs and 0.5 % of 10 ms, open loop, 20 workers",
  metrics: ["shortNsP50", "shortNsP99", "shortNsP999", "operationNsP99", "preemptionsPerOperation"],
  points: [100_000, 200_000, 300_000].flatMap((ratePerS) => {
    const point = (
      title: string,
      threads: number,
      system: Partial<ExperimentInput>,
    ): SchedPoint => ({
      title: `${ratePerS / 1_000} K/s, ${title}`,
      input: {
        machine: "xeon5418y",
        drives: 1,
        backend: "bypass",
        cores: 21,
        workload: sched({ pattern: "requests", ratePerS, service: SERVICE, threads }),
        rampUs: 50_000,
        runtimeUs: 500_000,
        ...system,
      },
    });
    return [
      point("no preemption", 4_096, { options: CENTRAL }),
      point("fair, a thread per core", 20, { backend: "linux", cores: 20 }),
      point("fair, 512 threads", 512, { backend: "linux", cores: 20 }),
      ...[10, 20, 30].map((quantumUs) =>
        point(`preemption at ${quantumUs} µs`, 4_096, {
          options: { ...CENTRAL, preemption: "timer" },
          set: { "task.slice": 1_000 * quantumUs },
        }),
      ),
    ];
  }),
};

/** Rates a hundredth apart, each offered for 25 s of which 20 are judged: minutes per run. */
const knees: SchedExperiment = {
  id: "knees",
  title:
    "highest rate with p99 within 100 µs, to 1 %, judged over 20 s (minutes; medians: --seeds 5)",
  metrics: ["kneePerS", "preemptionsPerOperation"],
  points: (
    [
      ["no preemption", 170_000, 205_000, 4_096, { options: CENTRAL }],
      ["fair, a thread per core", 170_000, 205_000, 20, { backend: "linux", cores: 20 }],
      ...[10, 20, 30].map(
        (quantumUs) =>
          [
            `preemption at ${quantumUs} µs`,
            302_000,
            341_000,
            4_096,
            {
              options: { ...CENTRAL, preemption: "timer" },
              set: { "task.slice": 1_000 * quantumUs },
            },
          ] as const,
      ),
    ] as const
  ).map(([title, fromPerS, toPerS, threads, system]) => ({
    title,
    input: {
      machine: "xeon5418y",
      drives: 1,
      backend: "bypass",
      cores: 21,
      workload: sched({
        pattern: "requests",
        service: SERVICE,
        threads,
        knee: { fromPerS, toPerS, stepPercent: 1, levelUs: 25e6, limitUs: 100 },
      }),
      rampUs: 0,
      runtimeUs: 180e6,
      ...system,
    },
  })),
};

const query: SchedExperiment = {
  id: "query",
  title:
    "queries of 10 ms beside batches of 64 transactions of 20 µs every millisecond, 16 workers",
  metrics: ["shortNsP50", "shortNsP99", "longNsP50", "longPerS"],
  points: (
    [
      ["wait", 0, { ...TASKS }],
      ["yield every 2 ms", 2_000, { ...TASKS }],
      ["yield every 20 µs", 20, { ...TASKS }],
      [
        "preempt at arrival, user interrupt",
        0,
        { backend: "bypass", options: { threads: "tasks", preemption: "arrival" } },
      ],
      [
        "preempt at 20 µs, light threads",
        0,
        { backend: "unikernel", set: { "unikernel.slice": 20_000 } },
      ],
      ["fair scheduler", 0, { backend: "linux" }],
    ] as const
  ).map(([title, yieldEveryUs, system]) => ({
    title,
    input: {
      ...system,
      machine: "xeon6448h",
      drives: 1,
      cores: 16,
      workload: sched({
        pattern: "queries",
        workers: 16,
        query: { kind: "fixed", us: 10_000 },
        transaction: { kind: "fixed", us: 20 },
        batch: 64,
        batchEveryUs: 1_000,
        yieldEveryUs,
      }),
      rampUs: 20_000,
      runtimeUs: 500_000,
    },
  })),
};

const latch: SchedExperiment = {
  id: "latch",
  title: "16 light threads on 4 cores spin for a latch: preemption inside it, masked or not",
  metrics: ["operationsPerS", "operationNsP99", "preemptionsPerOperation"],
  points: [10_000, 100_000].flatMap((sliceNs) =>
    [false, true].map((isMasked) => ({
      title: `quantum ${sliceNs / 1_000} µs, ${isMasked ? "masked" : "not masked"}`,
      input: {
        machine: "xeon5418y",
        drives: 1,
        backend: "unikernel",
        cores: 4,
        set: { "unikernel.slice": sliceNs },
        workload: sched({ pattern: "latch", threads: 16, outsideUs: 5, insideUs: 2, isMasked }),
        rampUs: 2_000,
        runtimeUs: 100_000,
      },
    })),
  ),
};

const sleepers: SchedExperiment = {
  id: "sleepers",
  title: "threads that work 2 ms and sleep 50 µs on 16 cores: how late they run",
  metrics: ["wakeDelayNsP50", "wakeDelayNsP99", "operationsPerS"],
  points: [8, 16, 20, 32].flatMap((threads) =>
    (
      [
        ["fair", { backend: "linux" }],
        [
          "light, 20 µs",
          {
            backend: "unikernel",
            options: { run_queue: "shared" },
            set: { "unikernel.slice": 20_000 },
          },
        ],
      ] as const
    ).map(([title, system]) => ({
      title: `${threads} threads, ${title}`,
      input: {
        ...system,
        machine: "xeon5418y",
        drives: 1,
        cores: 16,
        workload: sched({ pattern: "sleepers", threads, workUs: 2_000, sleepUs: 50 }),
        rampUs: 20_000,
        runtimeUs: 300_000,
      },
    })),
  ),
};

export const SCHED_EXPERIMENTS: readonly SchedExperiment[] = [
  lookups,
  switches,
  mixed,
  knees,
  query,
  latch,
  sleepers,
];
