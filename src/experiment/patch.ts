/** Partial specs: laid over one another, and a single value at a dot path. */

/** A partial spec; what is merged from several is checked as a whole by `parseSpec`. */
export type Patch = Record<string, unknown>;

/** `base` with `patch` laid over it, deeply; lists and values are replaced. */
export function merged(base: Patch, patch: Patch): Patch {
  const result: Patch = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const old = result[key];
    result[key] = isPatch(old) && isPatch(value) ? merged(old, value) : value;
  }
  return result;
}

const isPatch = (value: unknown): value is Patch =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `{ workload: { jobs: 4 } }` for `workload.jobs` and 4. */
export function atPath(path: string, value: unknown): Patch {
  const keys = path.split(".");
  const last = keys.pop() ?? path;
  return keys.reduceRight<Patch>((inner, key) => ({ [key]: inner }), { [last]: value });
}

/** Dot paths of all numbers in `patch`, lists left out. */
export function numberPaths(patch: Patch, prefix = ""): string[] {
  return Object.entries(patch).flatMap(([key, value]) => {
    if (isPatch(value)) return numberPaths(value, `${prefix}${key}.`);
    return typeof value === "number" ? [`${prefix}${key}`] : [];
  });
}

/** What lies at a dot path; undefined when nothing does. */
export const valueAt = (patch: Readonly<Patch>, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (isPatch(value) ? value[key] : undefined), patch);
