/**
 * One case study of the lecture as data: what the page and the terminal show, and what they run.
 *
 * A chapter holds no results: every number that a reader sees comes from a run of the specs below,
 * which are small enough to answer at once.
 */
import * as z from "zod";
import { METRIC } from "./figure-check.ts";

const TEXT = z.string().min(1);
const ID = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "use lower-case letters, digits and -");
/** A partial spec; merged ones are checked as a whole by `parseSpec`. */
const PATCH = z.record(z.string(), z.unknown());
const variantSchema = z.strictObject({ id: ID, title: TEXT, run: PATCH });

const knobSchema = z.strictObject({
  id: ID,
  title: TEXT,
  /** The series that it changes; without it all of them. */
  series: z.array(ID).min(1).optional(),
  options: z.array(z.strictObject({ title: TEXT, run: PATCH })).min(2),
  /** Position of the option that a reader sees first. */
  initial: z.int().min(0),
});

export const chapterSchema = z.strictObject({
  /** The case study's number in the lecture, as its claims are numbered. */
  number: z.int().min(1).max(9),
  id: ID,
  title: TEXT,
  question: TEXT,
  background: TEXT,
  /** Laid under every run of the chapter: the interactive preset. */
  run: PATCH,
  /** In words, how the preset differs from the published measurements. */
  preset: TEXT,
  /** What a reader guesses before anything is shown; a run decides who is right. */
  prediction: z.strictObject({
    question: TEXT,
    metric: METRIC,
    run: PATCH,
    /** The first option whose `below` lies above the value is right; the last has none. */
    options: z.array(z.strictObject({ text: TEXT, below: z.number().optional() })).min(2),
    explanation: TEXT,
  }),
  /** One operation, followed through each operating system. */
  path: z.strictObject({
    text: TEXT,
    run: PATCH,
    /** Where an operation begins: when a request is prepared, or with the first work of a cause. */
    begins: TEXT.default("request"),
    variants: z.array(variantSchema.extend({ begins: TEXT.optional() })).min(1),
  }),
  /** The live chart: a sweep, or one run per series over its time. */
  chart: z.strictObject({
    title: TEXT,
    /** Laid under every run of the chart. */
    run: PATCH.default({}),
    x: z.union([
      z.strictObject({
        label: TEXT,
        path: TEXT,
        /** Paths of other numbers that x sets as well: cores that grow with threads. */
        alsoSets: z.array(TEXT).default([]),
        values: z.array(z.number()).min(2),
        scale: z.enum(["linear", "log"]),
        /** The x whose ledger stands beside the chart at first. */
        initial: z.number(),
      }),
      z.strictObject({ label: TEXT, overTime: z.literal(true) }),
    ]),
    metrics: z.array(METRIC).min(1),
    /** Metrics whose axis is logarithmic. */
    logMetrics: z.array(METRIC).default([]),
    series: z.array(variantSchema).min(1),
    /** Whether the ledger shows at first what the operating system takes, and nothing else. */
    taxOnly: z.boolean().default(false),
  }),
  knobs: z.array(knobSchema).max(4),
  /** Failures that can be stepped through: each moment is told by a run. */
  failures: z
    .array(
      z.strictObject({
        id: ID,
        title: TEXT,
        /** What the audience should ask itself. */
        text: TEXT,
        run: PATCH,
        /** The failure, and what prevents it. */
        variants: z.array(variantSchema).min(1),
      }),
    )
    .default([]),
  /** Figures of `bench/figures`; `haas23-` means all of that source. */
  figures: z.array(TEXT),
  /** Claims of `bench/claims`. */
  claims: z.array(TEXT),
  /** One line: what this chapter should show and does not model yet. */
  notModelled: TEXT.optional(),
});

export type Chapter = z.output<typeof chapterSchema>;
export type ChapterFailure = Chapter["failures"][number];
