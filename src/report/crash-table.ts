/** What the crash explorer has found under several configurations, side by side. */
import { counted } from "../base/counted.ts";
import type { Exploration } from "../experiment/crash/exploration.ts";
import type { CrashTextSpec } from "./crash-text.ts";
import { renderTable, type Table } from "./table.ts";

export interface ExploredConfiguration extends Exploration {
  readonly title: string;
  readonly spec: CrashTextSpec & {
    readonly options: Readonly<Record<string, string | number | boolean>>;
  };
}

/** Coverage that is shown, by the explorer's names. */
const COVERAGE = {
  splits: "splits",
  merges: "merges",
  aborts: "aborts",
  checkpoints: "check-\npoints",
  groupCommits: "group\ncommits",
  evictions: "evic-\ntions",
  recoveries: "recov-\neries",
} as const;

/**
 * @param distinct states of all configurations, those that several have met counted once.
 * @param columns characters of a line, if somebody reads it.
 */
export function crashTable(
  configurations: readonly ExploredConfiguration[],
  distinct: number,
  columns?: number,
): string {
  const number = (title: string) => ({ title, align: "right" }) as const;
  const cells: Table = {
    columns: [
      { title: "configuration" },
      ...["distinct\nstates", "runs", "commits", "in re-\ncovery", "torn", "re-\nordered"].map(
        number,
      ),
      ...Object.values(COVERAGE).map(number),
      number("violations"),
    ],
    rows: configurations.map((row) => [
      row.title,
      row.distinct,
      row.runs,
      row.commits,
      row.nested,
      row.withTornWrites,
      row.withReordering,
      ...Object.keys(COVERAGE).map((name) => row.coverage[name] ?? 0),
      row.violations.length,
    ]),
  };
  const table = renderTable(cells, columns);
  const violations = configurations.flatMap(({ title, spec, violations: found }) =>
    found.flatMap(({ state, message }) => [
      `VIOLATED by ${title} in state ${state}: ${message}`,
      `  again: kerneltax crash ${argumentsOf(spec)} --replay ${state}`,
    ]),
  );
  const verdict = violations.length === 0 ? verdictLines(configurations) : violations;
  return [table, "", counted(distinct, "distinct state"), ...verdict, ""].join("\n");
}

/** What follows when nothing was lost: nothing for a configuration whose fault hit no command. */
function verdictLines(configurations: readonly ExploredConfiguration[]): string[] {
  const empty = configurations.filter((row) => row.distinct === 0).map(({ title }) => title);
  const held = "nothing acknowledged is lost, nothing else is shown, pages and trees are in order";
  if (empty.length === 0) return [held];
  const nothing = `NOTHING PROVED of ${empty.join(", ")}: no state was visited`;
  return empty.length === configurations.length ? [nothing] : [`of the others: ${held}`, nothing];
}

/** The options under which one configuration is explored alone. */
function argumentsOf(spec: ExploredConfiguration["spec"]): string {
  const options = Object.entries(spec.options).map(([name, value]) => `--${name} ${value}`);
  return [
    `--backend ${spec.backend}`,
    ...options,
    `--workload ${spec.workload}`,
    // A mapped file has protocols instead of a buffer pool.
    spec.buffer === "mmap" ? `--update-protocol ${spec.updateProtocol}` : `--buffer ${spec.buffer}`,
    `--page-bytes ${spec.pageBytes}`,
    `--page-images ${spec.pageImages ? "on" : "off"}`,
    `--atomic-bytes ${spec.atomicBytes}`,
    `--drives ${spec.drives}`,
    `--fault ${spec.fault}`,
    `--seed ${spec.seed}`,
  ].join(" ");
}
