/** One run of the engine under a benchmark, as text for people. */

import { counted } from "../base/counted.ts";
import { toNs } from "../base/units.ts";
import { type MetricName, metricOf } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { roundedBytes, short, sizeText, timeText } from "./amount-text.ts";
import { ledgerTable } from "./ledger-table.ts";
import { optionsText, stageText, systemText } from "./system-text.ts";
import { renderTable } from "./table.ts";

/** @param columns characters of a line, if somebody reads it. */
export function engineText(result: RunResult, columns?: number): string {
  const { spec, scale } = result;
  const { workload } = spec;
  if (workload.kind !== "engine") throw new RangeError("this is no run of the engine");
  const metric = (name: MetricName): number => metricOf(result, name);
  const each = workload.tasks === 1 ? "" : ` × ${workload.tasks} tasks`;
  const engine = spec.options["ioengine"];
  const path = engine === undefined ? "" : `${String(engine)} on `;
  const set = Object.entries(spec.set).map(([name, value]) => ` ${name}=${value}`);
  return [
    `${workload.benchmark}: ${counted(workload.threads, "thread")}${each}, ` +
      `${path}${systemText(result)}, machine ${String(spec.machine)}, ` +
      counted(spec.drives, "drive"),
    `  data   : ${sizeText(workload.dataBytes)} with ${sizeText(workload.ramBytes)} of memory, ` +
      `pages of ${workload.pageBytes} bytes; simulated at scale ${short(scale)}`,
    `  engine : ${workload.buffer}, wal ${workload.wal ? "on" : "off"}, ` +
      `${workload.isolationLevel}, ${workload.updateProtocol}`,
    optionsText(result, columns),
    `  rate   : ${si(metric("transactionsPerS"))} transactions/s; rolled back ` +
      `${percent(metric("rolledBackShare"))}, restarts ` +
      `${short(metric("restartsPerTransaction"))} per transaction`,
    ...(result.operations === 0 ? [] : perTransaction(metric)),
    `  cores  : ${short(metric("coresBusy"))} burnt at ${short(result.clockGHz)} GHz, ` +
      `${short(metric("coresPolling"))} of them polling in vain; ` +
      `drives ${percent(metric("deviceUtilisation"))} busy${stageText(result)}`,
    `  run    : ${timeText(toNs(result.windowPs))} simulated, ` +
      `${metric("simulatedTransactions")} transactions, data grew by ` +
      `${percent(metric("dataGrowth"))}, seed ${result.seed}, spec ${result.specHash}` +
      `${set.length === 0 ? "" : `, set${set.join("")}`}`,
    "",
    renderTable(ledgerTable(result)),
    "",
  ].join("\n");
}

/** What there is to tell of transactions, where any completed. */
const perTransaction = (metric: (name: MetricName) => number): string[] => [
  `  latency: mean ${timeText(metric("transactionNsMean"))}, ` +
    `p50 ${timeText(metric("transactionNsP50"))}, p99 ${timeText(metric("transactionNsP99"))}, ` +
    `p99.9 ${timeText(metric("transactionNsP999"))}`,
  `  I/O    : ${short(metric("readsPerTransaction"))} page reads and ` +
    `${short(metric("writesPerTransaction"))} page writes per transaction ` +
    `(${roundedBytes(metric("readBytesPerS"))}/s, ` +
    `${roundedBytes(metric("writeBytesPerS"))}/s), ` +
    `${short(metric("logBytesPerTransaction"))} bytes of log; ` +
    `hit rate ${percent(metric("hitRate"))}`,
];

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

function si(value: number): string {
  if (value >= 1e6) return `${short(value / 1e6)} M`;
  return value >= 1e3 ? `${short(value / 1e3)} k` : short(value);
}
