/**
 * The lecture's headline table: what each I/O interface needs to use the whole array.
 *
 * A row is one interface, run with several numbers of threads. Its *operating point* is the fewest
 * threads that reach `fraction` of what the devices allow; where none does, the fewest that reach
 * `fraction` of the interface's own peak.
 */

import * as z from "zod";
import { checked, parseJson } from "../base/checked.ts";
import { ID } from "../experiment/figure-check.ts";
import { ioMetricsOf, metricOf } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import { type LedgerBar, ledgerBar } from "./ledger-bar.ts";
import { causeTitle } from "./ledger-table.ts";
import type { Table } from "./table.ts";

const PATCH = z.record(z.string(), z.unknown());
const interfaceTableSchema = z.strictObject({
  id: ID,
  title: z.string().min(1),
  machine: z.string().min(1),
  /** The spec that all rows share. */
  run: PATCH,
  threads: z.array(z.int().min(1)).min(1),
  deviceLimit: z.strictObject({ perDrive: z.number().positive() }),
  fraction: z.number().positive().max(1),
  rows: z.array(z.strictObject({ id: ID, title: z.string().min(1), run: PATCH })).min(1),
});

export type InterfaceTable = z.output<typeof interfaceTableSchema>;

/** One run of the table. */
export interface InterfacePoint {
  readonly series: string;
  readonly x: number;
  readonly input: ExperimentInput;
}

/**
 * Reads the text of a table's definition; `file` appears in messages only.
 * @throws UsageError that names the file and every wrong field.
 */
export function parseInterfaceTable(text: string, file: string): InterfaceTable {
  const table = checked(interfaceTableSchema, parseJson(text, file), file);
  for (const { input } of interfacePoints(table)) parseSpec(input);
  return table;
}

/** Every run of the table: by row, then by threads. */
export function interfacePoints(table: InterfaceTable): InterfacePoint[] {
  return table.rows.flatMap((row) =>
    table.threads.map((threads) => {
      const workload = { ...workloadOf(table.run), ...workloadOf(row.run), jobs: threads };
      const input = { ...table.run, ...row.run, workload } as unknown as ExperimentInput;
      return { series: row.id, x: threads, input };
    }),
  );
}

const workloadOf = (run: Readonly<Record<string, unknown>>): object =>
  (run["workload"] as object | undefined) ?? {};

/** What the table must know about the machine. */
export interface MachineSize {
  readonly cores: number;
  /** Clock of every core when all are active, in GHz. */
  readonly allCoreGHz: number;
}

/** One row, computed. */
export interface InterfaceSummary {
  readonly title: string;
  /** Highest rate over all numbers of threads, in I/Os per second. */
  readonly peakIops: number;
  /** The same as a share of what the devices allow. */
  readonly peakShare: number;
  /** Threads at the operating point. */
  readonly threads: number;
  /** Most threads that were tried. */
  readonly threadsMost: number;
  readonly saturates: boolean;
  readonly coresBurnt: number;
  readonly cyclesPerIo: number;
  /** Cycles that all other cores have left for the database, per I/O. */
  readonly cyclesLeftPerIo: number;
  /** The run at the operating point. */
  readonly result: RunResult;
}

/**
 * Computes every row.
 *
 * Cycles left count all cores but those burnt, at the clock of a machine whose cores are all
 * active: a database that uses what is left keeps them so.
 * @param results in the order of `interfacePoints`.
 */
export function summariseInterfaces(
  table: InterfaceTable,
  results: readonly RunResult[],
  { cores, allCoreGHz }: MachineSize,
): InterfaceSummary[] {
  const { threads, fraction, deviceLimit } = table;
  return table.rows.map(({ title }, index) => {
    const own = results.slice(index * threads.length, (index + 1) * threads.length);
    const rates = own.map((result) => metricOf(result, "iops"));
    const peakIops = Math.max(...rates);
    const limit = deviceLimit.perDrive * own[0]!.spec.drives;
    const saturates = peakIops >= fraction * limit;
    const place = rates.findIndex((rate) => rate >= fraction * (saturates ? limit : peakIops));
    const result = own[place]!;
    const { coresBusy, cyclesPerIo, iops } = ioMetricsOf(result);
    const coresLeft = Math.max(0, cores - coresBusy);
    return {
      title,
      peakIops,
      peakShare: peakIops / limit,
      threads: threads[place]!,
      threadsMost: Math.max(...threads),
      saturates,
      coresBurnt: coresBusy,
      cyclesPerIo,
      cyclesLeftPerIo: (coresLeft * allCoreGHz * 1e9) / iops,
      result,
    };
  });
}

/** The cell of whoever does not get there, which says nothing of more threads than were tried. */
export const notEnough = (peak: number, most: number): string =>
  peak === most ? `not with ${most}` : `not with ${most} (peak: ${peak})`;

/** The headline: one row per interface. */
export function headlineTable(summaries: readonly InterfaceSummary[]): Table {
  return {
    columns: [
      { title: "interface" },
      { title: "peak", unit: "M IOPS", digits: 2, align: "right" },
      { title: "of device limit", unit: "%", digits: 0, align: "right" },
      { title: "threads to saturate", align: "right" },
      { title: "cores burnt on I/O", digits: 1, align: "right" },
      { title: "cycles per I/O", digits: 0, align: "right" },
      { title: "left for the database", unit: "cycles per I/O", digits: 0, align: "right" },
    ],
    rows: summaries.map((row) => [
      row.title,
      row.peakIops / 1e6,
      100 * row.peakShare,
      row.saturates ? String(row.threads) : notEnough(row.threads, row.threadsMost),
      row.coresBurnt,
      row.cyclesPerIo,
      row.cyclesLeftPerIo,
    ]),
  };
}

/** Causes on one bill: steps that belong together get one column. */
const GROUPS: readonly (readonly [title: string, causes: readonly string[]])[] = [
  ["system call", ["systemCall"]],
  ["I/O interface", ["ioInterface"]],
  ["pinning, copy", ["pagePinning", "copy"]],
  ["file system, RAID", ["fileSystem", "raid"]],
  ["block layer", ["blockLayer"]],
  ["driver", ["driver"]],
  ["interrupt", ["interrupt"]],
  ["completion", ["completion", "pollingUseful"]],
  ["wake-up, switch", ["wakeUp", "contextSwitch"]],
  ["contention", ["contention"]],
  ["polling in vain", ["pollingEmpty"]],
];

/** Where the cycles of one I/O go at the operating point; columns that are empty are left out. */
export function billTable(summaries: readonly InterfaceSummary[]): Table {
  const bills = summaries.map(({ title, result }) => ledgerBar(title, result, "cycles").perIo);
  const known = GROUPS.flatMap(([, causes]) => causes);
  const others = Object.keys(bills[0] ?? {}).filter(
    (cause) => cause !== "idle" && !known.includes(cause),
  );
  const groups = [...GROUPS, ...others.map((cause) => [causeTitle(cause), [cause]] as const)];
  const cost = (bill: LedgerBar["perIo"], causes: readonly string[]): number =>
    causes.reduce((sum, cause) => sum + (bill[cause] ?? 0), 0);
  const used = groups.filter(([, causes]) => bills.some((bill) => cost(bill, causes) > 0));
  const number = { digits: 0, align: "right" } as const;
  return {
    columns: [
      // One unit for all: in every header it would make the table too wide for a slide.
      { title: "cycles per I/O" },
      { title: "threads", align: "right" },
      ...used.map(([title]) => ({ title, ...number })),
    ],
    rows: summaries.map(({ title, threads }, index) => [
      title,
      threads,
      ...used.map(([, causes]) => cost(bills[index]!, causes)),
    ]),
  };
}

/** One bar per interface for the ledger chart. */
export function interfaceBars(summaries: readonly InterfaceSummary[]): LedgerBar[] {
  return summaries.map(({ title, threads, result }) =>
    ledgerBar(`${title} (${threads})`, result, "cycles"),
  );
}
