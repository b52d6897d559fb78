/**
 * Options `--name value` that each lead to one field of a spec or of its workload: `db`, `vm`.
 *
 * A command lists its options; what their values may be, and what holds without them, follows from
 * the schema of the field.
 */
import * as z from "zod";
import { badValue, UsageError } from "../base/usage-error.ts";
import { sizeText } from "../report/amount-text.ts";
import type { FacetOption } from "./facet-options.ts";
import { parseCount, parseFacets, parseRunUs, parseSize } from "./fio-value.ts";
import { machineArgument } from "./input-file.ts";
import { limitsAt } from "./io-options.ts";

type Kind = "count" | "number" | "size" | "duration" | "choice" | "switch" | "facets" | "text";

export interface NamedOption {
  readonly name: string;
  readonly kind: Kind;
  /** Field of the workload, or of the spec around it. */
  readonly field: string;
  readonly of: "workload" | "spec";
  readonly argument: string;
  readonly meaning: string;
}

type OptionMaker = (
  name: string,
  kind: Kind,
  field: string,
  argument: string,
  meaning: string,
) => NamedOption;

/** An option that says something of the workload. */
export const workload: OptionMaker = (name, kind, field, argument, meaning) => {
  return { name, kind, field, of: "workload", argument, meaning };
};

/** An option that says something of the run around the workload. */
const around: OptionMaker = (name, kind, field, argument, meaning) => {
  return { name, kind, field, of: "spec", argument, meaning };
};

/** What the workload runs on. */
export const SYSTEM_OPTIONS: readonly NamedOption[] = [
  around("machine", "text", "machine", "id|file.json", "a built-in machine or a file of your own"),
  around("drives", "count", "drives", "n", "drives in the array; 0 takes all"),
  around("backend", "text", "backend", "id", "the operating system"),
  around("facets", "facets", "facets", "facet=id,…", "take a facet from another backend"),
  around("isolation", "choice", "isolation", "layer", "bare, container, vm or vm+container"),
  around("virtual-storage", "choice", "virtualStorage", "kind", "passthrough or virtio"),
];

/** How long it runs, and with which random numbers. */
export const TIME_OPTIONS: readonly NamedOption[] = [
  around("runtime", "duration", "runtimeUs", "time", "simulated time that is measured: 20ms"),
  around("ramp-time", "duration", "rampUs", "time", "simulated time before measuring"),
  around("seed", "count", "seed", "n", "seed of every random stream"),
];

/** What a schema says of one field. */
export interface SchemaNode {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly { readonly const?: number }[];
  readonly default?: unknown;
}

export type SchemaFields = Readonly<Record<string, SchemaNode>>;

/** The fields of a workload's schema. */
export const fieldsOf = (schema: z.ZodType): SchemaFields =>
  (z.toJSONSchema(schema, { io: "input" }) as { readonly properties: SchemaFields }).properties;

/** A field of the spec around the workload. */
export function specField(field: string): SchemaNode {
  const { min, max, choices } = limitsAt(field);
  return { minimum: min, maximum: max, ...(choices && { enum: choices }) };
}

/**
 * The value that `text` stands for.
 * @throws UsageError naming the option.
 */
export function parseOption(
  { name, kind, field }: NamedOption,
  text: string,
  node: SchemaNode,
): unknown {
  const flag = `--${name}`;
  const min = node.minimum ?? node.exclusiveMinimum ?? 0;
  const max = node.maximum ?? Number.MAX_SAFE_INTEGER;
  switch (kind) {
    case "count":
      return parseCount(text, flag, min, max);
    case "number": {
      const value = parsedNumber(text);
      const isAbove = node.minimum === undefined;
      if ((isAbove ? value > min : value >= min) && value <= max) return value;
      const range = isAbove ? `above ${min} and at most ${max}` : `from ${min} to ${max}`;
      throw badValue(flag, text, `give a number ${range}, or a fraction`);
    }
    case "size":
      return parsedSize(text, flag, node.anyOf, min, max);
    case "duration":
      return parseRunUs(text, flag, max, field !== "runtimeUs");
    case "choice":
      if (node.enum?.includes(text) === true) return text;
      throw badValue(flag, text, `choose one of: ${node.enum?.join(", ") ?? ""}`);
    case "switch":
      if (text === "on" || text === "off") return text === "on";
      throw badValue(flag, text, "give on or off");
    case "facets":
      return parseFacets(text, flag, ["storage", "memory", "scheduler"]);
    case "text":
      return name === "machine" ? machineArgument(text, flag) : text;
  }
}

/** `0.005` or `1/200`; NaN when it is neither. */
function parsedNumber(text: string): number {
  const [, above, below] = /^(\d+)\/(\d+)$/.exec(text.trim()) ?? [];
  if (above !== undefined) return Number(above) / Number(below);
  return text.trim() === "" ? Number.NaN : Number(text);
}

function parsedSize(
  text: string,
  flag: string,
  choices: SchemaNode["anyOf"],
  min: number,
  max: number,
): number {
  const bytes = parseSize(text, 1000, flag);
  if (choices !== undefined) {
    const allowed = choices.map(({ const: choice }) => choice);
    if (allowed.includes(bytes)) return bytes;
    throw badValue(flag, text, `choose one of: ${allowed.join(", ")} bytes (4KiB is 4096)`);
  }
  if (bytes >= min && bytes <= max) return bytes;
  throw badValue(flag, text, `give ${min} to ${max} bytes`);
}

/**
 * What an option is unless it is given, as a user writes it; undefined: nothing to tell.
 * @param value what the schema says.
 */
export function defaultText({ kind }: NamedOption, value: unknown): string | undefined {
  switch (kind) {
    case "facets":
      return "the backend's own";
    case "switch":
      return value === true ? "on" : "off";
    case "duration":
      return `${Number(value) / 1_000}ms`;
    case "size":
      return value === 0 ? "0" : sizeText(Number(value)).replace(" ", "");
    default:
      return value === undefined || value === "default" ? undefined : String(value);
  }
}

/** The error with `ramBytes:` as `--ram:`. */
export function inNamesOf(
  options: readonly NamedOption[],
  facetOptions: ReadonlyMap<string, FacetOption>,
  error: unknown,
): unknown {
  if (!(error instanceof UsageError)) return error;
  const [start, field] = /^([\w.]+):/.exec(error.message) ?? [];
  if (start === undefined || field === undefined) return error;
  const head = field.split(".")[0]!;
  const name =
    options.find((option) => option.name === head || option.field === head)?.name ??
    (field === "set" || facetOptions.has(field) ? field : undefined);
  if (name === undefined) return error;
  return new UsageError(`--${name}:${error.message.slice(start.length)}`);
}
