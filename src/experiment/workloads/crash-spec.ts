/** Exploring crashes of the storage engine, as a user writes it. */
import * as z from "zod";

export const crashSchema = z.strictObject({
  kind: z.literal("crash"),
  /** keys: small and wild; tpcc: TPC-C with its consistency conditions. */
  scenario: z.enum(["keys", "tpcc"]).default("keys"),
  /** Threads of the scenario; 0: its own number. */
  clients: z.int().min(0).max(16).default(0),
  /** On a system that maps files; others have a pool, changed in place. */
  updateProtocol: z
    .enum(["in-place", "os-copy-on-write", "user-copy-on-write", "shadow-paging"])
    .default("in-place"),
  /** When the system writes a mapped page that was stored to: when it likes, or only when asked. */
  writeBack: z.enum(["any-time", "on-sync"]).default("any-time"),
  /** Distinct states to visit. */
  states: z.int().min(1).max(100_000).default(1_000),
  /** Subsets of writes in doubt at each position. */
  subsets: z.int().min(2).max(64).default(8),
});

export type CrashSpec = z.output<typeof crashSchema>;
