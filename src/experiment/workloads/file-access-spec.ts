/** Touching, or reading, a file, usually larger than memory, as a user writes it. */
import * as z from "zod";

export const FILE_ACCESSES = ["random", "sequential"] as const;
const GIB = 1_073_741_824;

export const fileAccessSchema = z.strictObject({
  kind: z.literal("file-access"),
  access: z.enum(FILE_ACCESSES).default("random"),
  /** How threads reach pages: by loads from a mapping, or by a pread() of each. */
  via: z.enum(["mapping", "pread"]).default("mapping"),
  /** What the application has told the system (madvise; of a file that is read, posix_fadvise). */
  hint: z.enum(["normal", "random", "sequential"]).default("normal"),
  /** Threads that touch pages; one more only computes. */
  threads: z.int().min(1).max(1_024).default(1),
  /** Memory that is left for the file's pages. */
  ramBytes: z
    .int()
    .min(4_096)
    .max(1e15)
    .default(100 * GIB),
  dataBytes: z
    .int()
    .min(4_096)
    .max(1e15)
    .default(2_048 * GIB),
  /** Part of the file that a sequential thread takes at a time. */
  blockBytes: z
    .int()
    .min(4_096)
    .max(1e15)
    .default(GIB / 8),
  /** Accesses ahead for which a random thread calls madvise(MADV_WILLNEED); 0: it does not. */
  willNeed: z.int().min(0).max(256).default(0),
  /** Whether it asks mincore first and calls madvise only for what is not there. */
  residency: z.enum(["unknown", "mincore"]).default("unknown"),
  /** Beginning of the file that the threads keep in memory by mlock. */
  lockBytes: z.int().min(0).max(1e15).default(0),
  /** Intervals of equal length for which the run reports metrics. */
  intervals: z.int().min(1).max(10_000).default(60),
  /**
   * Simulated ÷ real size of memory and data. Rates are not scaled, so the twin fills sooner by
   * this factor; times of intervals are those of the original.
   */
  scale: z.number().positive().max(1).default(1),
});

export type FileAccessSpec = z.output<typeof fileAccessSchema>;
