/** Canonical JSON and its hash: the name of a spec with all its model numbers. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Sourced } from "../base/sourced.ts";
import type { RunResult } from "./result.ts";

/** JSON with sorted keys, so that equal data gives equal text. */
export function canonicalJson(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** First 12 hexadecimal digits of the SHA-256 of the canonical JSON. */
export function shortHash(data: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(data)))).slice(0, 12);
}

/** Name of a spec with its model numbers; where these come from, in words, does not count. */
export function numbersHash(data: unknown): string {
  return shortHash(withoutOrigins(data));
}

function withoutOrigins(data: unknown): unknown {
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data)) return data.map(withoutOrigins);
  if ("provenance" in data && "value" in data) {
    const { value, unit, atGHz } = data as Sourced;
    return { value, unit, atGHz };
  }
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, withoutOrigins(value)]),
  );
}

/** Name of everything that a run found out: equal wherever the same spec and seed run. */
export function resultHash({ jobs: _, ...result }: RunResult): string {
  return shortHash(result);
}
