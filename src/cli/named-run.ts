/**
 * One run by its name: a spec file, the JSON that a run printed, a point of a figure
 * (`haas23-fig6:libaio:4`) or of a table (`lecture-storage:psync:64`).
 */
import { badValue, UsageError } from "../base/usage-error.ts";
import { figurePoints } from "../experiment/figure.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { figureIds, loadFigures } from "./figures.ts";
import { clean, readJsonObject, shown } from "./input-file.ts";
import { pathsOf } from "./overrides-for.ts";
import { loadTable, type TablePoint, tableIds } from "./tables.ts";

/** What the user named, and how tables call it. */
export interface NamedRun {
  readonly title: string;
  readonly input: ExperimentInput;
  /** Of a result file: the hash of what had run then. */
  readonly specHash?: string;
}

/** What each command that takes a name says of it. */
export const NAMED_RUN = "a spec.json, the JSON of a run, figure:series:x or table:row:x";

/** Whether `name` is that of a file. */
export const isFile = (name: string): boolean => /[/\\]|\.json$/i.test(name);

/** Whether `name` names a run, rather than a job file of fio's. */
export function isNamedRun(name: string): boolean {
  return isFile(name) ? /\.json$/i.test(name) : name.includes(":");
}

/**
 * @param field what the command calls this argument.
 * @throws UsageError for a file that is not one, or a name that nothing has.
 */
export function readNamedRun(name: string, field: string): NamedRun {
  return isFile(name) || !name.includes(":") ? fromFile(name, field) : fromPoint(name, field);
}

/**
 * What a file says of a run: a spec, or the spec in the JSON that a run printed. Whether it is a
 * right one is not checked: `--vary` may be about to change it.
 * @param field what the command calls this argument.
 */
export const readSpecFile = (name: string, field: string): ExperimentInput =>
  namedInFile(name, field).input;

/**
 * Does `work`; what it refuses is said with the file or point in front that it is about.
 * @throws whatever `work` throws.
 */
export function aboutRun<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${shown(name)}: ${error.message}`);
  }
}

function fromFile(name: string, field: string): NamedRun {
  const run = namedInFile(name, field);
  aboutRun(name, () => pathsOf(run.input));
  return run;
}

function namedInFile(name: string, field: string): NamedRun {
  const data = readJsonObject(name, field);
  const title = name.split(/[/\\]/).at(-1)!;
  const inner = data["kerneltax"];
  // fio's layout holds our envelope inside; other commands print it as it is.
  const envelope = typeof inner === "object" && inner !== null ? inner : data;
  if (!("spec" in envelope)) return { title, input: data as unknown as ExperimentInput };
  const { spec, specHash } = envelope as { spec: ExperimentInput; specHash?: unknown };
  return { title, input: spec, ...(typeof specHash === "string" && { specHash }) };
}

function fromPoint(name: string, field: string): NamedRun {
  const [id = "", series = "", x = "", ...rest] = name.split(":");
  if (rest.length > 0) throw badValue(field, clean(name), "give figure:series:x or table:row:x");
  const points = pointsOf(id);
  if (points === undefined) {
    const known = [...tableIds(), ...figureIds()].join(", ");
    throw badValue(field, clean(name), `no figure or table is called "${clean(id)}"; ${known}`);
  }
  const ofSeries = points.filter((point) => point.series === series);
  const point = ofSeries.find((one) => String(one.x) === x);
  if (point !== undefined) return { title: `${series} at ${x}`, input: point.input };
  const choices =
    ofSeries.length > 0
      ? `x of "${series}" is one of ${ofSeries.map((one) => one.x).join(", ")}`
      : `"${id}" has ${[...new Set(points.map((one) => one.series))].join(", ")}`;
  throw badValue(field, clean(name), choices);
}

function pointsOf(id: string): readonly TablePoint[] | undefined {
  if (tableIds().includes(id)) return loadTable(id).points;
  if (!figureIds().includes(id)) return undefined;
  return loadFigures([id]).flatMap(({ figure }) => figurePoints(figure));
}
