/** `kerneltax compare OLD NEW`: two results, exactly. */
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Command } from "commander";
import { UsageError } from "../base/usage-error.ts";
import type { ResultRow } from "../experiment/result.ts";
import {
  changesTable,
  compareResults,
  countChanges,
  isUnchanged,
  type RowChange,
} from "../report/baseline.ts";
import { parseResultRows, rowKey } from "../report/csv.ts";
import { stableJson } from "../report/json.ts";
import { renderTable } from "../report/table.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { readInputFile, reasonOf, shown } from "./input-file.ts";
import { VERSION } from "./project.ts";
import { formatOption, type OutputFormat } from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

/** Result files are ours: they may be larger than what a user writes by hand. */
const RESULT_BYTES_MAX = 256 * 1_048_576;
/** More changes than this tell nobody anything. */
const ROWS_SHOWN = 60;

export function compareCommand(context: CommandContext): Command {
  return new Command("compare")
    .description("compare two result files or directories exactly; exit 1 when something moved")
    .argument("<old>", "a result CSV, or a directory of them")
    .argument("<new>", "the same, newer")
    .addOption(formatOption())
    .action((before: string, after: string, flags: { outputFormat: OutputFormat }) => {
      const changes = compareResults(readResults(before, "old"), readResults(after, "new"));
      if (!isUnchanged(changes)) context.exitCode = EXIT_CODES.failed.code;
      if (flags.outputFormat === "normal") context.terminal.out(changesText(changes));
      else {
        const data = {
          tool: "kerneltax",
          version: VERSION,
          command: "compare",
          counts: countChanges(changes),
          changes: changes.filter(({ kind }) => kind !== "identical"),
        };
        context.terminal.out(`${stableJson(data, 2, "given")}\n`);
      }
    });
}

/**
 * Rows of one CSV file or of every CSV file of a directory; what several files hold alike, once.
 * @throws UsageError when there is none, one is not a result file, or two contradict each other.
 */
function readResults(path: string, field: string): ResultRow[] {
  const files = csvFiles(path, field);
  if (files.length === 0) throw new UsageError(`${field}: ${shown(path)} holds no .csv file`);
  const found = new Map<string, { readonly row: ResultRow; readonly file: string }>();
  for (const file of files) {
    for (const row of resultRows(file, field)) {
      const first = found.get(rowKey(row));
      if (first === undefined) found.set(rowKey(row), { row, file: basename(file) });
      // A sweep's runs are in its sum, too.
      else if (!isEqual(first.row, row)) throw twoResults(row, first.file, basename(file), field);
    }
  }
  return [...found.values()].map(({ row }) => row);
}

const isEqual = (one: ResultRow, other: ResultRow): boolean =>
  one.value === other.value && one.unit === other.unit && one.spec === other.spec;

const twoResults = (row: ResultRow, first: string, second: string, field: string): UsageError =>
  new UsageError(
    `${field}: ${first} and ${second} have different values of ${row.metric} of figure ` +
      `"${row.figure}", series "${row.series}" at x = ${row.x}; compare them file by file`,
  );

function resultRows(file: string, field: string): ResultRow[] {
  const text = readInputFile(file, field, RESULT_BYTES_MAX);
  if (/^\s*[{[]/.test(text)) {
    const help = "compare reads result CSVs, as --out writes them; explain takes the JSON of runs";
    throw new UsageError(`${field}: ${shown(file)} is JSON; ${help}`);
  }
  return parseResultRows(text, basename(file));
}

function csvFiles(path: string, field: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith(".csv"));
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    throw new UsageError(`${field}: ${shown(path)} cannot be read: ${reasonOf(error)}`);
  }
}

/** The table of what moved and one line of counts. */
export function changesText(changes: readonly RowChange[]): string {
  const { identical, moved, added, removed } = countChanges(changes);
  const counts = `${identical} identical, ${moved} moved, ${added} added, ${removed} removed\n`;
  if (isUnchanged(changes)) return counts;
  const table = changesTable(changes);
  const hidden = table.rows.length - ROWS_SHOWN;
  const shownRows = { ...table, rows: table.rows.slice(0, ROWS_SHOWN) };
  const more = hidden > 0 ? `… and ${hidden} more rows\n` : "";
  return `${renderTable(shownRows)}\n${more}${counts}`;
}
