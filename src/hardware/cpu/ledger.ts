/**
 * The ledger: on what each core spent each picosecond.
 *
 * Law, asserted in every run: the causes of a core add up to its elapsed time, exactly.
 * A core's own sums stay below 2^53; totals over cores may not, so they are BigInt.
 */
import { InvariantError } from "../../base/assert.ts";

/** Every cause there is, in the order of one request's path. */
export const CAUSES = [
  "application",
  "database",
  "addressTranslation",
  "pageFault",
  "zeroing",
  "pageTable",
  "reclaim",
  "shootdownSend",
  "shootdownReceive",
  "shootdownWait",
  "systemCall",
  "ioInterface",
  "pagePinning",
  "copy",
  "fileSystem",
  "raid",
  "blockLayer",
  "driver",
  "interrupt",
  "completion",
  "wakeUp",
  "contextSwitch",
  "scheduler",
  "hypervisor",
  "contention",
  "pollingUseful",
  "pollingEmpty",
  "idle",
] as const;

export type Cause = (typeof CAUSES)[number];

/** Position of each cause in a ledger row: hot paths charge by number. */
export const CAUSE = Object.fromEntries(CAUSES.map((cause, index) => [cause, index])) as {
  readonly [Name in Cause]: number;
};

/** What a cause means, for tables and the lecture page. */
export const CAUSE_MEANING: { readonly [Name in Cause]: string } = {
  application: "the workload's own work between its I/Os",
  database: "the storage engine's own work: tree, buffer manager, log, transactions",
  addressTranslation: "TLB misses and page walks",
  pageFault: "taking a page fault and finding its page",
  zeroing: "clearing a page before a process may see it",
  pageTable: "reading and writing page-table entries and what guards them",
  reclaim: "choosing pages to evict and taking them out of the page cache",
  shootdownSend: "sending TLB shootdowns to other cores",
  shootdownReceive: "being interrupted by another core's TLB shootdown",
  shootdownWait: "waiting until every other core has acknowledged a TLB shootdown",
  systemCall: "crossing into the kernel and back",
  ioInterface: "the interface's own request handling: read(), libaio, io_uring, SPDK",
  pagePinning: "pinning and unpinning the pages of a user buffer",
  copy: "copying data between kernel and user memory",
  fileSystem: "traversing the file system",
  raid: "traversing software RAID",
  blockLayer: "building, merging and tagging a block-layer request",
  driver: "building the NVMe command and ringing doorbells",
  interrupt: "taking an interrupt: entry, dispatch, end of interrupt, exit",
  completion: "finishing a request: from completion queue entry to the interface's own result",
  wakeUp: "making a sleeping thread runnable",
  contextSwitch: "switching a core from one thread to another",
  scheduler: "deciding what runs next: queues, ticks, timers, preemption",
  hypervisor: "leaving the virtual machine and coming back",
  contention: "waiting for cache lines that other cores hold",
  pollingUseful: "polls that found a completion",
  pollingEmpty: "polls that found nothing",
  idle: "nothing to do",
};

/** One core's ledger row: picoseconds by cause, in the order of `CAUSES`. */
export type LedgerRow = Float64Array;

export const emptyLedgerRow = (): LedgerRow => new Float64Array(CAUSES.length);

/** Throws unless the causes of `row` add up to `elapsed` picoseconds exactly. */
export function assertLedgerAddsUp(row: LedgerRow, elapsed: number, core: number): void {
  let sum = 0;
  for (const time of row) {
    if (!(Number.isSafeInteger(time) && time >= 0)) {
      throw new InvariantError(`ledger of core ${core}: ${time} ps`);
    }
    sum += time;
  }
  if (sum === elapsed) return;
  throw new InvariantError(`ledger of core ${core} adds up to ${sum} ps, elapsed ${elapsed} ps`);
}

/** Sum over cores, in picoseconds by cause. */
export function ledgerTotal(rows: readonly LedgerRow[]): Record<Cause, bigint> {
  const total = Object.fromEntries(CAUSES.map((cause) => [cause, 0n])) as Record<Cause, bigint>;
  for (const row of rows) {
    CAUSES.forEach((cause, index) => {
      total[cause] += BigInt(row[index]!);
    });
  }
  return total;
}
