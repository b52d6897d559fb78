/**
 * One case study of the lecture as data: what the page and the terminal show, and what they run.
 *
 * `bench/lecture/<id>/chapter.json` is parsed here. A chapter holds no results: every number that a
 * reader sees comes from a run of the specs below, which are small enough to answer at once.
 */
import * as z from "zod";
import { UsageError } from "../base/usage-error.ts";
import { chapterInputs } from "./chapter-points.ts";
import { METRIC } from "./figure-check.ts";
import { parseSpec } from "./spec.ts";

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

const chapterSchema = z.strictObject({
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
    variants: z.array(variantSchema).min(1),
  }),
  /** The live chart: a sweep, or one run per series over its time. */
  chart: z.strictObject({
    title: TEXT,
    x: z.union([
      z.strictObject({
        label: TEXT,
        path: TEXT,
        values: z.array(z.number()).min(2),
        scale: z.enum(["linear", "log"]),
        /** The x whose ledger stands beside the chart at first. */
        initial: z.number(),
      }),
      z.strictObject({ label: TEXT, overTime: z.literal(true) }),
    ]),
    metrics: z.array(METRIC).min(1),
    series: z.array(variantSchema).min(1),
  }),
  knobs: z.array(knobSchema).max(4),
  /** Figures of `bench/figures` and claims of `bench/claims` that belong here. */
  figures: z.array(TEXT),
  claims: z.array(TEXT),
  /** One line: what this chapter should show and does not model yet. */
  notModelled: TEXT.optional(),
});

export type Chapter = z.output<typeof chapterSchema>;
export type ChapterVariant = z.output<typeof variantSchema>;

/**
 * Reads the text of a `chapter.json`; `file` appears in messages only.
 * @throws UsageError that names the file and every wrong field.
 */
export function parseChapter(text: string, file: string): Chapter {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${String(error)}`);
  }
  const parsed = chapterSchema.safeParse(json);
  if (!parsed.success) {
    throw new UsageError(`${file} is not valid:\n${z.prettifyError(parsed.error)}`);
  }
  const chapter = parsed.data;
  const problems = referenceProblems(chapter);
  if (problems.length > 0) throw new UsageError(`${file} is not valid:\n${problems.join("\n")}`);
  for (const { name, input } of chapterInputs(chapter)) {
    try {
      parseSpec(input);
    } catch (error) {
      throw new UsageError(`${file}, ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return chapter;
}

/** Names that point at nothing. */
function referenceProblems({ chart, knobs, prediction }: Chapter): string[] {
  const problems: string[] = [];
  const known = chart.series.map(({ id }) => id);
  for (const knob of knobs) {
    for (const series of knob.series ?? []) {
      if (!known.includes(series)) problems.push(`knob "${knob.id}": no series "${series}"`);
    }
    if (knob.initial >= knob.options.length) problems.push(`knob "${knob.id}": no such option`);
  }
  if ("path" in chart.x && !chart.x.values.includes(chart.x.initial)) {
    problems.push(`chart.x.initial: ${chart.x.initial} is not one of the values`);
  }
  const limits = prediction.options.map(({ below }) => below);
  limits.forEach((limit, index) => {
    const isLast = index === limits.length - 1;
    const before = limits[index - 1];
    const rises = before === undefined || limit === undefined || limit > before;
    if (isLast !== (limit === undefined) || !rises) {
      problems.push(`prediction.options[${index}]: below must rise, and the last has none`);
    }
  });
  return problems;
}
