/**
 * Scheduling by backend in one table: what a switch costs, how many threads or tasks the whole
 * array needs and what their stacks take, what a long query does to short work, and how many cycles
 * of a lookup go into scheduling.
 */

import * as z from "zod";
import { checked, parseJson } from "../base/checked.ts";
import { ID } from "../experiment/figure-check.ts";
import { metricOf } from "../experiment/metric.ts";
import { atPath, merged } from "../experiment/patch.ts";
import type { RunResult } from "../experiment/result.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import { notEnough } from "./interface-table.ts";
import type { Table } from "./table.ts";

const PATCH = z.record(z.string(), z.unknown());
const schedulingTableSchema = z.strictObject({
  kind: z.literal("scheduling"),
  id: ID,
  title: z.string().min(1),
  /** What each column runs; a row's patches are laid over it. */
  runs: z.strictObject({ switch: PATCH, lookups: PATCH, beside: PATCH }),
  /** Threads of the lookups. */
  threads: z.array(z.int().min(1)).min(1),
  /** Lookups per second that count as the whole array. */
  wholeArrayPerS: z.number().positive(),
  rows: z
    .array(
      z.strictObject({
        id: ID,
        title: z.string().min(1),
        /** Memory that a thread keeps for its stack. */
        stackBytes: z.int().positive(),
        /** Where that number is from. */
        stackWhere: z.string().min(1),
        system: PATCH,
        lookups: PATCH.optional(),
        beside: PATCH.optional(),
      }),
    )
    .min(1),
});

export type SchedulingTable = z.output<typeof schedulingTableSchema>;

/** One run of the table. */
export interface SchedulingPoint {
  /** The row's. */
  readonly title: string;
  readonly series: string;
  readonly x: number;
  readonly input: ExperimentInput;
}

/**
 * Reads the text of a table's definition; `file` appears in messages only.
 * @throws UsageError that names the file and every wrong field.
 */
export function parseSchedulingTable(text: string, file: string): SchedulingTable {
  const table = checked(schedulingTableSchema, parseJson(text, file), file);
  for (const { input } of schedulingPoints(table)) parseSpec(input);
  return table;
}

/** Per row: the switch, the short work beside long work, the lookups by number of threads. */
export function schedulingPoints({ rows, runs, threads }: SchedulingTable): SchedulingPoint[] {
  return rows.flatMap(({ id, title, system, lookups = {}, beside = {} }) => {
    const laid = (run: Record<string, unknown>, own: Record<string, unknown>): ExperimentInput =>
      merged(merged(run, system), own) as unknown as ExperimentInput;
    const many = laid(runs.lookups, lookups) as unknown as Record<string, unknown>;
    return [
      { title, series: `${id}-switch`, x: 2, input: laid(runs.switch, {}) },
      { title, series: `${id}-beside`, x: 1, input: laid(runs.beside, beside) },
      ...threads.map((count) => ({
        title,
        series: `${id}-lookups`,
        x: count,
        input: merged(many, atPath("workload.work.threads", count)) as unknown as ExperimentInput,
      })),
    ];
  });
}

/** @param results in the order of `schedulingPoints`. */
export function schedulingTable(table: SchedulingTable, results: readonly RunResult[]): Table {
  const { rows, threads, wholeArrayPerS } = table;
  const each = 2 + threads.length;
  return {
    columns: [
      { title: "threads are" },
      { title: "one switch", unit: "ns", digits: 0, align: "right" },
      { title: "threads for the whole array", align: "right" },
      { title: "their stacks", unit: "MiB", digits: 1, align: "right" },
      { title: "peak", unit: "M lookups/s", digits: 2, align: "right" },
      { title: "p99 of 20 µs beside 10 ms", unit: "µs", digits: 0, align: "right" },
      { title: "scheduling", unit: "cycles per lookup", digits: 0, align: "right" },
    ],
    rows: rows.map(({ title, stackBytes }, index) => {
      const [turn, beside, ...lookups] = results.slice(index * each, (index + 1) * each);
      const rates = lookups.map((result) => metricOf(result, "operationsPerS"));
      const peak = Math.max(...rates);
      const isEnough = peak >= wholeArrayPerS;
      const place = rates.findIndex((rate) => rate >= (isEnough ? wholeArrayPerS : peak));
      const count = threads[place]!;
      return [
        title,
        metricOf(turn!, "operationNsMean"),
        isEnough ? String(count) : notEnough(count, Math.max(...threads)),
        (count * stackBytes) / 1_048_576,
        peak / 1e6,
        metricOf(beside!, "shortNsP99") / 1_000,
        metricOf(lookups[place]!, "schedulingCyclesPerOperation"),
      ];
    }),
  };
}
