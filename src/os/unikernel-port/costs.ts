/** Costs of a ported unikernel, for a machine that does not say otherwise. */
import type { BackendCosts, CostMeanings } from "../model.ts";

export const costs = {
  "port.functionCall": {
    value: 1.1,
    unit: "ns",
    provenance: "published",
    source: "unikraft21",
    where: "function call instead of a system call, 4 cycles (P2)",
  },
  "port.vfsLock": {
    value: 1_000,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "fs/vfs: look-up, uio and locks; Linux's read call and block layer together take 578 ns",
    range: [400, 3_000],
  },
  "port.bio": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "fs/vfs/kern_physio.cc: allocate and free one bio with its mutex and condition variable",
    range: [150, 600],
  },
  "port.driver": {
    value: 250,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "drivers/nvme-queue.cc: mutex, slot search, command, one doorbell",
    range: [150, 500],
  },
  "port.interruptEntry": {
    value: 500,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "entry as in the co-designed unikernel, and two writes to mask and unmask the vector",
    range: [250, 900],
  },
  "port.completion": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "drivers/nvme-queue.cc, biodone: one entry, one doorbell, one mutex",
    range: [150, 600],
  },
  "port.copyPage": {
    value: 400,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "4 KiB at 10 GB/s, uncached",
    range: [150, 800],
  },
  "port.wakeUp": {
    value: 100,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "core/sched.cc thread::wake on the same CPU: one list insertion",
    range: [40, 300],
  },
  "port.timerSet": {
    value: 100,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "as unikernel.timerSet",
    range: [40, 300],
  },
  "port.contextSwitch": {
    value: 240,
    unit: "ns",
    provenance: "published",
    source: "osv-commits",
    where: "commit 894ceb2c (2023), threads on one core (P23)",
  },
  "port.slice": {
    value: 1_000_000,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "as unikernel.slice",
    range: [10_000, 5_000_000],
  },
} as const satisfies BackendCosts;

export const costMeanings: CostMeanings<keyof typeof costs> = {
  "port.functionCall": { cause: "ioInterface", meaning: "calling read() as a function" },
  "port.vfsLock": {
    cause: "fileSystem",
    meaning: "VFS work of one request, under one lock for all threads",
  },
  "port.bio": { cause: "blockLayer", meaning: "allocating and freeing one bio" },
  "port.driver": { cause: "driver", meaning: "one NVMe command under its queue's mutex" },
  "port.interruptEntry": { cause: "interrupt", meaning: "taking one interrupt and masking it" },
  "port.completion": {
    cause: "completion",
    meaning: "one completion in the driver's completion thread",
  },
  "port.copyPage": { cause: "copy", meaning: "copying 4 KiB from the buffer cache" },
  "port.wakeUp": { cause: "wakeUp", meaning: "making a sleeping thread runnable, twice a request" },
  "port.timerSet": {
    cause: "scheduler",
    meaning: "setting the timer of a sleep up to a moment, and taking it back",
  },
  "port.contextSwitch": {
    cause: "contextSwitch",
    meaning: "switching a core to a thread, twice a request",
  },
  "port.slice": {
    cause: "idle",
    isInterval: true,
    meaning: "how long a thread runs before another one gets the core (charged nowhere)",
  },
};
