/** The raw-I/O workload as a user writes it: fio's vocabulary. */
import * as z from "zod";
import { badValue } from "../../base/usage-error.ts";
import { PERCENT } from "./percent-spec.ts";

/** fio's `file_service_type`, as far as it is modelled; nine digits are more than anybody sends. */
const FILE_SERVICE = /^(random|roundrobin)(?::([1-9]\d{0,8}))?$/;

/** What one group of jobs does. */
const ioFields = {
  /** fio's `rw`; `nop`: requests that do nothing, to see what handing over costs. */
  rw: z.enum(["read", "write", "rw", "randread", "randwrite", "randrw", "nop"]).default("randread"),
  /** fio's `bs`. */
  blockBytes: z
    .int()
    .min(512)
    .max(16 * 1024 * 1024)
    .multipleOf(512)
    .default(4096),
  /** fio's `iodepth`: requests that each job keeps outstanding. */
  ioDepth: z.int().min(1).max(65_536).default(1),
  /** fio's `numjobs`: submitting threads. */
  jobs: z.int().min(1).max(16_384).default(1),
  /** fio's `rwmixread`: share of reads in `rw` and `randrw`, in per cent. */
  readPercent: PERCENT.default(50),
  /** fio's `iodepth_batch_submit`: requests handed over at a time, at most. */
  submitBatch: z.int().min(1).max(65_536).default(1),
  /**
   * fio's `iodepth_batch_complete_min`: completions without which a full queue gets nothing new.
   * fio waits for one unless told otherwise. Absent: for a whole batch, as programs do that go
   * round one loop per batch.
   */
  completeMin: z.int().min(1).max(65_536).optional(),
  /**
   * fio's `iodepth_batch_complete_max`: completions that a job takes at a time. fio takes one
   * unless told otherwise. Absent: what there is, as the programs of most papers do.
   */
  completeBatch: z.int().min(1).max(65_536).optional(),
  /**
   * fio's `file_service_type`: which drive a random request goes to, any of them or one after the
   * other, and after how many requests another is chosen.
   */
  fileService: z.string().default("random"),
  /** fio's `rate_iops`: most reads and most writes per second of each job; 0 means no limit. */
  rateIops: z.number().min(0).max(1e9).default(0),
  /** fio's `fsync`: one fsync after so many writes of a job; 0: none. */
  fsync: z.int().min(0).max(1_000_000_000).default(0),
  /** fio's `fdatasync`: as `fsync`, of data only. */
  fdatasync: z.int().min(0).max(1_000_000_000).default(0),
  /** Share of each drive that the workload touches, in bytes per drive; 0 means the whole drive. */
  spanBytes: z.int().min(0).default(0),
  /**
   * Each job has drives of its own, given out in turn, as SPDK's perf tool does it; otherwise every
   * job uses all drives.
   */
  ownDrives: z.boolean().optional(),
};

export const rawIoSchema = z.strictObject({
  kind: z.literal("raw-io"),
  ...ioFields,
  /**
   * A second group of jobs that loads the drives beside the measured one. Metrics count the I/Os of
   * the measured jobs only, and the cores of both.
   */
  background: z.strictObject(ioFields).optional(),
});

/** What the measured jobs and those of the background have in common. */
export type IoGroupSpec = Omit<z.output<typeof rawIoSchema>, "kind" | "background">;
export type RawIoSpec = z.output<typeof rawIoSchema>;

/**
 * A workload as raw I/O, as a user writes it or with its defaults.
 * @throws UsageError when it is of another kind.
 */
export function rawIoOf<Workload extends { readonly kind: string }>(
  workload: Workload,
): Extract<Workload, { readonly kind: "raw-io" }> {
  if (workload.kind !== "raw-io") {
    throw badValue("workload.kind", workload.kind, "only raw-io has jobs and an ioDepth");
  }
  return workload as Extract<Workload, { readonly kind: "raw-io" }>;
}

/** A drive is chosen anew after so many requests: any of them, or the next one. */
export interface FileService {
  readonly goesRound: boolean;
  readonly requests: number;
}

/** @throws UsageError for a text that is none. */
export function fileServiceOf(text: string): FileService {
  const [, kind, requests] = FILE_SERVICE.exec(text) ?? [];
  if (kind === undefined) {
    throw badValue("fileService", text, "allowed: random or roundrobin, with or without :n");
  }
  return { goesRound: kind === "roundrobin", requests: Number(requests ?? "1") };
}
