/** `--set` and `--seed` for many specs at once, whose backends have different numbers. */
import { quoted, UsageError } from "../base/usage-error.ts";
import { costsOf, findBackend } from "../experiment/assemble.ts";
import { CLOCKS_TOGETHER, isOneClock, settablePaths } from "../experiment/overrides.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { parseSpec, specNumberPaths } from "../experiment/spec.ts";
import { findMachine } from "../hardware/machines/index.ts";
import type { Adapt } from "./figures.ts";
import { parseCount } from "./fio-value.ts";
import { limitsAt } from "./io-options.ts";

/**
 * A change of specs: each takes the overrides that its machine and backend know.
 * @throws UsageError when no spec knows one of them.
 */
export function adaptation(
  inputs: readonly ExperimentInput[],
  set: Readonly<Record<string, number>>,
  seedText: string | undefined,
): Adapt {
  const limits = limitsAt("seed");
  const seed =
    seedText === undefined ? {} : { seed: parseCount(seedText, "--seed", limits.min, limits.max) };
  const known = new Set(inputs.flatMap(pathsOf));
  for (const path of Object.keys(set)) {
    if (!known.has(path)) {
      if (isOneClock(path)) throw new UsageError(`--set: ${quoted(path)}: ${CLOCKS_TOGETHER}`);
      throw new UsageError(
        `--set: no run has a model number "${path}" (see kerneltax costs), nor its spec a number ` +
          "of that name (such as workload.jobs: see the spec in JSON output)",
      );
    }
  }
  return (input) => {
    const paths = pathsOf(input);
    const own = Object.entries(set).filter(([path]) => paths.includes(path));
    return { ...input, ...seed, set: { ...input.set, ...Object.fromEntries(own) } };
  };
}

/**
 * Every path that `--set` takes for this spec.
 * @throws UsageError for a spec that is not one, or that names what does not exist.
 */
export function pathsOf(input: ExperimentInput): readonly string[] {
  const spec = parseSpec(input);
  const { storage = spec.backend, memory = spec.backend, scheduler = spec.backend } = spec.facets;
  const facets = {
    storage: findBackend(storage),
    memory: findBackend(memory),
    scheduler: findBackend(scheduler),
  };
  const costs = costsOf(facets, spec.workload, spec);
  return [...settablePaths(findMachine(spec.machine), { costs }), ...specNumberPaths(spec)];
}
