/** The project's tables of `bench/tables`: found by their names, and the runs that each needs. */
import { readdirSync } from "node:fs";
import { parseJson } from "../base/checked.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import {
  type ComparisonTable,
  comparisonPoints,
  parseComparison,
} from "../report/comparison-table.ts";
import {
  type InterfaceTable,
  interfacePoints,
  parseInterfaceTable,
} from "../report/interface-table.ts";
import {
  parseSchedulingTable,
  type SchedulingTable,
  schedulingPoints,
} from "../report/scheduling-table.ts";
import { PROJECT_ROOT, readProjectFile } from "./project.ts";

const TABLES = "bench/tables";

/** A table by its kind, and one run for every cell that is simulated. */
export type LoadedTable = { readonly points: readonly TablePoint[] } & (
  | { readonly kind: "comparison"; readonly table: ComparisonTable }
  | { readonly kind: "scheduling"; readonly table: SchedulingTable }
  | { readonly kind: "interfaces"; readonly table: InterfaceTable }
);

export interface TablePoint {
  readonly series: string;
  readonly x: number;
  readonly input: ExperimentInput;
}

/** Names of the tables, sorted. */
export function tableIds(): string[] {
  const names = readdirSync(new URL(TABLES, PROJECT_ROOT));
  const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
  return ids.sort();
}

/** @throws UsageError for a file that is not valid. */
export function loadTable(id: string): LoadedTable {
  const file = `${TABLES}/${id}.json`;
  const text = readProjectFile(file);
  const json = parseJson(text, file) as { readonly kind?: unknown };
  if (json.kind === "comparison") {
    const table = parseComparison(json, file);
    return { kind: "comparison", table, points: comparisonPoints(table) };
  }
  if (json.kind === "scheduling") {
    const table = parseSchedulingTable(text, file);
    return { kind: "scheduling", table, points: schedulingPoints(table) };
  }
  const table = parseInterfaceTable(text, file);
  return { kind: "interfaces", table, points: interfacePoints(table) };
}
