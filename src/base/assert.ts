/** Thrown when the simulator itself is wrong; bad input from a user is a `UsageError`. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Throws `InvariantError` with `message` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Marks a branch that the type checker has proved empty. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable value ${String(value)}`);
}
