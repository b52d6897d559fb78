/** The scheduling workload as a user writes it: several patterns of asking for threads. */
import * as z from "zod";

const TIME_US = z.number().positive().max(1e9);
const THREADS = z.int().min(1).max(16_384);

/** How long work takes, in microseconds on one core that works alone. */
const serviceSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("fixed"), us: TIME_US }),
  z.strictObject({ kind: z.literal("exponential"), meanUs: TIME_US }),
  z.strictObject({
    kind: z.literal("bimodal"),
    shortUs: TIME_US,
    longUs: TIME_US,
    /** Share of long ones, 0 … 1. */
    longShare: z.number().min(0).max(1),
  }),
  z.strictObject({
    kind: z.literal("quantiles"),
    /** Per cent and microseconds, ascending, from 0 to 100 %. */
    points: z.array(z.tuple([z.number().min(0).max(100), TIME_US])).min(2),
  }),
]);

/** Requests arrive at a rate, whatever becomes of those before, and go to a pool of threads. */
const requestsSchema = z.strictObject({
  pattern: z.literal("requests"),
  ratePerS: z.number().positive().max(1e9).default(100_000),
  service: serviceSchema,
  threads: THREADS,
  /** Work after which a request yields; 0: never. */
  yieldEveryUs: z.number().min(0).max(1e9).default(0),
  /** Offers several rates to find the highest at which a percentile of latency keeps its limit. */
  knee: z
    .strictObject({
      fromPerS: z.number().positive().max(1e9),
      toPerS: z.number().positive().max(1e9),
      stepPercent: z.number().positive().max(100),
      levelUs: TIME_US,
      percent: z.number().positive().max(100).default(99),
      limitUs: TIME_US,
    })
    .optional(),
});

/** On each worker a long query after the other, beside short transactions that come in batches. */
const queriesSchema = z.strictObject({
  pattern: z.literal("queries"),
  workers: z.int().min(1).max(1_024),
  query: serviceSchema,
  transaction: serviceSchema,
  /** Part of each batch is something else, which is done alike but not measured as short work. */
  others: z.strictObject({ share: z.number().min(0).max(1), service: serviceSchema }).optional(),
  batch: z.int().min(1).max(65_536),
  batchEveryUs: TIME_US,
  /** Transactions that a worker's queue holds; the rest of a batch waits for room. */
  queueDepth: z.int().min(1).max(65_536).optional(),
  yieldEveryUs: z.number().min(0).max(1e9).default(0),
});

/** Two threads wake each other in turn. */
const pingPongSchema = z.strictObject({
  pattern: z.literal("ping-pong"),
  /** On one core, or on two. */
  isSameCore: z.boolean().default(true),
});

/** Threads sleep and work in turn. */
const sleepersSchema = z.strictObject({
  pattern: z.literal("sleepers"),
  threads: THREADS,
  workUs: TIME_US,
  sleepUs: TIME_US,
  /** Whether the system may move them to other cores. */
  isMigratable: z.boolean().default(true),
});

/** Threads spin for a latch, and may lose the core while they hold it. */
const latchSchema = z.strictObject({
  pattern: z.literal("latch"),
  threads: THREADS,
  outsideUs: TIME_US,
  insideUs: TIME_US,
  isMasked: z.boolean().default(false),
});

/** Each thread does lookups: work, then one read that it waits for. */
const lookupsSchema = z.strictObject({
  pattern: z.literal("lookups"),
  threads: THREADS,
  workUs: z.number().min(0).max(1e9).default(0),
  pageBytes: z.int().min(512).max(1_048_576).multipleOf(512).default(4_096),
});

const PATTERNS = [
  requestsSchema,
  queriesSchema,
  pingPongSchema,
  sleepersSchema,
  latchSchema,
  lookupsSchema,
] as const;

export const schedSchema = z.strictObject({
  kind: z.literal("sched"),
  work: z.discriminatedUnion("pattern", PATTERNS),
});

export type SchedSpec = z.output<typeof schedSchema>;
export type SchedWork = SchedSpec["work"];
export type ServiceSpec = z.output<typeof serviceSchema>;
