/** `--vary path=value,value…`: one spec as many, every value with every other. */
import { badValue, UsageError } from "../base/usage-error.ts";
import { atPath, merged, type Patch } from "../experiment/patch.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";

export type VariedValue = number | string | boolean;

/** One field of a spec and what it is to be. */
export interface Varied {
  readonly path: string;
  readonly values: readonly VariedValue[];
}

/** One spec of many, and where its results go in a table of rows. */
export interface VariedPoint {
  readonly series: string;
  readonly x: number;
  readonly input: ExperimentInput;
}

/** What stands between a model number's name and the spec: its dots are no levels. */
const SET = "set.";

/**
 * Reads `workload.jobs=1,2,4`.
 * @throws UsageError for anything else, and for a field that is varied twice.
 */
export function parseVary(entries: readonly string[]): Varied[] {
  const all = entries.map((entry): Varied => {
    const [, path, list] = /^([A-Za-z][\w.-]*)=(.+)$/.exec(entry) ?? [];
    const texts = list?.split(",") ?? [];
    const values = texts.map(readValue);
    if (path === undefined || texts.includes("")) {
      throw badValue("--vary", entry, "give path=value,value…, such as workload.jobs=1,2,4");
    }
    const twice = values.find((value, index) => values.indexOf(value) < index);
    if (twice !== undefined) throw new UsageError(`--vary: ${path} is to be ${twice} twice`);
    return { path, values };
  });
  const targets = all.map(targetOf);
  const twice = targets.find((target, index) => targets.indexOf(target) < index);
  if (twice !== undefined) throw new UsageError(`--vary: ${twice} is given twice`);
  return all;
}

/** What a varied path changes: `--set`, too, takes paths of the spec. */
const targetOf = ({ path }: Varied): string =>
  path.startsWith(SET) ? path.slice(SET.length) : path;

/**
 * `--set` and `--seed` are laid over every run: what they give cannot be varied as well.
 * @throws UsageError naming the field.
 */
export function checkVaried(
  varied: readonly Varied[],
  set: Readonly<Record<string, number>>,
  seed: string | undefined,
): void {
  for (const target of varied.map(targetOf)) {
    const other = Object.hasOwn(set, target)
      ? `--set ${target}=${set[target]}`
      : target === "seed" && seed !== undefined
        ? `--seed ${seed}`
        : undefined;
    if (other === undefined) continue;
    throw new UsageError(`--vary: ${target} is varied, and ${other} would replace every value`);
  }
}

function readValue(text: string): VariedValue {
  if (text === "true" || text === "false") return text === "true";
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

/**
 * Every combination; the last field changes fastest.
 *
 * The first field with numbers only is x, the others name the series. Without one, x counts.
 */
export function variedPoints(spec: Patch, varied: readonly Varied[]): VariedPoint[] {
  const isNumeric = ({ values }: Varied): boolean =>
    values.every((value) => typeof value === "number");
  const along = varied.find(isNumeric)?.path;
  return combinations(varied).map((values, index) => {
    const input = varied.reduce(
      (patched, { path }, field) => merged(patched, patchOf(path, values[field]!)),
      spec,
    ) as unknown as ExperimentInput;
    const named = varied.map(({ path }, field) => [path, values[field]!] as const);
    const others = named.filter(([path]) => path !== along);
    const x = named.find(([path]) => path === along)?.[1];
    const names = others.map(([path, value]) => `${path}=${value}`).join(" ");
    return {
      series: names === "" ? parseSpec(input).backend : names,
      x: typeof x === "number" ? x : index + 1,
      input,
    };
  });
}

function patchOf(path: string, value: VariedValue): Patch {
  if (!path.startsWith(SET)) return atPath(path, value);
  return { set: { [path.slice(SET.length)]: value } };
}

function combinations(varied: readonly Varied[]): VariedValue[][] {
  return varied.reduce<VariedValue[][]>(
    (all, { values }) => all.flatMap((before) => values.map((value) => [...before, value])),
    [[]],
  );
}
