/** Options of the backends' facets: which backends have one, and what a help text says of it. */
import type { BackendModule } from "../os/model.ts";
import type { BackendOption, OptionValue } from "../os/options.ts";
import { backends as modules } from "../os/registry.ts";

/** An option of facets, the backends that have it, and how each declares it, in their order. */
export interface FacetOption {
  readonly options: BackendOption[];
  readonly backends: string[];
}

/** What `optionsOf` picks of every backend, by name. */
export function facetOptionsByName(
  optionsOf: (backend: BackendModule) => readonly BackendOption[],
): Map<string, FacetOption> {
  const found = new Map<string, FacetOption>();
  for (const backend of Object.values<BackendModule>(modules)) {
    for (const option of optionsOf(backend)) {
      const entry = found.get(option.name) ?? { options: [], backends: [] };
      if (!entry.backends.includes(backend.id)) {
        entry.backends.push(backend.id);
        entry.options.push(option);
      }
      found.set(option.name, entry);
    }
  }
  return found;
}

/** Whether it can be given without a value, as a flag. */
export const isFlag = ({ options }: FacetOption): boolean =>
  options.every(({ type }) => type === "boolean");

/** What the help shows for its value: whatever some backend allows. */
export function facetArgument(option: FacetOption): string {
  if (isFlag(option)) return "0|1";
  const choices = new Set(option.options.flatMap(choicesOf));
  return choices.size > 0 ? [...choices].join("|") : "n";
}

/**
 * `[linux, mmap] what it means; [unikernel] what it means there (default: a; b on unikernel)`.
 * Where backends allow different values, each meaning begins with its own.
 */
export function facetMeaning({ options, backends }: FacetOption): string {
  const groups = new Map<string, string[]>();
  const isSameEverywhere = new Set(options.map((option) => choicesOf(option).join())).size === 1;
  options.forEach((option, index) => {
    const values = isSameEverywhere ? "" : `${choicesOf(option).join("|")}: `;
    const text = `${values}${option.meaning}`;
    groups.set(text, [...(groups.get(text) ?? []), backends[index]!]);
  });
  const meanings = Array.from(groups, ([text, having]) => `[${having.join(", ")}] ${text}`);
  const usual = defaultsText(
    backends,
    options.map((option) => option.default),
  );
  return `${meanings.join("; ")} (default: ${usual})`;
}

const choicesOf = (option: BackendOption): readonly string[] =>
  option.type === "choice" ? option.choices : [];

/** What it is unless it is given: `psync; spdk on bypass`, the most frequent one alone. */
function defaultsText(backends: readonly string[], defaults: readonly OptionValue[]): string {
  const text = (value: OptionValue): string =>
    typeof value === "boolean" ? String(Number(value)) : String(value);
  const byValue = new Map<string, string[]>();
  defaults.forEach((value, index) => {
    byValue.set(text(value), [...(byValue.get(text(value)) ?? []), backends[index]!]);
  });
  const [usual, ...others] = [...byValue].sort(([, one], [, two]) => two.length - one.length);
  return [usual![0], ...others.map(([value, having]) => `${value} on ${having.join(", ")}`)].join(
    "; ",
  );
}
