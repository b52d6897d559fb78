/** The committed results, `results/{baseline,plots,tables}`, and the last run, `results/latest`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../src/cli/output-folder.ts";
import { METRIC_NAMES, METRICS, type Metric, type MetricName } from "../src/experiment/metric.ts";
import type { ResultRow } from "../src/experiment/result.ts";
import { compareResults, type RowChange } from "../src/report/baseline.ts";
import { parseResultRows, resultRowsToCsv } from "../src/report/csv.ts";

/** The metrics that every baseline keeps; what was published of a figure comes on top. */
const BASELINE_METRICS = METRIC_NAMES.filter((name) => (METRICS[name] as Metric).isBaseline);

/** Everything that one figure or table leaves behind. */
export interface Product {
  readonly id: string;
  readonly rows: readonly ResultRow[];
  /** Metrics that the baseline keeps beside the usual ones: those that are judged. */
  readonly judged?: readonly MetricName[];
  readonly svg: string;
  /** Markdown. */
  readonly table: string;
}

const KINDS = [
  { folder: "baseline", ending: ".csv", text: baselineText },
  { folder: "plots", ending: ".svg", text: ({ svg }: Product) => svg },
  { folder: "tables", ending: ".md", text: ({ table }: Product) => table },
] as const;

/** Charts are compared on this Node only: their scales use logarithms. */
const PLOT_NODE_MAJOR = 20;

export class ResultFiles {
  readonly #root: string;

  /** @param root the `results` directory. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Writes the files of the last run, which git ignores. */
  writeLatest(products: readonly Product[]): void {
    const folder = join(this.#root, "latest");
    mkdirSync(folder, { recursive: true });
    for (const product of products) {
      for (const { ending, text } of KINDS) {
        writeAtomically(join(folder, `${product.id}${ending}`), text(product));
      }
    }
  }

  /**
   * Baseline rows against these, row by row.
   * @param isComplete whether a committed figure without a product counts as removed.
   */
  changes(products: readonly Product[], isComplete: boolean): RowChange[] {
    const ids = isComplete ? this.#committedIds("baseline", ".csv") : [];
    const all = [...new Set([...ids, ...products.map(({ id }) => id)])];
    const before = all.flatMap((id) => {
      const text = this.#committed("baseline", `${id}.csv`);
      return text === undefined ? [] : parseResultRows(text, `results/baseline/${id}.csv`);
    });
    return compareResults(before, products.flatMap(baselineRows));
  }

  /** Paths of committed plots and tables that differ; plots count on the pinned Node only. */
  changedFiles(products: readonly Product[], isComplete: boolean, nodeMajor: number): string[] {
    const kinds = KINDS.filter(
      ({ folder }) => folder === "tables" || (folder === "plots" && nodeMajor === PLOT_NODE_MAJOR),
    );
    return kinds.flatMap(({ folder, ending, text }) => {
      const ids = products.map(({ id }) => id);
      const orphans = isComplete
        ? this.#committedIds(folder, ending).filter((id) => !ids.includes(id))
        : [];
      const changed = products.filter(
        (product) => this.#committed(folder, `${product.id}${ending}`) !== text(product),
      );
      return [...changed.map(({ id }) => id), ...orphans].map((id) => `${folder}/${id}${ending}`);
    });
  }

  /** Replaces the committed files; with `isComplete` those without a product are removed. */
  accept(products: readonly Product[], isComplete: boolean): void {
    for (const { folder, ending, text } of KINDS) {
      mkdirSync(join(this.#root, folder), { recursive: true });
      for (const product of products) {
        writeAtomically(join(this.#root, folder, `${product.id}${ending}`), text(product));
      }
      if (!isComplete) continue;
      const ids = products.map(({ id }) => id);
      for (const id of this.#committedIds(folder, ending)) {
        if (!ids.includes(id)) rmSync(join(this.#root, folder, `${id}${ending}`));
      }
    }
  }

  /** Adds an entry at the end of `CHANGES.md`. */
  recordChange(changes: readonly RowChange[], reason: string): void {
    const path = join(this.#root, "CHANGES.md");
    const before = existsSync(path) ? readFileSync(path, "utf8") : CHANGES_HEAD;
    const number = before.split("\n").filter((line) => /^## \d/.test(line)).length + 1;
    writeAtomically(path, `${before.trimEnd()}\n\n${changeEntry(number, changes, reason)}`);
  }

  #committed(folder: string, name: string): string | undefined {
    const path = join(this.#root, folder, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  #committedIds(folder: string, ending: string): string[] {
    const path = join(this.#root, folder);
    if (!existsSync(path)) return [];
    const names = readdirSync(path).filter((name) => name.endsWith(ending));
    return names.map((name) => name.slice(0, -ending.length)).sort();
  }
}

function baselineRows({ rows, judged = [] }: Product): ResultRow[] {
  return rows.filter(({ metric }) => BASELINE_METRICS.includes(metric) || judged.includes(metric));
}

function baselineText(product: Product): string {
  return resultRowsToCsv(baselineRows(product));
}

const CHANGES_HEAD = `# Why results moved

One entry each time a baseline was accepted, the newest last. Written by
\`npm run bench -- --accept "reason"\`.
`;

/** What moved, by figure: how many rows, and the largest relative change. */
export function changeEntry(number: number, changes: readonly RowChange[], reason: string): string {
  const figures = [...new Set(changes.map(({ row }) => row.figure))].sort();
  const lines = figures.flatMap((figure) => {
    const own = changes.filter(({ row }) => row.figure === figure);
    const counts = (["moved", "added", "removed"] as const).flatMap((kind) => {
      const count = own.filter((change) => change.kind === kind).length;
      return count === 0 ? [] : [`${count} ${kind}`];
    });
    if (counts.length === 0) return [];
    const moved = own.filter(({ relative }) => relative !== undefined && relative !== 0);
    const size = ({ relative = 0 }: RowChange): number => Math.abs(relative);
    const largest = moved.toSorted((a, b) => size(b) - size(a))[0];
    const most = largest === undefined ? "" : `; largest change: ${changeText(largest)}`;
    return [`- ${figure}: ${counts.join(", ")} of ${own.length} values${most}`];
  });
  const body = lines.length === 0 ? ["- no value; plots or tables only"] : lines;
  return `## ${number}. ${reason.trim()}\n\n${body.join("\n")}\n`;
}

function changeText({ row, before, after, relative = 0 }: RowChange): string {
  const percent = Number((relative * 100).toPrecision(3));
  const sign = percent > 0 ? "+" : "";
  const place = `${row.metric} of ${row.series} at ${row.x}`;
  return `${place} ${short(before)} → ${short(after)} (${sign}${percent} %)`;
}

const short = (value = 0): string => String(Number(value.toPrecision(5)));
