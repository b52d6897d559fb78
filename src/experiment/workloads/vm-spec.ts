/** Memory microbenchmarks as a user writes them. */
import * as z from "zod";
import { PERCENT } from "./percent-spec.ts";

/** What each thread does, over and over. */
export const VM_ACCESSES = ["page", "alloc-free", "insert"] as const;

export const vmSchema = z.strictObject({
  kind: z.literal("vm"),
  /**
   * `page`: touch a random page that is resident; `alloc-free`: make a batch of pages resident and
   * release them; `insert`: bring a page in from the drives, evicting others when memory is full.
   */
  access: z.enum(VM_ACCESSES).default("page"),
  threads: z.int().min(1).max(1_024).default(1),
  /** Pages per request to the memory facet. */
  batch: z.int().min(1).max(4_096).default(512),
  /** Memory for pages. */
  ramBytes: z.int().min(4_096).max(1e15).default(137_438_953_472),
  /** What the pages hold altogether; with `page` all of it is resident. */
  dataBytes: z.int().min(4_096).max(1e15).default(137_438_953_472),
  /** Share of pages that are written, in per cent. */
  writePercent: PERCENT.default(0),
  /** Simulated ÷ real size of memory and data; rates are not scaled. */
  scale: z.number().positive().max(1).default(1),
});

export type VmSpec = z.output<typeof vmSchema>;
