/** Every backend with every combination of its options that makes sense. */
import { UsageError } from "../base/usage-error.ts";
import { findBackend } from "../experiment/assemble.ts";
import type { BackendModule } from "../os/model.ts";
import { type OptionValue, type OptionValues, resolveOptions } from "../os/options.ts";

/** The backends that tests run over; the contract test compares this list with the registry. */
export const TESTED_BACKENDS = ["linux", "bypass", "unikernel", "null"] as const;

export interface Variant {
  /** `linux io_uring hipri`: the backend, chosen words, and switches that are on. */
  readonly name: string;
  readonly backend: BackendModule;
  readonly options: OptionValues;
}

/** All combinations of the choices and switches of `backend`, less those that it refuses. */
export function variantsOf(backend: BackendModule): Variant[] {
  let combinations: OptionValues[] = [{}];
  for (const option of backend.options) {
    const values: readonly OptionValue[] =
      option.type === "choice"
        ? option.choices
        : option.type === "boolean"
          ? [false, true]
          : [option.default];
    combinations = combinations.flatMap((chosen) =>
      values.map((value) => ({ ...chosen, [option.name]: value })),
    );
  }
  return combinations
    .filter((options) => isAccepted(backend, options))
    .map((options) => ({ name: nameOf(backend.id, options), backend, options }));
}

export const VARIANTS: readonly Variant[] = TESTED_BACKENDS.flatMap((id) =>
  variantsOf(findBackend(id)),
);

function isAccepted(backend: BackendModule, options: OptionValues): boolean {
  try {
    backend.traits(resolveOptions(backend.id, backend.options, options));
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

function nameOf(id: string, options: OptionValues): string {
  const words = Object.entries(options).flatMap(([name, value]) => {
    if (typeof value === "string") return [value];
    return value === true ? [name] : [];
  });
  return [id, ...words].join(" ");
}
