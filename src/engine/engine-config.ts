/** What a database is configured with, and what of it is allowed. */
import { badValue } from "../base/usage-error.ts";
import type { AdversaryConfig } from "./buffer/adversary.ts";
import { UPDATE_PROTOCOLS, type UpdateProtocolName } from "./buffer/mapped/update-protocol.ts";
import { BUFFER_KINDS, type BufferKind } from "./buffer/translation.ts";
import type { LeafSharing } from "./leaf-lines.ts";
import { type BufferSource, checkPageBytes } from "./page/page-memory.ts";
import type { EngineTimes } from "./times.ts";
import type { TransactionCosts } from "./transaction/transaction-context.ts";

export interface MappedConfig {
  readonly updateProtocol: UpdateProtocolName;
  /** Pages of the mapping: the database must not outgrow it. */
  readonly filePages: number;
  /** Size of the twin ÷ size of the original. */
  readonly scale: number;
}

export interface DatabaseConfig {
  /** 4096 to 65536, a power of two. */
  readonly pageBytes: number;
  /** Frames of the buffer pool. */
  readonly poolPages: number;
  readonly buffer: BufferKind;
  /** Pages that a miss evicts at a time; the default is `EVICTION_BATCH`. */
  readonly evictionBatch?: number;
  /** Leaves whose lines the last-level cache of a core complex holds; the default is none. */
  readonly lastLevelLeaves?: number;
  /** How cores meet at leaves; the default is that they do not. */
  readonly leafSharing?: LeafSharing;
  /** Whether changes are logged; without a log a crash loses everything. */
  readonly wal: boolean;
  /** Bytes of circular log over all drives. */
  readonly logBytes: number;
  /** Bytes of it that may be in use: in a twin, whose area cannot shrink, not all (the default). */
  readonly logRoomBytes?: number;
  /** Bytes of log after which a checkpoint is taken. */
  readonly checkpointEveryBytes: number;
  /** Whether a page's first change after a checkpoint logs the whole page, against torn writes. */
  readonly fullPageImages: boolean;
  /** Of a mapped file only: how changed pages become safe. */
  readonly mapped?: MappedConfig;
  readonly times: EngineTimes;
  readonly transactionCosts: TransactionCosts;
  /** Where the host's memory for the frames comes from; the default is the host. */
  readonly frameSource?: BufferSource;
  /** Only in tests: forces the suspending path. */
  readonly adversary?: AdversaryConfig;
}

/** Fewest frames: a path of a tree for a few workers, and a batch on its way out. */
const POOL_PAGES_MIN = 16;

/** @throws UsageError that names the first wrong field. */
export function checkConfig(config: DatabaseConfig): void {
  checkPageBytes(config.pageBytes);
  if (!Number.isInteger(config.poolPages) || config.poolPages < POOL_PAGES_MIN) {
    throw badValue("poolPages", config.poolPages, `give a whole number from ${POOL_PAGES_MIN} on`);
  }
  const { logBytes, checkpointEveryBytes } = config;
  if (config.wal && logBytes < 3 * checkpointEveryBytes) {
    const least = 3 * checkpointEveryBytes;
    throw badValue("logBytes", logBytes, `give at least 3 checkpoint distances, ${least}`);
  }
  const { mapped } = config;
  if ((config.buffer === "mmap") !== (mapped !== undefined)) {
    throw badValue("mapped", String(mapped), "give it with buffer mmap, and only there");
  }
  if (mapped !== undefined && !UPDATE_PROTOCOLS.includes(mapped.updateProtocol)) {
    const known = UPDATE_PROTOCOLS.join(", ");
    throw badValue("updateProtocol", mapped.updateProtocol, `give one of ${known}`);
  }
  if (!BUFFER_KINDS.includes(config.buffer)) {
    throw badValue("buffer", config.buffer, `give one of ${BUFFER_KINDS.join(", ")}`);
  }
}
