/**
 * `npm run speed [-- --quick]`: how fast the simulator itself is, in host time.
 *
 * Host time is noisy: this prints and never judges; results that gate are simulated ones.
 */
import process from "node:process";
import { pathToFileURL } from "node:url";
// biome-ignore lint/correctness/noUndeclaredDependencies: a tool for development
import { Bench } from "tinybench";
import { tuneHost } from "../../src/cli/host-flags.ts";
import { Progress } from "../../src/cli/progress.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import { renderTable, type Table } from "../../src/report/table.ts";
import { type SpeedCase, speedCases } from "./cases.ts";

/** The lookups of vmcache's figure 6, and TPC-C that does not outgrow its twin within the run. */
const FIGURE_6 = { dataBytes: 2e10, lookupScale: 0.002, tpccScale: 0.01 } as const;

export interface SpeedOptions {
  /** Tiny inputs and one round, so that the tests can run it. */
  readonly isQuick: boolean;
}

/** One case's outcome; times are host time. */
export interface SpeedResult {
  readonly name: string;
  readonly unit: SpeedCase["unit"];
  /** Units of work per round. */
  readonly count: number;
  readonly rounds: number;
  /** Fastest and median round, divided by `count`. */
  readonly bestNs: number;
  readonly medianNs: number;
}

/** Runs every case; tells `onCase` which one begins. */
export async function measureSpeed(
  { isQuick }: SpeedOptions,
  onCase: (name: string) => void = () => {},
): Promise<SpeedResult[]> {
  const cases = isQuick
    ? speedCases(1_000, 1_000, { dataBytes: 5e6, lookupScale: 0, tpccScale: 0 })
    : speedCases(20_000, 1_000_000, FIGURE_6);
  const bench = new Bench({
    time: isQuick ? 0 : 3_000,
    iterations: isQuick ? 1 : 8,
    warmup: !isQuick,
    warmupTime: 0,
    warmupIterations: isQuick ? 0 : 1,
    retainSamples: true,
  });
  const counts = new Map<string, number>();
  for (const { name, run } of cases) {
    bench.add(name, () => {
      const { count, hostMs } = run();
      counts.set(name, count);
      return hostMs === undefined ? undefined : { overriddenDuration: hostMs };
    });
  }
  for (const task of bench.tasks) {
    task.addEventListener("warmup", () => onCase(`${task.name}, warming up`));
    task.addEventListener("start", () => onCase(task.name));
  }
  await bench.run();
  return cases.map(({ name, unit }) => {
    const result = bench.getTask(name)?.result;
    if (result?.state !== "completed") {
      const cause = result?.state === "errored" ? result.error : undefined;
      throw new Error(`${name}: ${result?.state ?? "not run"}`, { cause });
    }
    const count = counts.get(name)!;
    const { min, p50, samplesCount: rounds } = result.latency;
    return {
      name,
      unit,
      count,
      rounds,
      bestNs: (min * 1e6) / count,
      medianNs: (p50 * 1e6) / count,
    };
  });
}

/** The outcome as a table. */
export function speedTable(results: readonly SpeedResult[]): Table {
  return {
    columns: [
      { title: "what" },
      { title: "best of" },
      { title: "work per round" },
      { title: "unit" },
      { title: "best", unit: "ns", digits: 0, align: "right" },
      { title: "median", unit: "ns", digits: 0, align: "right" },
      { title: "rate", unit: "M per host second", digits: 2, align: "right" },
    ],
    rows: results.map((row) => [
      row.name,
      row.rounds,
      row.count,
      row.unit,
      row.bestNs,
      row.medianNs,
      1e3 / row.bestNs,
    ]),
  };
}

async function main(): Promise<void> {
  tuneHost();
  const isQuick = process.argv.includes("--quick");
  const progress = new Progress(processTerminal);
  const results = await measureSpeed({ isQuick }, (name) => progress.show(`speed: ${name}`));
  progress.clear();
  console.log(renderTable(speedTable(results)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
