/**
 * A sweep on disk: `sweep.json` says which runs it has, `run-0001.csv`… hold what is finished.
 *
 * A file is complete or not there, and its name and content depend on nothing but the run: it does
 * not matter which process, machine or shard has made it, or how often.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../base/usage-error.ts";
import type { ResultRow } from "../experiment/result.ts";
import { parseResultRows, resultRowsToCsv, rowKey } from "../report/csv.ts";
import { stableJson } from "../report/json.ts";
import { readInputFile, readJsonObject, shown } from "./input-file.ts";
import { VERSION } from "./project.ts";

/** What `sweep.json` holds: everything that decides which runs there are. */
export interface SweepPlan {
  readonly tool: "kerneltax";
  readonly version: string;
  readonly command: "sweep";
  /** Per run: its spec's hash, and the points of tables that it answers. */
  readonly runs: readonly {
    readonly specHash: string;
    readonly points: readonly Pick<ResultRow, "figure" | "series" | "x">[];
  }[];
}

export const PLAN_FILE = "sweep.json";
export const MERGED_FILE = "sweep.csv";
const RESULT_BYTES_MAX = 64 * 1_048_576;

export const runFile = (index: number): string => `run-${String(index + 1).padStart(4, "0")}.csv`;

export const planText = (plan: SweepPlan): string => `${stableJson(plan, 2, "given")}\n`;

/**
 * The plan that lies in `folder`.
 * @throws UsageError when there is none, or it is none of this version.
 */
export function readPlan(folder: string): SweepPlan {
  const file = join(folder, PLAN_FILE);
  const plan = readJsonObject(file, "merge") as unknown as SweepPlan;
  if (plan.tool !== "kerneltax" || plan.command !== "sweep" || !Array.isArray(plan.runs)) {
    throw new UsageError(`merge: ${shown(file)} is not the plan of a sweep`);
  }
  if (plan.version !== VERSION) {
    throw new UsageError(`merge: ${shown(file)} is of version ${plan.version}, this is ${VERSION}`);
  }
  return plan;
}

/** @throws UsageError when another sweep lies in `folder`. */
export function checkSamePlan(folder: string, plan: SweepPlan, field: string): void {
  const file = join(folder, PLAN_FILE);
  if (!existsSync(file) || readInputFile(file, field, RESULT_BYTES_MAX) === planText(plan)) return;
  throw new UsageError(`${field}: ${shown(folder)} holds another sweep; name another directory`);
}

/**
 * The rows of one run; undefined when none of `folders` has them.
 * @throws UsageError when two folders disagree, or a file holds something else.
 */
function runRows(
  folders: readonly string[],
  plan: SweepPlan,
  index: number,
): readonly ResultRow[] | undefined {
  const files = folders.map((folder) => join(folder, runFile(index))).filter(existsSync);
  const texts = files.map((file) => readInputFile(file, "merge", RESULT_BYTES_MAX));
  if (texts[0] === undefined) return undefined;
  const other = texts.findIndex((text) => text !== texts[0]);
  if (other >= 0) {
    throw new UsageError(`merge: ${shown(files[0]!)} and ${shown(files[other]!)} differ`);
  }
  const rows = parseResultRows(texts[0], shown(files[0]!));
  const { specHash, points } = plan.runs[index]!;
  const placeOf = (point: Pick<ResultRow, "figure" | "series" | "x">): string =>
    rowKey({ ...point, metric: "iops" });
  const places = new Set(points.map(placeOf));
  const found = new Set(rows.map(placeOf));
  const isOurs = rows.every((row) => row.spec === specHash && places.has(placeOf(row)));
  if (isOurs && found.size === places.size) return rows;
  throw new UsageError(`merge: ${shown(files[0]!)} is not run ${index + 1} of this sweep`);
}

/**
 * All rows of a sweep as one file.
 * @throws UsageError that names the runs that are missing.
 */
export function mergedText(folders: readonly string[], plan: SweepPlan): string {
  const all = plan.runs.map((_, index) => runRows(folders, plan, index));
  const missing = all.flatMap((rows, index) => (rows === undefined ? [index + 1] : []));
  if (missing.length > 0) {
    const names = missing.length > 10 ? `${missing.slice(0, 10).join(", ")}…` : missing.join(", ");
    throw new UsageError(
      `merge: ${missing.length} of ${all.length} runs are missing: ${names}; run their shards`,
    );
  }
  return resultRowsToCsv(all.flatMap((rows) => rows ?? []));
}
