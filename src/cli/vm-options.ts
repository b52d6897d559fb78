/** What `kerneltax vm` understands: its options, where each goes in a spec, what each means. */
import { badValue, UsageError } from "../base/usage-error.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { FILE_ACCESSES, fileAccessSchema } from "../experiment/workloads/file-access-spec.ts";
import { VM_ACCESSES, vmSchema } from "../experiment/workloads/vm-spec.ts";
import type { OptionValue } from "../os/options.ts";
import { type FacetOption, facetOptionsByName } from "./facet-options.ts";
import { limitsAt } from "./io-options.ts";
import {
  defaultText,
  fieldsOf,
  inNamesOf,
  type NamedOption,
  parseOption,
  SYSTEM_OPTIONS,
  specField,
  TIME_OPTIONS,
  workload,
} from "./named-options.ts";

export const VM_OPTIONS: readonly NamedOption[] = [
  ...SYSTEM_OPTIONS,
  workload(
    "access",
    "choice",
    "access",
    "pattern",
    "page: touch resident pages; alloc-free: populate and release; insert: read in and evict; " +
      "random, sequential: touch a mapped file larger than memory",
  ),
  workload("threads", "count", "threads", "n", "threads, on a core each while there are enough"),
  workload("batch", "count", "batch", "n", "pages per request to the system"),
  workload(
    "via",
    "choice",
    "via",
    "way",
    "random, sequential: touch pages of a mapping, or read each by pread through the page cache",
  ),
  workload("hint", "choice", "hint", "hint", "what madvise says: normal, random, sequential"),
  workload("ram", "size", "ramBytes", "size", "memory for pages: 100GiB, 128GB"),
  workload(
    "data",
    "size",
    "dataBytes",
    "size",
    "what the pages hold altogether: 2TiB, 1TB; insert: twice --ram if not given",
  ),
  workload("write-percent", "count", "writePercent", "n", "share of pages that are written"),
  workload("block", "size", "blockBytes", "size", "what a sequential thread takes at a time"),
  workload(
    "will-need",
    "count",
    "willNeed",
    "n",
    "random: accesses ahead for which threads call madvise(MADV_WILLNEED)",
  ),
  workload(
    "residency",
    "choice",
    "residency",
    "how",
    "with --will-need: unknown, or asked of mincore before madvise is called",
  ),
  workload("mlock", "size", "lockBytes", "size", "beginning of the file that mlock keeps"),
  workload("intervals", "count", "intervals", "n", "intervals with metrics of their own"),
  workload(
    "scale",
    "number",
    "scale",
    "x",
    "simulated ÷ real size of memory and data; alloc-free has nothing to shrink",
  ),
  ...TIME_OPTIONS,
];

/** Options of every backend's memory and storage, and how its idle cores wait for either. */
export const vmFacetOptions = (): Map<string, FacetOption> =>
  facetOptionsByName(({ memory, options, schedulerOptions }) => [
    ...memory.options,
    ...options,
    ...schedulerOptions.filter(({ name }) => name === "idle"),
  ]);

const VM_FIELDS = fieldsOf(vmSchema);
const FILE_FIELDS = fieldsOf(fileAccessSchema);
const ACCESSES: readonly string[] = [...VM_ACCESSES, ...FILE_ACCESSES];

/** What an option is unless it is given; undefined: nothing to tell. */
export function vmDefaultText(option: NamedOption): string | undefined {
  const { of, field } = option;
  if (field === "rampUs") return "2ms; of a mapped file 0";
  if (of === "spec") return defaultText(option, limitsAt(field).default);
  const [pages, file] = [VM_FIELDS[field], FILE_FIELDS[field]];
  const usual = defaultText(option, (pages ?? file)?.default);
  if (field === "access" || file === undefined || pages === undefined) return usual;
  const ofFile = defaultText(option, file.default);
  return ofFile === usual ? usual : `${usual}; of a mapped file ${ofFile}`;
}

/**
 * The spec that the options ask for.
 * @param given option → value as text.
 * @throws UsageError naming the option.
 */
export function vmInput(
  given: Readonly<Record<string, string>>,
  set: Readonly<Record<string, number>>,
): ExperimentInput {
  const access = given["access"] ?? "page";
  if (!ACCESSES.includes(access)) {
    throw badValue("--access", access, `choose one of: ${ACCESSES.join(", ")}`);
  }
  const isFile = (FILE_ACCESSES as readonly string[]).includes(access);
  const schema = isFile ? FILE_FIELDS : VM_FIELDS;
  const spec: Record<string, unknown> = {};
  const fields: Record<string, unknown> = { kind: isFile ? "file-access" : "vm" };
  const options: Record<string, OptionValue> = {};
  for (const [name, text] of Object.entries(given)) {
    const option = VM_OPTIONS.find((known) => known.name === name);
    if (option === undefined) options[name] = text;
    else if (option.of === "spec")
      spec[option.field] = parseOption(option, text, specField(option.field));
    else {
      const node = schema[option.field];
      if (node === undefined) {
        const others = isFile ? VM_ACCESSES : FILE_ACCESSES;
        throw new UsageError(
          `--${name}: --access ${access} has no use for it; it is for ${others.join(", ")}`,
        );
      }
      fields[option.field] = parseOption(option, text, node);
    }
  }
  if (isFile) checkAdvice(given);
  if (access === "insert" && fields["dataBytes"] === undefined) {
    // Something must be evicted for what is read in.
    fields["dataBytes"] = 2 * Number(fields["ramBytes"] ?? schema["ramBytes"]?.default);
  }
  if (isFile) {
    // Times are those of the original; its twin fills in `scale` of it.
    const scale = Number(fields["scale"] ?? schema["scale"]?.default);
    spec["runtimeUs"] = scale * Number(spec["runtimeUs"] ?? limitsAt("runtimeUs").default);
    spec["rampUs"] = scale * Number(spec["rampUs"] ?? 0);
  }
  return { ...spec, workload: fields, options, set } as ExperimentInput;
}

/** @throws UsageError for advice that nobody would follow. */
function checkAdvice(given: Readonly<Record<string, string>>): void {
  if (given["madvise"] !== undefined) {
    throw new UsageError("--madvise: it is for databases (db); here --hint says what madvise does");
  }
  if (given["residency"] === "mincore" && Number(given["will-need"] ?? 0) === 0) {
    throw new UsageError("--residency: mincore is asked before madvise; give --will-need as well");
  }
}

/** The error with `ramBytes:` as `--ram:`. */
export const vmGivenNames = (error: unknown): unknown =>
  inNamesOf(VM_OPTIONS, vmFacetOptions(), error);
