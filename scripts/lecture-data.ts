/** Collects what the lecture page shows beside what it computes: chapters, figures, tables. */
import { existsSync, readdirSync } from "node:fs";
import { loadChapters } from "../src/cli/chapters.ts";
import { loadClaims } from "../src/cli/claims.ts";
import { figureIds, loadFigures, type PublishedFigure, readSources } from "../src/cli/figures.ts";
import { catalogue } from "../src/cli/list.ts";
import { PROJECT_ROOT, readProjectFile, VERSION } from "../src/cli/project.ts";
import { claimFile } from "../src/experiment/claim-spec.ts";
import { isCalibrated } from "../src/experiment/figure.ts";
import { METRICS } from "../src/experiment/metric.ts";
import type { ResultRow } from "../src/experiment/result.ts";
import { shortHash } from "../src/experiment/spec-hash.ts";
import { MACHINE_IDS } from "../src/hardware/machines/index.ts";
import { parseResultRows, rowKey } from "../src/report/csv.ts";
import { judgeFigure } from "../src/report/judge.ts";
import { columnHeader } from "../src/report/table.ts";
import { summarise } from "../src/report/validation.ts";
import type { PageData, PageFigure, PageTable } from "../src/web/page-data.ts";

const BASELINE = "results/baseline";
const TABLES = "results/tables";

/** Everything that goes into the page. */
export function pageData(): PageData {
  const chapters = loadChapters();
  const claims = loadClaims();
  const missing = claims.flatMap(({ id, status }) => (status === "not-yet-executable" ? [id] : []));
  return {
    version: VERSION,
    chapters,
    figures: loadFigures(figureIds().filter(hasBaseline)).flatMap(pageFigure),
    claims: claims.map((claim) => ({
      id: claim.id,
      statement: claim.statement,
      text: JSON.stringify(JSON.parse(readProjectFile(claimFile(claim.id)))),
      ...(claim.status === "not-yet-executable" ? { missing: claim.missing } : {}),
    })),
    tables: tableFiles().flatMap((file) => markdownTables(readProjectFile(`${TABLES}/${file}`))),
    backends: catalogue().backends.map(({ id, title, lectureName, summary }) => ({
      id,
      title,
      lectureName,
      summary,
    })),
    machines: MACHINE_IDS,
    notModelled:
      missing.length === 0 ? "nothing of the lecture's claims" : `claims ${missing.join(", ")}`,
  };
}

const hasBaseline = (id: string): boolean =>
  existsSync(new URL(`${BASELINE}/${id}.csv`, PROJECT_ROOT));

/** The figure with its committed results; none while they lack a point (`bench --check` is red). */
function pageFigure({ figure, published, credit }: PublishedFigure): PageFigure[] {
  const file = `${BASELINE}/${figure.id}.csv`;
  const rows = parseResultRows(readProjectFile(file), file);
  const known = new Set(rows.map(rowKey));
  if (!published.every((row) => known.has(rowKey(row)))) return [];
  const kept = new Set(rows.map(({ metric }) => metric));
  const judgement = judgeFigure(
    // A claim about a metric that the committed results do not keep is left to `validate`.
    {
      ...figure,
      claims: figure.claims.filter(({ check }) => kept.has(check.metric ?? figure.y.metric)),
    },
    published,
    rows,
  );
  const { medianAbsErrorPct, predictedPoints } = summarise([judgement]);
  const { metric, divisor, label, unit } = figure.y;
  const highest = Math.max(0, ...published.map(({ value }) => value / divisor));
  const shownUnit = unit ?? (divisor === 1 ? METRICS[metric].unit : undefined);
  const points = (
    all: readonly Pick<ResultRow, "series" | "x" | "metric" | "value">[],
    id: string,
  ) =>
    all
      .filter((row) => row.series === id && row.metric === metric)
      .map(({ x, value }) => ({ x, y: value / divisor }))
      .sort((a, b) => a.x - b.x);
  const shown: PageFigure = {
    id: figure.id,
    title: figure.title,
    credit,
    where: (readSources()[figure.source.key] as { where?: string } | undefined)?.where ?? "",
    metric,
    x: { label: withUnit(figure.x.label, figure.x.unit), scale: figure.x.scale },
    yLabel: withUnit(label ?? METRICS[metric].title, shownUnit === "1" ? undefined : shownUnit),
    divisor,
    readError: (highest * figure.source.readErrorPercent) / 100,
    series: figure.series.map(({ id, title }) => ({
      title,
      simulated: points(rows, id),
      published: points(published, id).map((point) => ({
        ...point,
        ...(isCalibrated(figure, id, point.x) ? { hollow: true } : {}),
      })),
    })),
    medianErrorPercent: medianAbsErrorPct,
    predicted: predictedPoints,
    claims: judgement.claims.map(({ text, verdict }) => ({ text, verdict })),
    gaps: figure.knownGaps.map((gap) =>
      "claim" in gap ? gap.why : `${gap.series} at ${[gap.x].flat().join(", ")}: ${gap.why}`,
    ),
    spec: shortHash([...new Set(rows.map(({ spec }) => spec))].sort()),
  };
  return [shown];
}

const withUnit = (title: string, unit: string | undefined): string =>
  columnHeader({ title, ...(unit === undefined ? {} : { unit }) });

/** The tables of `bench/tables`, as the benchmarks wrote them. */
function tableFiles(): string[] {
  return readdirSync(new URL("bench/tables", PROJECT_ROOT))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(/json$/, "md"))
    .filter((name) => existsSync(new URL(`${TABLES}/${name}`, PROJECT_ROOT)));
}

/** Every table of a Markdown file, under the file's heading. */
function markdownTables(text: string): PageTable[] {
  const heading = /^# (.*)$/m.exec(text)?.[1] ?? "";
  const blocks = text.split(/\n\s*\n/).filter((block) => block.trimStart().startsWith("|"));
  return blocks.flatMap((block, index) => {
    const lines = block.split("\n").filter((line) => line.startsWith("|"));
    const [head, rule, ...rows] = lines.map((line) =>
      line
        .replace(/^\||\|\s*$/g, "")
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll(/\\(.)/g, "$1").replaceAll("&lt;", "<")),
    );
    const title = index === 0 ? heading : `${heading}, ${head?.[0]}`;
    return head && rule ? [{ title, head, rows }] : [];
  });
}
