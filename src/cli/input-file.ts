/** Files from outside: bounded in size and depth, so that a hostile one is only a wrong one. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { UsageError } from "../base/usage-error.ts";
import { withKnownCosts } from "../experiment/machine-costs.ts";
import { findMachine } from "../hardware/machines/index.ts";
import { backends } from "../os/registry.ts";

const BYTES_MAX = 1_048_576;
const DEPTH_MAX = 32;

/**
 * Text of a file of at most 1 MiB.
 * @throws UsageError naming `field` and the file.
 */
export function readInputFile(path: string, field: string, bytesMax = BYTES_MAX): string {
  const place = `${field}: ${shown(path)}`;
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch (error) {
    throw new UsageError(`${place} cannot be read: ${reasonOf(error)}`);
  }
  try {
    const status = fstatSync(handle);
    if (!status.isFile()) throw new UsageError(`${place} is not a file`);
    if (status.size > bytesMax) {
      throw new UsageError(`${place} has ${status.size} bytes; at most ${bytesMax} are read`);
    }
    return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
}

/**
 * Plain data from a JSON file.
 * @throws UsageError for a file that is not JSON, nested too deep, or tampers with prototypes.
 */
function readJsonFile(path: string, field: string): unknown {
  const text = readInputFile(path, field).replace(/^\uFEFF/, "");
  const place = `${field}: ${shown(path)}`;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${place} is not JSON: ${clean(reasonOf(error))}`);
  }
  const fault = dataFault(data);
  if (fault !== undefined) throw new UsageError(`${place} ${fault}`);
  return data;
}

/** A JSON object; anything else is refused. */
export function readJsonObject(path: string, field: string): Readonly<Record<string, unknown>> {
  const data = readJsonFile(path, field);
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new UsageError(`${field}: ${shown(path)} must hold one JSON object`);
  }
  return data as Readonly<Record<string, unknown>>;
}

/**
 * The value of `--machine`: a built-in machine's name, or what the file of a path holds.
 * @throws UsageError as `readJsonObject` does, and for a file that holds no machine.
 */
export function machineArgument(
  text: string,
  field: string,
): string | Readonly<Record<string, unknown>> {
  if (!/[/\\]|\.json$/i.test(text)) return text;
  const data = readJsonObject(text, field);
  try {
    withKnownCosts(findMachine(data), Object.values(backends));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${field}: ${shown(text)}: ${error.message}`);
  }
  return data;
}

/** Walks without recursion: the data may be as deep as its text is long. */
function dataFault(data: unknown): string | undefined {
  const open: [value: unknown, depth: number][] = [[data, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next;
    if (typeof value !== "object" || value === null) continue;
    if (depth > DEPTH_MAX) return `is nested deeper than ${DEPTH_MAX} levels`;
    for (const key of Object.keys(value)) {
      if (key === "__proto__") return 'uses the key "__proto__", which no format here has';
      open.push([(value as Record<string, unknown>)[key], depth + 1]);
    }
  }
  return undefined;
}

/** A path or value as one line of a message. */
export function shown(text: string): string {
  return clean(text.length > 120 ? `${text.slice(0, 117)}…` : text);
}

/** One line without control characters: nothing from a file may steer the terminal. */
export function clean(text: string): string {
  const printable = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return printable.length > 300 ? `${printable.slice(0, 297)}…` : printable;
}

/** What the operating system said, without the path that the message names anyway. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  const known = code === undefined ? undefined : REASONS[code];
  return known ?? error.message;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is not a directory",
  EEXIST: "a file of that name is in the way",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "too many symbolic links",
};
