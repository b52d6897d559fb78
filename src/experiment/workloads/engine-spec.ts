/** The storage engine under a benchmark as a user writes it. */
import * as z from "zod";

export const BENCHMARKS = [
  "lookup",
  "ycsb-a",
  "ycsb-b",
  "ycsb-c",
  "ycsb-d",
  "ycsb-e",
  "ycsb-f",
  "update",
  "tpcc",
] as const;

export const engineSchema = z.strictObject({
  kind: z.literal("engine"),
  benchmark: z.enum(BENCHMARKS).default("lookup"),
  /** Threads, each on a core of its own as long as there are enough. */
  threads: z.int().min(1).max(4_096).default(1),
  /** Transactions that each thread runs at a time, as tasks of its own. */
  tasks: z.int().min(1).max(4_096).default(1),
  /**
   * Size of the database that is asked for; what is simulated is a twin of it. Of TPC-C, 200 MB are
   * a warehouse, as published sizes are counted; the engine's own pages take 122 MB.
   */
  dataBytes: z.int().min(1_000_000).max(1e15).default(20_000_000_000),
  /** Memory for its pages; where all of them fit, everything stays in memory. */
  ramBytes: z.int().min(100_000).max(1e15).default(32_000_000_000),
  pageBytes: z
    .union([
      z.literal(4_096),
      z.literal(8_192),
      z.literal(16_384),
      z.literal(32_768),
      z.literal(65_536),
    ])
    .default(4_096),
  /** The default is the memory facet's own: a mapped file, or a pool with a hash table. */
  buffer: z.enum(["default", "hash-table", "swizzling", "vmcache", "mmap"]).default("default"),
  /** Pages that whoever misses evicts at a time; 1: one page goes, is awaited, and one comes. */
  evictionBatch: z.int().min(1).max(64).default(64),
  /** Whether changes are logged and commits wait until they are durable. */
  wal: z.boolean().default(true),
  isolationLevel: z
    .enum(["serializable", "repeatable-read", "read-committed", "read-uncommitted", "none"])
    .default("serializable"),
  /** How changed pages of a mapped file become safe; buffer pools change their pages in place. */
  updateProtocol: z
    .enum(["in-place", "os-copy-on-write", "user-copy-on-write", "shadow-paging"])
    .default("in-place"),
  /** Which entries lookups and YCSB ask for; the default is the benchmark's own. */
  distribution: z.enum(["default", "uniform", "zipfian"]).default("default"),
  /** Exponent of the Zipf distribution. */
  theta: z.number().positive().max(5).default(0.99),
  /** Bytes of a value of lookups, updates and YCSB; 0: the benchmark's own, 120, 120 and 1000. */
  valueBytes: z.int().min(0).max(8_192).default(0),
  /**
   * Warehouses of a TPC-C twin; 0: two for each transaction at a time, so that none meet, or,
   * without locks, whole ones as the scale asks, four at least.
   */
  warehouses: z.int().min(0).max(100_000).default(0),
  /** Rows of the twin ÷ rows asked for; 0: as small as is sensible. */
  scale: z.number().min(0).max(1).default(0),
});

export type EngineSpec = z.output<typeof engineSchema>;
