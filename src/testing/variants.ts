/** Every backend with every combination of its options that makes sense. */
import { UsageError } from "../base/usage-error.ts";
import { findBackend } from "../experiment/assemble.ts";
import type { BackendModule } from "../os/model.ts";
import {
  type BackendOption,
  type OptionValue,
  type OptionValues,
  resolveOptions,
} from "../os/options.ts";
import { BACKEND_IDS } from "../os/registry.ts";

/** The backends that tests run over: all. */
export const TESTED_BACKENDS = BACKEND_IDS;

export interface Variant {
  /** `linux io_uring hipri`: the backend, chosen words, and switches that are on. */
  readonly name: string;
  readonly backend: BackendModule;
  readonly options: OptionValues;
}

/** Options that choose an interface; every combination of them is one. */
const INTERFACE_OPTIONS = ["ioengine", "hipri", "sqthread_poll", "completion"];

/** Every interface of `backend`, all other options at their defaults. */
export function interfacesOf(backend: BackendModule): Variant[] {
  let combinations: OptionValues[] = [{}];
  for (const option of backend.options) {
    if (!INTERFACE_OPTIONS.includes(option.name)) continue;
    combinations = combinations.flatMap((chosen) =>
      valuesOf(option).map((value) => ({ ...chosen, [option.name]: value })),
    );
  }
  return combinations
    .filter((options) => isAccepted(backend, options))
    .map((options) => ({ name: nameOf(backend.id, options), backend, options }));
}

/** Every interface, and each with every other option changed alone, less what is refused. */
function variantsOf(backend: BackendModule): Variant[] {
  return interfacesOf(backend).flatMap((variant) => [
    variant,
    ...backend.options
      .filter((option) => !INTERFACE_OPTIONS.includes(option.name))
      .flatMap((option) =>
        valuesOf(option)
          .filter((value) => value !== option.default)
          .map((value) => ({
            name: `${variant.name} ${option.name}=${String(value)}`,
            backend,
            options: { ...variant.options, [option.name]: value },
          })),
      )
      .filter(({ options }) => isAccepted(backend, options)),
  ]);
}

export const INTERFACES: readonly Variant[] = TESTED_BACKENDS.flatMap((id) =>
  interfacesOf(findBackend(id)),
);
export const VARIANTS: readonly Variant[] = TESTED_BACKENDS.flatMap((id) =>
  variantsOf(findBackend(id)),
);

/** Every choice; of numbers the default and one in the middle. */
function valuesOf(option: BackendOption): readonly OptionValue[] {
  switch (option.type) {
    case "choice":
      return option.choices;
    case "boolean":
      return [false, true];
    case "integer":
      return [option.default, Math.floor((option.min + option.max) / 2)];
  }
}

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

/** The interfaces of Linux that take entries, and the number that one costs. */
export const ENTRY_COSTS: readonly [Record<string, string | boolean>, string][] = [
  [{ ioengine: "libaio" }, "linux.aioSubmit"],
  [{ ioengine: "io_uring" }, "linux.uringSubmit"],
  [{ ioengine: "io_uring", hipri: true }, "linux.uringSubmit"],
  [{ ioengine: "io_uring", sqthread_poll: true }, "linux.uringSubmit"],
];
