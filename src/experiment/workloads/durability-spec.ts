/** The durability workload as a user writes it: what a failed write-back does to a database. */
import * as z from "zod";

export const durabilitySchema = z.strictObject({
  kind: z.literal("durability"),
  transactions: z.int().min(1).max(8_000).default(400),
  transactionsPerCheckpoint: z.int().min(1).max(8_000).default(50),
  /** The data file: through the kernel's page cache and fsync, or direct. */
  file: z.enum(["buffered", "direct"]).default("buffered"),
  /** What the database does when fsync fails: call it again, or stop and recover from its log. */
  onSyncError: z.enum(["retry", "panic"]).default("panic"),
  /** What the kernel makes of pages whose write-back failed; Linux: clean. */
  failedPages: z.enum(["clean", "dirty"]).default("clean"),
  /** Which write of a data page fails, counted from 1; 0: none. */
  failingWrite: z.int().min(0).max(1_000_000).default(4),
});

export type DurabilitySpec = z.output<typeof durabilitySchema>;
