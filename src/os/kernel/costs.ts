/**
 * Costs of the simulated Linux kernel that several backends share.
 *
 * These are the values for a machine that does not say otherwise, from measurements of other
 * machines; a machine file replaces what was measured on it. Times are those of a core at the clock
 * that it has when it works alone.
 */
import type { BackendCosts, CostMeanings } from "../model.ts";
import { schedulingCostMeanings, schedulingCosts } from "./scheduling/kernel-scheduling-costs.ts";

export const kernelCosts = {
  "kernel.systemCall": {
    value: 230,
    unit: "cycles",
    atGHz: 2.2,
    provenance: "published",
    source: "libdbos25",
    where: "Fig 11, gettid on Linux (D1)",
  },
  "kernel.pagePinning": {
    value: 405,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where: "registered buffers save 1,500 cycles at 3.7 GHz (J-17)",
  },
  "kernel.pagePinningNext": {
    value: 129,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where:
      "478 cycles per page at 3.7 GHz: what registered buffers save, slope 4K–512K (J-10, J-12)",
  },
  "kernel.blockLayer": {
    value: 379,
    unit: "ns",
    provenance: "published",
    source: "xrp22",
    where: "Table 1, bio",
  },
  "kernel.driver": {
    value: 113,
    unit: "ns",
    provenance: "published",
    source: "xrp22",
    where: "Table 1, NVMe driver",
  },
  "kernel.scatterSetUp": {
    value: 527,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where:
      "1,950 cycles at 3.7 GHz: 8 KiB less 4 KiB with registered buffers, less one page (J-12)",
  },
  "kernel.driverNextPage": {
    value: 31,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where: "115 cycles per page at 3.7 GHz: slope 8K–512K with registered buffers (J-12)",
  },
  "kernel.fileReference": {
    value: 35,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where: "8,513 − 8,382 cycles at 3.7 GHz: registered ring and files (J-10, J-11)",
  },
  "kernel.fileSystem": {
    value: 2_006,
    unit: "ns",
    provenance: "published",
    source: "xrp22",
    where: "Table 1, ext4",
  },
  "kernel.raid": {
    value: 250,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "drivers/md/md.c, raid0.c: account and remap the bio, submit it a second time",
    range: [150, 500],
  },
  "kernel.deadlineLock": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "block/mq-deadline.c: red-black tree and list updates under the lock, each time",
    range: [150, 600],
  },
  "kernel.deadlineMerge": {
    value: 100,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "block/mq-deadline.c dd_bio_merge: one hash chain and one red-black tree, in vain",
    range: [50, 300],
  },
  "kernel.fsyncCall": {
    value: 150,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "fs/sync.c vfs_fsync_range, mm/filemap.c file_write_and_wait_range: nothing is dirty",
    range: [50, 400],
  },
  "kernel.flush": {
    value: 400,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "block/blk-flush.c blk_insert_flush, blk_kick_flush: an empty bio through its machine",
    range: [150, 1_000],
  },
  "kernel.journalCommit": {
    value: 5_000,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "fs/jbd2/commit.c jbd2_journal_commit_transaction: its phases over one metadata block",
    range: [2_000, 20_000],
  },
  "kernel.cachePage": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/filemap.c: find or add a page, lock it, account it dirty",
    range: [100, 800],
  },
  "kernel.copyPage": {
    value: 400,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "lib/iov_iter.c: 4 KiB at 10 GB/s, uncached",
    range: [150, 800],
  },
  "kernel.interruptEntry": {
    value: 590,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where: "IOPOLL saves 2,189 cycles at 3.69 GHz per I/O (J-18)",
  },
  "kernel.completionEntry": {
    value: 60,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "drivers/nvme/host/pci.c nvme_handle_cqe: a few cache lines per entry",
    range: [20, 150],
  },
  "kernel.completion": {
    value: 170,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "block/blk-mq.c blk_mq_end_request, bio_endio and the interface's own completion",
    range: [80, 400],
  },
  ...schedulingCosts,
} as const satisfies BackendCosts;

export const kernelCostMeanings: CostMeanings<keyof typeof kernelCosts> = {
  "kernel.systemCall": { cause: "systemCall", meaning: "entering the kernel and returning" },
  "kernel.pagePinning": {
    cause: "pagePinning",
    meaning: "pinning and unpinning the first page of a user buffer",
  },
  "kernel.pagePinningNext": {
    cause: "pagePinning",
    meaning: "pinning and unpinning each further page",
  },
  "kernel.blockLayer": {
    cause: "blockLayer",
    meaning: "from a bio to a tagged request at the driver",
  },
  "kernel.driver": {
    cause: "driver",
    meaning: "building the NVMe command and writing the SQ tail doorbell",
  },
  "kernel.scatterSetUp": {
    cause: "driver",
    meaning: "a scatter list for a request of more than one page: set up and torn down",
  },
  "kernel.driverNextPage": { cause: "driver", meaning: "mapping each further page of a request" },
  "kernel.fileReference": {
    cause: "ioInterface",
    meaning:
      "taking and dropping a reference to the open file (waiting for its cache line is extra)",
  },
  "kernel.fileSystem": { cause: "fileSystem", meaning: "ext4: one direct request" },
  "kernel.raid": { cause: "raid", meaning: "md RAID0: one request" },
  "kernel.deadlineLock": {
    cause: "blockLayer",
    meaning: "mq-deadline: holding the drive's lock to insert a request, and to dispatch it",
  },
  "kernel.deadlineMerge": {
    cause: "blockLayer",
    meaning: "mq-deadline: holding the drive's lock to look for a request to be merged with",
  },
  "kernel.fsyncCall": {
    cause: "ioInterface",
    meaning: "fsync or fdatasync that finds no dirty page, less its flush",
  },
  "kernel.flush": {
    cause: "blockLayer",
    meaning: "one cache flush through the block layer; none where no cache is volatile",
  },
  "kernel.journalCommit": {
    cause: "fileSystem",
    meaning: "ext4: one commit of the journal, less its I/O and its thread's wake-ups",
  },
  "kernel.cachePage": {
    cause: "fileSystem",
    meaning: "buffered read or write: one page of the page cache",
  },
  "kernel.copyPage": { cause: "copy", meaning: "copying 4 KiB between user memory and page cache" },
  "kernel.interruptEntry": {
    cause: "interrupt",
    meaning: "taking one interrupt: entry, dispatch, end of interrupt, exit",
  },
  "kernel.completionEntry": {
    cause: "completion",
    meaning: "handling one completion queue entry, by interrupt or poll",
  },
  "kernel.completion": {
    cause: "completion",
    meaning: "from the driver's completion to the interface's result",
  },
  ...schedulingCostMeanings,
};
