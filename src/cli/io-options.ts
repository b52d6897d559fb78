/** What `kerneltax io` understands: fio's names, where each goes in a spec, and what each means. */
import * as z from "zod";
import { experimentSpecSchema } from "../experiment/spec.ts";
import { type FacetOption, facetOptionsByName } from "./facet-options.ts";

/** One option of the run itself; those of backends come from their `options.ts`. */
export interface IoOption {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly kind: "count" | "size" | "duration" | "text" | "facets";
  /** Where the value goes in an experiment spec. */
  readonly path: string;
  readonly argument: string;
  readonly meaning: string;
}

export const IO_OPTIONS: readonly IoOption[] = [
  {
    name: "machine",
    kind: "text",
    path: "machine",
    argument: "id|file.json",
    meaning: "a built-in machine or a file with your own",
  },
  {
    name: "drives",
    kind: "count",
    path: "drives",
    argument: "n",
    meaning: "drives in the array; 0 takes all that the machine has",
  },
  {
    name: "backend",
    kind: "text",
    path: "backend",
    argument: "id",
    meaning: "the operating system",
  },
  {
    name: "facets",
    kind: "facets",
    path: "facets",
    argument: "facet=id,…",
    meaning: "take storage or scheduler from another backend: storage=unikernel,scheduler=linux",
  },
  {
    name: "isolation",
    kind: "text",
    path: "isolation",
    argument: "layer",
    meaning: "what lies under the system: bare, container, vm or vm+container",
  },
  {
    name: "virtual-storage",
    kind: "text",
    path: "virtualStorage",
    argument: "kind",
    meaning: "how a virtual machine reaches the drives: passthrough or virtio",
  },
  {
    name: "rw",
    aliases: ["readwrite"],
    kind: "text",
    path: "workload.rw",
    argument: "kind",
    meaning: "read, write, rw, randread, randwrite, randrw, or nop (io_uring only)",
  },
  {
    name: "bs",
    aliases: ["blocksize"],
    kind: "size",
    path: "workload.blockBytes",
    argument: "size",
    meaning: "bytes per request; 4k is 4096 (see --kb_base)",
  },
  {
    name: "iodepth",
    kind: "count",
    path: "workload.ioDepth",
    argument: "n",
    meaning: "requests that each job keeps outstanding",
  },
  {
    name: "numjobs",
    kind: "count",
    path: "workload.jobs",
    argument: "n",
    meaning: "submitting threads",
  },
  {
    name: "iodepth_batch_submit",
    aliases: ["iodepth_batch"],
    kind: "count",
    path: "workload.submitBatch",
    argument: "n",
    meaning: "requests handed over at a time, at most",
  },
  {
    name: "iodepth_batch_complete_min",
    aliases: ["iodepth_batch_complete"],
    kind: "count",
    path: "workload.completeMin",
    argument: "n",
    meaning: "completions that a job with a full queue waits for (default: 1)",
  },
  {
    name: "iodepth_batch_complete_max",
    kind: "count",
    path: "workload.completeBatch",
    argument: "n",
    meaning: "completions that it takes at a time (default: iodepth_batch_complete_min)",
  },
  {
    name: "file_service_type",
    kind: "text",
    path: "workload.fileService",
    argument: "kind[:n]",
    meaning: "a random request goes to a random drive, or roundrobin; :n requests before the next",
  },
  {
    name: "rate_iops",
    kind: "count",
    path: "workload.rateIops",
    argument: "n",
    meaning: "most reads, and most writes, per second of each job; 0 is no limit",
  },
  {
    name: "rwmixread",
    kind: "count",
    path: "workload.readPercent",
    argument: "percent",
    meaning: "share of reads in rw and randrw",
  },
  {
    name: "fsync",
    kind: "count",
    path: "workload.fsync",
    argument: "n",
    meaning: "fsync the drive's file after every n writes of a job; 0 is never",
  },
  {
    name: "fdatasync",
    kind: "count",
    path: "workload.fdatasync",
    argument: "n",
    meaning: "as fsync, of data only: no journal of the file system takes part",
  },
  {
    name: "size",
    kind: "size",
    path: "workload.spanBytes",
    argument: "size",
    meaning: "part of each drive that is touched; 0 is the whole drive",
  },
  {
    name: "runtime",
    kind: "duration",
    path: "runtimeUs",
    argument: "time",
    meaning: "simulated time that is measured: 20ms, 200us; a plain number is seconds",
  },
  {
    name: "ramp_time",
    kind: "duration",
    path: "rampUs",
    argument: "time",
    meaning: "simulated time before measuring",
  },
  {
    name: "seed",
    aliases: ["randseed"],
    kind: "count",
    path: "seed",
    argument: "n",
    meaning: "seed of every random stream",
  },
];

/** fio's flags that change nothing here, because it is always or never so in the simulation. */
export const IGNORED_FLAGS: readonly string[] = [
  "allow_mounted_write",
  "clat_percentiles",
  "disable_clat",
  "disable_lat",
  "disable_slat",
  "exitall",
  "gtod_reduce",
  "invalidate",
  "lat_percentiles",
  "norandommap",
  "randrepeat",
  "stonewall",
  "thread",
  "time_based",
];

/** Every fio option that changes nothing here. */
export const IGNORED_OPTIONS: readonly string[] = [
  ...IGNORED_FLAGS,
  "description",
  "directory",
  "eta",
  "random_generator",
  "unified_rw_reporting",
];

/** Options of every backend's storage and scheduler: the facets of raw I/O. */
export const backendOptions = (): Map<string, FacetOption> =>
  facetOptionsByName(({ options, schedulerOptions }) => [...options, ...schedulerOptions]);

/** What a value may be, as the spec's schema says. */
export interface ValueLimits {
  readonly min: number;
  readonly max: number;
  readonly multipleOf: number;
  readonly choices: readonly string[] | undefined;
  readonly default: unknown;
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}

const SCHEMA = z.toJSONSchema(experimentSpecSchema, { io: "input" }) as SchemaNode;

/** Limits of the spec field at `path`, so that messages can speak of the option instead. */
export function limitsAt(path: string): ValueLimits {
  let node: SchemaNode | undefined = SCHEMA;
  for (const key of path.split(".")) {
    const holder: SchemaNode | undefined =
      node?.properties === undefined ? (node?.oneOf ?? node?.anyOf)?.[0] : node;
    node = holder?.properties?.[key];
  }
  return {
    min: node?.minimum ?? node?.exclusiveMinimum ?? 0,
    max: node?.maximum ?? Number.MAX_SAFE_INTEGER,
    multipleOf: node?.multipleOf ?? 1,
    choices: node?.enum,
    default: node?.default,
  };
}
