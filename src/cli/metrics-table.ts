/** Every metric of one run as a table. */
import { METRICS, metricNames, metricOf } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { percentColumn, type Table } from "../report/table.ts";

/** One row per metric, scaled so that it can be read. */
export function metricsTable({ metrics }: RunResult): Table {
  return {
    columns: [
      { title: "metric" },
      { title: "value", align: "right" },
      { title: "unit" },
      { title: "meaning" },
    ],
    rows: metricNames(metrics).map((name) => {
      const amount = metricOf({ metrics }, name);
      const { column, divisor } = percentColumn(name, [amount]);
      const value = String(Number((amount / divisor).toPrecision(5)));
      return [METRICS[name].title, value, column.unit, METRICS[name].meaning];
    }),
  };
}
