/**
 * The experiment spec: pure data that decides one run, parsed once with errors that name the field.
 */

import * as z from "zod";
import { checked } from "../base/checked.ts";
import { atPath, merged, numberPaths } from "./patch.ts";
import { workloadSchema } from "./workloads/schema.ts";

/** How long a name or message from the outside may be before we refuse to print it. */
const NAME = z.string().min(1).max(200);

export const experimentSpecSchema = z.strictObject({
  /** Name of a built-in machine, or a whole machine as data. */
  machine: z.union([NAME, z.record(z.string(), z.unknown())]).default("milan-pm1733"),
  /** How many drives of the machine's array take part; 0 means all that the machine has. */
  drives: z.int().min(0).max(64).default(0),
  backend: NAME.default("linux"),
  /** Hardware threads that the workload's threads may run on; 0 means all of the machine's. */
  cores: z.int().min(0).max(1_024).default(0),
  /** Facets taken from other backends than `backend`, to isolate what one of them does. */
  facets: z
    .strictObject({
      storage: NAME.optional(),
      memory: NAME.optional(),
      scheduler: NAME.optional(),
    })
    .default({}),
  /** The layer under the operating system. */
  isolation: z.enum(["bare", "container", "vm", "vm+container"]).default("bare"),
  /** How a virtual machine reaches the drives. */
  virtualStorage: z.enum(["passthrough", "virtio"]).default("passthrough"),
  /** Whether memory that a virtual machine releases goes back to the host. */
  returnsMemory: z.boolean().default(false),
  /** Options of the storage facet, and of the memory facet for workloads that use regions. */
  options: z.record(NAME, z.union([z.string(), z.number(), z.boolean()])).default({}),
  workload: workloadSchema,
  /** Measured window, in simulated microseconds. */
  runtimeUs: z.number().positive().max(3_600_000_000).default(20_000),
  /** Simulated microseconds before the window opens (fio's `ramp_time`). */
  rampUs: z.number().min(0).max(3_600_000_000).default(2_000),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
  /** Overrides: path → value. Of model numbers in their own unit; of the spec's own numbers. */
  set: z.record(NAME, z.number()).default({}),
});

export type ExperimentSpec = z.output<typeof experimentSpecSchema>;
/** What a user writes: everything but the workload has a default. */
export type ExperimentInput = z.input<typeof experimentSpecSchema>;

/**
 * Fills in defaults, takes the spec's own numbers out of `set`, and checks every field.
 * @throws UsageError in one line, which names the fields that are wrong.
 */
export function parseSpec(input: unknown): ExperimentSpec {
  const spec = checkedSpec(input);
  const own = new Set(specNumberPaths(spec));
  const paths = Object.keys(spec.set).filter((path) => own.has(path));
  if (paths.length === 0) return spec;
  const set = Object.fromEntries(Object.entries(spec.set).filter(([path]) => !own.has(path)));
  const patches = paths.map((path) => atPath(path, spec.set[path]));
  return checkedSpec(patches.reduce(merged, { ...spec, set }));
}

/** Every number of a spec that `set` may replace, as dot paths: drives, workload.jobs. */
export function specNumberPaths({ machine: _, set: __, ...rest }: ExperimentSpec): string[] {
  return numberPaths(rest);
}

const checkedSpec = (input: unknown): ExperimentSpec =>
  checked(experimentSpecSchema, input, "the experiment spec");
