/** A case study of the lecture in the terminal: the page's chapters without a browser. */

import { toNs, toUs } from "../base/units.ts";
import type { Chapter } from "../experiment/chapter-format.ts";
import {
  type ChapterPoint,
  chapterFigures,
  chartPoints,
  pathBegins,
  pathInput,
  predictionInput,
  rightOption,
  storyInput,
} from "../experiment/chapter-points.ts";
import { METRICS, type MetricName, metricOf } from "../experiment/metric.ts";
import type { Patch } from "../experiment/patch.ts";
import { type OperationTrace, traceOperation } from "../experiment/request-trace.ts";
import type { RunResult } from "../experiment/result.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { parseSpec } from "../experiment/spec.ts";
import { type Story, storyOf } from "../experiment/story.ts";
import { claimText } from "../report/claim-verdict.ts";
import { causeTitle } from "../report/ledger-table.ts";
import { wrapText } from "../report/prose.ts";
import { columnHeader, metricColumn, renderTable, type Table } from "../report/table.ts";
import { isTimed } from "../workload/witness.ts";
import { judgeClaims, loadClaims } from "./claims.ts";
import { figureIds } from "./figures.ts";
import { type Answer, type PointRunner, withRunner } from "./pool.ts";
import type { Terminal } from "./terminal.ts";

/** Walks `chapter`: question, prediction, paths, chart, knobs, ledger, claims. */
export async function walkChapter(chapter: Chapter, terminal: Terminal): Promise<void> {
  await withRunner((runner) => walk(chapter, terminal, runner));
}

async function walk(chapter: Chapter, terminal: Terminal, runner: PointRunner): Promise<void> {
  const print = (text: string): void => terminal.out(`${wrapText(text, terminal.columns)}\n`);
  const printTable = (table: Table): void => print(renderTable(table, terminal.columns));
  const { prediction, path, chart } = chapter;
  const figures = chapterFigures(chapter, figureIds());
  print(`Case study ${chapter.number}: ${chapter.title}\n\n${chapter.question}\n`);
  print(`${chapter.background}\n\nPredict: ${prediction.question}`);
  prediction.options.forEach(({ text }, index) => {
    print(`  ${letter(index)}  ${text}`);
  });
  print(`\n${path.text}, step by step`);
  for (const { id, title } of path.variants) {
    const trace = traceOperation(parseSpec(pathInput(chapter, id)), pathBegins(chapter, id));
    print(`\n${title}`);
    printTable(pathTable(trace));
  }
  const points = chartPoints(chapter, {});
  const answers = await runner.outcomes(points.map(inputOf));
  print(`\n${chart.title}. Interactive preset: ${chapter.preset}`);
  for (const metric of chart.metrics.slice(0, 2)) {
    printTable(chartTable(chapter, points, answers, metric));
  }
  printTable(ledgerTable(chapter, points, answers));
  await turnKnobs(chapter, runner, printTable);
  const [answer] = await runner.run([predictionInput(chapter) as unknown as ExperimentInput]);
  print(`\n${revealed(chapter, answer!)}\n`);
  tellFailures(chapter, print, printTable);
  if (chapter.claims.length > 0) {
    const verdicts = await judgeClaims(terminal, runner, loadClaims(chapter.claims));
    print(`What the lecture says, run\n\n${verdicts.map(claimText).join("\n")}`);
  }
  if (figures.length > 0) print(`Published beside simulated: kerneltax run ${figures.join(" ")}`);
  if (chapter.notModelled !== undefined) print(`Not modelled yet: ${chapter.notModelled}`);
}

/** Every failure in every way that it can be met, moment by moment. */
function tellFailures(
  chapter: Chapter,
  print: (text: string) => void,
  printTable: (table: Table) => void,
): void {
  for (const failure of chapter.failures) {
    print(`What goes wrong: ${failure.title}\n\n${failure.text}`);
    for (const [position, { title }] of failure.variants.entries()) {
      const story = storyOf(parseSpec(storyInput(chapter, failure, position)));
      print(`\n${title}`);
      printTable(storyTable(story));
      print("");
    }
  }
}

function storyTable({ moments }: Story): Table {
  const places = [...new Set(moments.flatMap(({ holds }) => Object.keys(holds)))];
  const timed = isTimed(moments);
  return {
    columns: [
      timed
        ? { title: "at", unit: "µs", digits: 1, align: "right" }
        : { title: "step", digits: 0, align: "right" },
      { title: "who" },
      { title: "what happens" },
      ...places.map((title) => ({ title })),
    ],
    rows: moments.map(({ atPs, who, what, tone, holds }, step) => [
      timed ? toUs(atPs) : step,
      who,
      `${tone === "bad" ? "✗ " : tone === "good" ? "✓ " : ""}${what}`,
      ...places.map((place) => holds[place] ?? ""),
    ]),
  };
}

const letter = (index: number): string => "ABCDEFGH"[index] ?? "?";

const inputOf = ({ input }: { readonly input: Patch }): ExperimentInput =>
  input as unknown as ExperimentInput;

function revealed(chapter: Chapter, result: RunResult): string {
  const { metric, options, explanation } = chapter.prediction;
  const value = metricOf(result, metric);
  const right = rightOption(chapter, value);
  const { column, divisor } = metricColumn(metric, [value]);
  const simulated = `${columnHeader(column)}: ${Number((value / divisor).toPrecision(3))}`;
  const outcome = `Revealed: ${letter(right)}, ${options[right]?.text}. Simulated ${simulated}.`;
  return `${outcome}\n${explanation}`;
}

function pathTable({ steps, durationPs }: OperationTrace): Table {
  const number = { unit: "ns", digits: 0, align: "right" } as const;
  return {
    columns: [
      { title: "at", ...number },
      { title: "takes", ...number },
      { title: "where" },
      { title: "charged to" },
    ],
    rows: [
      ...steps.map(({ kind, cause, where, startPs, endPs }) => [
        toNs(startPs),
        toNs(endPs - startPs),
        `${kind === "drive" ? "drive" : "core"} ${where}`,
        cause === undefined
          ? kind === "drive"
            ? "nobody: the drive works"
            : "idle"
          : causeTitle(cause),
      ]),
      [toNs(durationPs), 0, "", "the application has it"],
    ],
  };
}

/** One row per x, one column per series; a chart over time shows the mean of each run. */
function chartTable(
  chapter: Chapter,
  points: readonly ChapterPoint[],
  answers: readonly Answer[],
  metric: MetricName,
): Table {
  const metricIn = (answer: Answer | undefined): number | undefined =>
    answer?.kind === "done" ? answer.result.metrics[metric] : undefined;
  const { column, divisor } = metricColumn(
    metric,
    answers.flatMap((answer) => metricIn(answer) ?? []),
  );
  const { x, series } = chapter.chart;
  const xs = [...new Set(points.map((point) => point.x))];
  return {
    columns: [
      { title: `${columnHeader(column)} by ${x.label}` },
      ...series.map(({ title }) => ({
        title,
        digits: column.digits ?? 3,
        align: "right" as const,
      })),
    ],
    rows: xs.map((value) => [
      "path" in x ? value : "whole run",
      ...series.map(({ id }) => {
        const index = points.findIndex((point) => point.series === id && point.x === value);
        const found = metricIn(answers[index]);
        const nothing = answers[index]?.kind === "done" ? "–" : "refused";
        return found === undefined ? nothing : found / divisor;
      }),
    ]),
  };
}

/** Where the time of one operation goes, at the x that the page shows first. */
function ledgerTable(
  chapter: Chapter,
  points: readonly ChapterPoint[],
  answers: readonly Answer[],
): Table {
  const { x, series } = chapter.chart;
  const at = "path" in x ? x.initial : 0;
  const ran = series.map(({ id }) => {
    const answer = answers[points.findIndex((point) => point.series === id && point.x === at)];
    return answer?.kind === "done" ? answer.result : undefined;
  });
  const operation = ran.find((result) => result !== undefined)?.operation ?? "operation";
  const nsOf = (result: RunResult | undefined, cause: string): number =>
    result === undefined || result.operations === 0
      ? 0
      : toNs(Number(result.ledger.total[cause] ?? 0)) / result.operations;
  const causes = Object.keys(ran.find((result) => result !== undefined)?.ledger.total ?? {}).filter(
    (cause) => cause !== "idle" && ran.some((result) => nsOf(result, cause) > 0),
  );
  const place = "path" in x ? `; ${x.label} = ${at}` : "";
  return {
    columns: [
      { title: `ns per ${operation}${place}` },
      ...series.map(({ title }) => ({ title, digits: 0, align: "right" as const })),
    ],
    rows: causes.map((cause) => [causeTitle(cause), ...ran.map((result) => nsOf(result, cause))]),
  };
}

/** What each other position of a knob does at the x that the page shows first. */
async function turnKnobs(
  chapter: Chapter,
  runner: PointRunner,
  printTable: (table: Table) => void,
): Promise<void> {
  const { x, metrics, series } = chapter.chart;
  const at = "path" in x ? x.initial : 0;
  const metric = metrics[0]!;
  for (const { id, title, options } of chapter.knobs) {
    const points = options.map((_, index) =>
      chartPoints(chapter, { [id]: index }).filter((point) => point.x === at),
    );
    const answers = await runner.outcomes(points.flat().map(inputOf));
    const values = answers.map((answer) =>
      answer.kind === "done" ? answer.result.metrics[metric] : undefined,
    );
    const { column, divisor } = metricColumn(
      metric,
      values.flatMap((value) => value ?? []),
    );
    const place = "path" in x ? `; ${x.label} = ${at}` : "";
    const rows = options.map((option, row) => [
      option.title,
      ...series.map((_, position) => {
        const value = values[row * series.length + position];
        return value === undefined ? "refused" : value / divisor;
      }),
    ]);
    const columns = [
      { title: `${title}: ${columnHeader({ ...column, title: METRICS[metric].title })}${place}` },
      ...series.map((one) => ({
        title: one.title,
        digits: column.digits ?? 3,
        align: "right" as const,
      })),
    ];
    printTable({ columns, rows });
  }
}
