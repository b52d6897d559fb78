/** Reads the chapters of `bench/lecture/<id>/chapter.json` and checks everything they refer to. */
import { checked, parseJson } from "../base/checked.ts";
import { UsageError } from "../base/usage-error.ts";
import { type Chapter, chapterSchema } from "./chapter-format.ts";
import { chapterInputs } from "./chapter-points.ts";
import { parseSpec } from "./spec.ts";

/**
 * Reads the text of a `chapter.json`; `file` appears in messages only.
 * @throws UsageError that names the file and every wrong field.
 */
export function parseChapter(text: string, file: string): Chapter {
  const chapter = checked(chapterSchema, parseJson(text, file), file);
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
