/** What a crash exploration has found, as text for people. */
import { counted } from "../base/counted.ts";
import type { Exploration } from "../experiment/crash/exploration.ts";
import { renderTable } from "./table.ts";

/** The configuration, as far as the text names it. */
export interface CrashTextSpec {
  readonly backend: string;
  readonly workload: string;
  readonly buffer: string;
  readonly updateProtocol: string;
  readonly pageBytes: number;
  readonly pageImages: boolean;
  readonly atomicBytes: number;
  readonly drives: number;
  readonly fault: string;
  readonly seed: number;
}

/**
 * @param isLie whether with the spec's fault drives say what is not so.
 * @param replay the state that was replayed; undefined: states were explored.
 */
export function crashText(
  spec: CrashTextSpec,
  isLie: boolean,
  result: Exploration,
  replay: string | undefined,
): string {
  const what = replay === undefined ? "crash" : `crash, replay of ${replay}`;
  const isMapped = spec.buffer === "mmap";
  const pool = isMapped ? `mapped file, ${spec.updateProtocol}` : `${spec.buffer} pool`;
  const head = [
    `${what}: ${spec.workload} on ${spec.backend}, ${counted(spec.drives, "drive")}, ` +
      `seed ${spec.seed}`,
    `  ${pool}, pages of ${spec.pageBytes} bytes ${logText(spec)}; ` +
      `a drive writes ${spec.atomicBytes} bytes as a whole; fault: ${spec.fault}`,
  ];
  const verdict = verdictLines(result, isLie);
  if (replay !== undefined) return [...head, ...verdict, ""].join("\n");
  const never = Object.entries(result.coverage).filter(([, count]) => count === 0);
  const notMet = never.map(([name]) => name).join(", ");
  return [
    ...head,
    `  ${counted(result.distinct, "distinct state")} at ${counted(result.positions, "position")} ` +
      `of ${counted(result.runs, "run")} with ${counted(result.commits, "commit")}; ` +
      `${result.repeated} met again`,
    `  of them ${result.nested} in recovery, ${result.withTornWrites} with torn writes, ` +
      `${result.withReordering} with reordered ones`,
    ...(spec.fault === "none"
      ? []
      : [`  ${counted(result.failedRuns, "run")} ended in an error, told`]),
    ...(result.distinct === 0 ? NOTHING_VISITED : verdict),
    "",
    renderTable({
      columns: [
        { title: "what happened", align: "left" },
        { title: "times", align: "right" },
      ],
      rows: Object.entries(result.coverage).map(([name, count]) => [name, String(count)]),
    }),
    ...(notMet === "" ? [] : [`never happened: ${notMet}`]),
    "",
  ].join("\n");
}

/** What the log has of pages; shadow paging has no log. */
function logText({ updateProtocol, pageImages }: CrashTextSpec): string {
  if (updateProtocol === "shadow-paging") return "without a log";
  return `${pageImages ? "with" : "without"} images in the log`;
}

/** An exploration without a state: a fault that no command of any run was hit by. */
const NOTHING_VISITED = [
  "  NOTHING PROVED: no command could be hit by this fault, no state was visited",
];

/** An exploration in which a drive lied, and nobody was hurt. */
const NOTHING_LOST_YET = [
  "  NOTHING PROVED: nothing was lost in these states, but no engine survives drives that lie;",
  "    visit more of them (--states)",
];

function verdictLines({ violations }: Exploration, isLie: boolean): string[] {
  if (violations.length === 0) {
    if (isLie) return NOTHING_LOST_YET;
    return ["  nothing acknowledged is lost, nothing else is shown, pages and trees are in order"];
  }
  return violations.flatMap(({ state, message }) => [
    `  VIOLATED in state ${state}: ${message}`,
    `    again: the same command with --replay ${state} instead of --states, --subsets`,
  ]);
}
