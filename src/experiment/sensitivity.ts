/**
 * What decides a result: every model number of a run is varied alone, the others stay.
 *
 * An assumed number goes to both ends of its range; any other goes down and up by a tenth.
 */
import type { Sourced } from "../base/sourced.ts";
import { CPU_NUMBERS } from "../hardware/cpu/cpu-numbers.ts";
import type { NumberMeaning } from "../hardware/numbers.ts";
import { DRIVE_NUMBERS } from "../hardware/nvme/drive-numbers.ts";
import type { ResolvedExperiment } from "./assemble.ts";
import type { ExperimentInput, ExperimentSpec } from "./spec.ts";

/** Share by which a number without a range is varied. */
const STEP = 0.1;

export interface Variation {
  /** What `--set` calls the number; clocks carry their number of active cores. */
  readonly path: string;
  readonly number: Sourced;
  readonly low: number;
  readonly high: number;
  /** The experiment with this value in place of the number's own. */
  readonly inputWith: (value: number) => ExperimentInput;
}

/**
 * Every number that `spec` uses and that can be varied.
 * @param resolved what `resolveExperiment` made of `spec`.
 */
export function variationsOf(spec: ExperimentSpec, resolved: ResolvedExperiment): Variation[] {
  const { machine, costs } = resolved.numbers;
  const bySet = (path: string, number: Sourced, meaning?: NumberMeaning): Variation => ({
    path,
    number,
    ...endsOf(number, meaning),
    inputWith: (value) => ({ ...spec, set: { ...spec.set, [path]: value } }),
  });
  const variations = [
    ...clockVariations(spec, resolved),
    ...Object.entries(CPU_NUMBERS).map(([name, meaning]) =>
      bySet(`cpu.${name}`, machine.cpu.numbers[name as keyof typeof CPU_NUMBERS], meaning),
    ),
    ...Object.entries(DRIVE_NUMBERS).map(([name, meaning]) =>
      bySet(`drive.${name}`, machine.drive.numbers[name as keyof typeof DRIVE_NUMBERS], meaning),
    ),
    ...Object.entries(costs).map(([name, cost]) => bySet(name, cost)),
  ];
  return variations.filter(
    ({ number, low, high }) => low !== number.value || high !== number.value,
  );
}

/** `--set` knows one clock for any number of active cores; here each is varied alone. */
function clockVariations(spec: ExperimentSpec, { numbers }: ResolvedExperiment): Variation[] {
  const { machine } = numbers;
  if (spec.set["cpu.clock"] !== undefined) return [];
  return machine.cpu.clocks.map((point, index): Variation => {
    const inputWith = (value: number): ExperimentInput => {
      const clocks = machine.cpu.clocks.with(index, { ...point, clock: { ...point.clock, value } });
      const id = `${machine.id}-with-another-clock`;
      return { ...spec, machine: { ...machine, id, cpu: { ...machine.cpu, clocks } } };
    };
    const { activeCores, clock } = point;
    return { path: `cpu.clock@${activeCores}`, number: clock, ...endsOf(clock), inputWith };
  });
}

function endsOf(number: Sourced, meaning?: NumberMeaning): { low: number; high: number } {
  if (number.provenance === "assumed") return { low: number.range[0], high: number.range[1] };
  const { value, unit } = number;
  const isWhole = meaning?.kind === "count" || unit === "B";
  const low = value - value * STEP;
  const high = value + value * STEP;
  return {
    low: Math.max(meaning?.min ?? 0, isWhole ? Math.floor(low) : low),
    high: Math.min(meaning?.max ?? Number.POSITIVE_INFINITY, isWhole ? Math.ceil(high) : high),
  };
}
