/** Canonical JSON and its hash: the name of a spec with all its model numbers. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
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

/** Name of everything that a run found out: equal wherever the same spec and seed run. */
export function resultHash({ jobs: _, ...result }: RunResult): string {
  return shortHash(result);
}
