/** Thrown when the simulator itself is wrong; bad input from a user is a `UsageError`. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * Throws `InvariantError` with `message`, and `value` after it, unless `condition` holds.
 *
 * A constant text costs nothing while it holds; one that is put together is made every time.
 */
export function assert(
  condition: boolean,
  message: string,
  value?: string | number,
): asserts condition {
  if (!condition) throw new InvariantError(value === undefined ? message : `${message}: ${value}`);
}
