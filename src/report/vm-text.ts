/** One memory microbenchmark as text for people. */

import { counted } from "../base/counted.ts";
import { toMs } from "../base/units.ts";
import { METRICS, metricNames, metricOf } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import type { FileAccessSpec } from "../experiment/workloads/file-access-spec.ts";
import type { VmSpec } from "../experiment/workloads/vm-spec.ts";
import { short, sizeText } from "./amount-text.ts";
import { ledgerTable } from "./ledger-table.ts";
import { optionsText, systemText } from "./system-text.ts";
import { percentColumn, renderTable, type Table } from "./table.ts";

/** @param columns characters of a line, if somebody reads it. */
export function vmText(result: RunResult, columns?: number): string {
  const { spec, scale, intervals } = result;
  const { workload } = spec;
  if (workload.kind !== "vm" && workload.kind !== "file-access") {
    throw new RangeError("this is no memory microbenchmark");
  }
  const set = Object.entries(spec.set).map(([name, value]) => ` ${name}=${value}`);
  return [
    `${accessText(workload)}: ${threadsText(workload)} on ${systemText(result)}, ` +
      `machine ${String(spec.machine)}, ${counted(spec.drives, "drive")}`,
    `  data   : ${sizeText(workload.dataBytes)} with ${sizeText(workload.ramBytes)} of memory, ` +
      `simulated at scale ${short(scale)}`,
    optionsText(result, columns),
    `  run    : ${short(toMs(result.windowPs))} ms simulated at ${short(result.clockGHz)} GHz, ` +
      `${counted(result.operations, "page")}, seed ${result.seed}, spec ${result.specHash}` +
      `${set.length === 0 ? "" : `, set${set.join("")}`}`,
    "",
    renderTable(metricsRows(result)),
    "",
    ...(intervals === undefined ? [] : [renderTable(intervalRows(intervals), columns), ""]),
    ...(result.operations === 0 ? [] : [renderTable(ledgerTable(result)), ""]),
  ].join("\n");
}

/** Beside those that touch a file one more only computes, to see how it is delayed. */
function threadsText(workload: VmSpec | FileAccessSpec): string {
  const threads = counted(workload.threads, "thread");
  return workload.kind === "vm" ? threads : `${threads} and one that computes`;
}

function accessText(workload: VmSpec | FileAccessSpec): string {
  if (workload.kind === "vm") return workload.access;
  return `${workload.access} via ${workload.via}, hint ${workload.hint}`;
}

/** Times are all of one page: where none came to its end there is none to tell. */
function metricsRows({ metrics, operations }: RunResult): Table {
  const names = metricNames(metrics).filter(
    (name) => operations > 0 || METRICS[name].unit !== "ns",
  );
  return {
    columns: [{ title: "metric" }, { title: "value", align: "right" }, { title: "unit" }],
    rows: names.map((name) => {
      const amount = metricOf({ metrics }, name);
      const { column, divisor } = percentColumn(name, [amount]);
      return [METRICS[name].title, String(Number((amount / divisor).toPrecision(5))), column.unit];
    }),
  };
}

function intervalRows(intervals: NonNullable<RunResult["intervals"]>): Table {
  const names = metricNames(intervals[0]?.metrics ?? {});
  const columns = names.map((name) =>
    percentColumn(
      name,
      intervals.map(({ metrics }) => metrics[name] ?? 0),
    ),
  );
  return {
    columns: [
      { title: "until", unit: "s", align: "right" },
      ...columns.map(({ column }) => column),
    ],
    rows: intervals.map(({ endS, metrics }) => [
      Number(endS.toPrecision(5)),
      ...names.map((name, index) => (metrics[name] ?? 0) / columns[index]!.divisor),
    ]),
  };
}
