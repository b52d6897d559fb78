/** Input from files against their schema: what is wrong, in one line that names field and value. */
import * as z from "zod";
import { nearNames } from "./near-names.ts";
import { quoted, UsageError } from "./usage-error.ts";

/** Faults that a message tells; of the others it says how many there are. */
const TOLD_MAX = 3;
/** Of more allowed values than this a message names only those near the wrong one, if there are. */
const LISTED_MAX = 12;

/**
 * What `schema` makes of `input`.
 * @param what the input's name in the message: a file, "the machine".
 * @throws UsageError
 */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // A wrong value says more than ten that are missing because of it.
  const inOrder = [
    ...issues.filter((issue) => !isMissingIn(input, issue)),
    ...issues.filter((issue) => isMissingIn(input, issue)),
  ];
  const told = inOrder.slice(0, TOLD_MAX).map((issue) => faultText(input, issue));
  const more = issues.length > TOLD_MAX ? `; and ${issues.length - TOLD_MAX} more faults` : "";
  throw new UsageError(`${what}: ${told.join("; ")}${more}`);
}

/**
 * What the text of `file` says.
 * @throws UsageError when it is not JSON.
 */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

type Issue = z.core.$ZodIssue;

const isMissingIn = (input: unknown, issue: Issue): boolean =>
  issue.code !== "unrecognized_keys" &&
  issue.path.length > 0 &&
  valueAt(input, issue) === undefined;

function valueAt(input: unknown, { path }: Issue): unknown {
  return path.reduce(
    (value: unknown, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
}

function faultText(input: unknown, issue: Issue): string {
  const path = z.core.toDotPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => quoted(key)).join(", ");
    const meant = fieldsLike(issue.keys, valueAt(input, issue));
    const where = path === "" ? "" : ` in ${path}`;
    return `there is no field ${keys}${where}${reasonOf(issue)}${meant}`;
  }
  if (isMissingIn(input, issue)) return `${path} is missing${reasonOf(issue)}`;
  const field = path === "" ? "" : `${path}: `;
  const value = valueAt(input, issue);
  return `${field}${quoted(value)} is not allowed, ${expectation(issue, value)}`;
}

/** Fields of `owner` whose names are near the unknown ones; a machine that extends has all. */
function fieldsLike(unknown: readonly string[], owner: unknown): string {
  const known = Object.keys(owner as object).filter((key) => !unknown.includes(key));
  const near = unknown.flatMap((key) => nearNames(key, known));
  return near.length === 0 ? "" : `; is it ${[...new Set(near)].join(" or ")}?`;
}

/** Why a schema wants a field, or has none, where it says so in words of its own. */
function reasonOf({ message }: Issue): string {
  return /^(?:Invalid|Unrecognized) \w+/.test(message) ? "" : `: ${message}`;
}

/** What zod wants, without its "Invalid input: " in front. */
function expectation(issue: Issue, value: unknown): string {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const wanted = issue.errors.flatMap(([first]) => first ?? []);
    return [...new Set(wanted.map((one) => expectation(one, value)))].join(" or ");
  }
  if (issue.code === "invalid_value" && issue.values.length > LISTED_MAX) {
    const known = issue.values.map(String);
    const near = typeof value === "string" ? nearNames(value, known) : [];
    if (near.length > 0) return `one of ${known.length} names; is it ${near.join(" or ")}?`;
  }
  const text = issue.message.replace(/^(?:Invalid|Too) \w+(?: \w+)?[:.] /, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}
