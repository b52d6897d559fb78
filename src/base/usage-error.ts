/**
 * Bad input from a user: one clear message that names the field, the value and what is allowed.
 *
 * The command line prints the message on stderr and exits with 2; nothing has been written by then.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `--iodepth: 0 is not allowed; give a whole number from 1 to 65536`. */
export function badValue(field: string, value: unknown, allowed: string): UsageError {
  return new UsageError(`${field}: ${quoted(value)} is not allowed; ${allowed}`);
}

/** A value as messages show it: short, and without what a terminal would obey. */
export function quoted(value: unknown): string {
  // A line break or an escape sequence in the value must not reach the terminal.
  const isPlain = typeof value !== "string" && (typeof value !== "object" || value === null);
  const text = isPlain ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
