/** A page that cannot be read, as a user writes it. */
import * as z from "zod";

export const readErrorSchema = z.strictObject({
  kind: z.literal("read-error"),
  threads: z.int().min(1).max(64).default(4),
  /** Transactions of each thread: one lookup each. */
  transactions: z.int().min(1).max(100_000).default(2_000),
  entries: z.int().min(1_000).max(1_000_000).default(20_000),
  /** Frames for pages, fewer than the data has. */
  poolPages: z.int().min(64).max(1_000_000).default(320),
  /** Whether one page of the data cannot be read. */
  isPageLost: z.boolean().default(true),
});

export type ReadErrorSpec = z.output<typeof readErrorSchema>;
