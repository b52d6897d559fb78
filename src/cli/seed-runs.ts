/** `--seeds N`: the same run under other seeds, and what its metrics are worth. */
import { badValue } from "../base/usage-error.ts";
import { METRICS } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { intervalsOver, type SeedInterval, seedsFrom } from "../experiment/seeds.ts";
import type { ExperimentSpec } from "../experiment/spec.ts";
import { percentColumn, renderTable, type Table } from "../report/table.ts";
import { parseCount } from "./fio-value.ts";
import { type CheckedRequest, checkTotalLength } from "./io-command-line.ts";
import { withRunner } from "./pool.ts";
import { watched } from "./progress.ts";
import { warningsOf } from "./run-warnings.ts";
import type { Terminal } from "./terminal.ts";

const SEEDS_MAX = 64;

/** What the JSON envelope holds about runs under several seeds. */
export interface SeedRuns {
  readonly seeds: readonly number[];
  readonly confidenceIntervals: readonly SeedInterval[];
  /** Of the first run, and what only other seeds are warned of. */
  readonly warnings: readonly string[];
}

/**
 * The seeds that `--seeds` asks for.
 * @throws UsageError when there are too many, or their runs are too long together.
 */
export function checkedSeeds(
  { spec, resolved }: Pick<CheckedRequest, "spec" | "resolved">,
  text: string,
  allowLong: boolean,
): readonly number[] {
  const count = parseCount(text, "--seeds", 1, SEEDS_MAX);
  if (!Number.isSafeInteger(spec.seed + (count - 1))) {
    throw badValue("--seed", spec.seed, "the last of --seeds must be below 2^53");
  }
  checkTotalLength(resolved, count, "--seeds", allowLong);
  return seedsFrom(spec.seed, count);
}

/** Runs `spec` under all seeds but the first, whose result is there already. */
export async function runSeeds(
  terminal: Terminal,
  spec: ExperimentSpec,
  first: RunResult,
  seeds: readonly number[],
  allowLong: boolean,
): Promise<SeedRuns> {
  const others = seeds.slice(1);
  let done = 1;
  const kept = (): string => `${done} of ${seeds.length} seeds finished`;
  const results = await withRunner(
    (runner) =>
      watched(terminal, kept, (progress) =>
        runner.run(
          others.map((seed) => ({ ...spec, seed })),
          () => {
            done += 1;
            progress.show(kept());
          },
        ),
      ),
    { allowLong },
  );
  const warned = results.map(({ seed, warnings }) => ({ name: `seed ${seed}`, warnings }));
  return {
    seeds,
    confidenceIntervals: intervalsOver([first, ...results]),
    warnings: warningsOf([{ warnings: first.warnings }, ...warned]),
  };
}

/** One row per metric. */
export function intervalsText({ seeds, confidenceIntervals }: SeedRuns): string {
  const range = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}`;
  const title = `Mean over ${range}, with 95 % confidence within ±:`;
  return `${title}\n${renderTable(intervalsTable(confidenceIntervals))}\n`;
}

function intervalsTable(confidenceIntervals: readonly SeedInterval[]): Table {
  return {
    columns: [
      { title: "metric" },
      { title: "mean", align: "right" },
      { title: "±", align: "right" },
      { title: "unit" },
      { title: "± of the mean", unit: "%", digits: 2, align: "right" },
    ],
    rows: confidenceIntervals.map(({ metric, mean, halfWidth }) => {
      const { column, divisor } = percentColumn(metric, [mean]);
      const scaled = (value: number, digits: number): string =>
        String(Number((value / divisor).toPrecision(digits)));
      // What is left of equal values after summing them up is no spread.
      const spread = halfWidth < mean * 1e-9 ? 0 : halfWidth;
      return [
        METRICS[metric].title,
        scaled(mean, 5),
        scaled(spread, 2),
        column.unit,
        mean === 0 ? undefined : (100 * spread) / mean,
      ];
    }),
  };
}
