/** Costs of Linux's storage interfaces, for a machine that does not say otherwise. */
import { kernelCostMeanings, kernelCosts } from "../kernel/costs.ts";
import { taskCostMeanings, taskCosts } from "../kernel/scheduling/task-plan.ts";
import type { BackendCosts, CostMeanings } from "../model.ts";

const ownCosts = {
  "linux.readCall": {
    value: 199,
    unit: "ns",
    provenance: "published",
    source: "xrp22",
    where: "Table 1, read syscall",
  },
  "linux.extentLookUp": {
    value: 150,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where:
      "fs/ext4/inode.c ext4_map_blocks, extents_status.c ext4_es_lookup_extent: a red-black tree " +
      "of some ten levels under its read lock",
    range: [50, 400],
  },
  "linux.aioSubmit": {
    value: 150,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "fs/aio.c io_submit_one: copy the iocb, allocate the request, publish its key",
    range: [60, 300],
  },
  "linux.aioReap": {
    value: 40,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "fs/aio.c aio_read_events_ring: copy one event to user memory",
    range: [15, 100],
  },
  "linux.uringEnter": {
    value: 235,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where: "(1,100 − 230) cycles per call at 3.7 GHz: NOP line less the crossing",
  },
  "linux.uringSubmit": {
    value: 60,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where: "224 cycles per operation at 3.7 GHz: NOP line",
  },
  "linux.uringReap": {
    value: 20,
    unit: "ns",
    provenance: "assumed",
    source: "liburing-source",
    where: "io_uring_peek_cqe and io_uring_cqe_seen: a few loads, one release store",
    range: [5, 60],
  },
  "linux.taskWork": {
    value: 250,
    unit: "ns",
    provenance: "assumed",
    source: "linux-6.x",
    where: "io_uring/io_uring.c: completions are queued by the interrupt and run by the thread",
    range: [0, 460],
  },
  "linux.zeroPagePinning": {
    value: 547,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where: "2,025 cycles at 3.7 GHz: a plain 4 KiB write less what reads say of its other steps",
  },
  "linux.zeroPagePinningNext": {
    value: 179,
    unit: "ns",
    provenance: "derived",
    source: "jasny26",
    where: "661 cycles at 3.7 GHz: slope of plain writes from 4 to 256 KiB (J-15)",
  },
  "linux.uringSharedSubmit": {
    value: 30,
    unit: "ns",
    provenance: "assumed",
    source: "liburing-source",
    where: "filling one entry and publishing the tail, which the kernel thread then reads",
    range: [10, 150],
  },
  "linux.emptyPoll": {
    value: 30,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "drivers/nvme/host/pci.c nvme_poll: lock, phase check, unlock, per queue pair",
    range: [10, 100],
  },
  "linux.sqpollWake": {
    value: 34,
    unit: "µs",
    provenance: "published",
    source: "jasny26",
    where: "NOP through an idle SQPOLL thread: +34.3 µs (J-50)",
  },
} as const satisfies BackendCosts;

const ownMeanings: CostMeanings<keyof typeof ownCosts> = {
  "linux.readCall": { cause: "ioInterface", meaning: "read(): file lookup and direct-I/O set-up" },
  "linux.extentLookUp": {
    cause: "fileSystem",
    meaning: "ext4: the look-up that tells an overwrite from other writes; theirs is one more",
  },
  "linux.aioSubmit": { cause: "ioInterface", meaning: "io_submit: one request" },
  "linux.aioReap": { cause: "ioInterface", meaning: "io_getevents: one event" },
  "linux.uringEnter": {
    cause: "ioInterface",
    meaning: "io_uring_enter beyond the crossing, once per call",
  },
  "linux.uringSubmit": { cause: "ioInterface", meaning: "io_uring: one submission entry" },
  "linux.uringReap": { cause: "ioInterface", meaning: "io_uring: taking one entry in user space" },
  "linux.taskWork": {
    cause: "completion",
    meaning: "io_uring with interrupts: running one queued completion in the thread's own context",
  },
  "linux.zeroPagePinning": {
    cause: "pagePinning",
    meaning: "pinning the zero page, for a write from a page that was never written",
  },
  "linux.zeroPagePinningNext": {
    cause: "pagePinning",
    meaning: "the same for each further page of a write",
  },
  "linux.uringSharedSubmit": {
    cause: "ioInterface",
    meaning: "SQPOLL: publishing one entry to the kernel thread",
  },
  "linux.emptyPoll": {
    cause: "pollingEmpty",
    meaning: "looking at one queue pair, or at a submission ring, that has nothing",
  },
  "linux.sqpollWake": {
    cause: "idle",
    meaning: "from waking a sleeping SQPOLL thread to its first look (latency, charged as idle)",
  },
};

export const costs = {
  ...kernelCosts,
  ...taskCosts,
  ...ownCosts,
} as const satisfies BackendCosts;
export const costMeanings: CostMeanings<keyof typeof costs> = {
  ...kernelCostMeanings,
  ...taskCostMeanings,
  ...ownMeanings,
};
/** A cost's length on this run's machine, in picoseconds, by name. */
export type LinuxCosts = { readonly [name in keyof typeof costs]: number };
