/**
 * This run against the committed one: exact, because simulated results are deterministic.
 *
 * There is no threshold. A row whose spec hash changed says that inputs moved (spec or model
 * numbers); one whose value changed under the same hash, that code moved.
 */
import type { ResultRow } from "../experiment/result.ts";
import { compareRows, rowKey } from "./csv.ts";
import type { Table } from "./table.ts";

export interface RowChange {
  readonly kind: "identical" | "moved" | "added" | "removed";
  /** The new row, or the old one where there is no new one. */
  readonly row: ResultRow;
  readonly before?: number;
  readonly after?: number;
  /** after ÷ before − 1; absent when either side is missing or `before` is 0. */
  readonly relative?: number;
  /** Only for `moved`: what changed. */
  readonly cause?: "inputs" | "code";
}

/** Compares two sets of rows; the result has the order of result files. */
export function compareResults(
  before: readonly ResultRow[],
  after: readonly ResultRow[],
): RowChange[] {
  const old = new Map(before.map((row) => [rowKey(row), row]));
  const fresh = new Set(after.map(rowKey));
  const changes = after.map((row) => changeOf(old.get(rowKey(row)), row));
  for (const row of before) {
    if (!fresh.has(rowKey(row))) changes.push({ kind: "removed", row, before: row.value });
  }
  return changes.sort((a, b) => compareRows(a.row, b.row));
}

/** Whether CI may pass. */
export function isUnchanged(changes: readonly RowChange[]): boolean {
  return changes.every((change) => change.kind === "identical");
}

/** How many rows there are of each kind. */
export function countChanges(changes: readonly RowChange[]): Record<RowChange["kind"], number> {
  const counts = { identical: 0, moved: 0, added: 0, removed: 0 };
  for (const change of changes) counts[change.kind] += 1;
  return counts;
}

/** Everything that is not identical; the change is in per cent. */
export function changesTable(changes: readonly RowChange[]): Table {
  return {
    columns: [
      { title: "figure" },
      { title: "series" },
      { title: "x" },
      { title: "metric" },
      { title: "unit" },
      { title: "old", align: "right" },
      { title: "new", align: "right" },
      { title: "change", unit: "%", align: "right" },
      { title: "what" },
    ],
    rows: changes
      .filter((change) => change.kind !== "identical")
      .map((change) => [
        change.row.figure,
        change.row.series,
        change.row.x,
        change.row.metric,
        change.row.unit,
        change.before,
        change.after,
        change.relative === undefined ? undefined : signedPercent(change.relative),
        change.cause === undefined ? change.kind : `${change.cause} moved`,
      ]),
  };
}

function changeOf(old: ResultRow | undefined, row: ResultRow): RowChange {
  if (old === undefined) return { kind: "added", row, after: row.value };
  const values = { before: old.value, after: row.value };
  if (old.value === row.value && old.unit === row.unit && old.spec === row.spec) {
    return { kind: "identical", row, ...values };
  }
  return {
    kind: "moved",
    row,
    ...values,
    ...(old.value === 0 ? {} : { relative: row.value / old.value - 1 }),
    cause: old.spec === row.spec ? "code" : "inputs",
  };
}

/** Three significant digits, so that a move of one part in a million does not print as zero. */
function signedPercent(relative: number): string {
  const text = String(Number((relative * 100).toPrecision(3)));
  return relative > 0 ? `+${text}` : text;
}
