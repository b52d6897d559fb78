/**
 * milan-pm1733: the machine of haas23, vmcache23 and crotty22.
 *
 * Inputs and how they are used:
 * - The clock: 3.675 GHz with one active core (datasheet), 2.5 GHz with 32 and with all 64 (the
 *   papers' arithmetic, H-02), a straight line in between: boost is limited by power.
 * - One single-thread CPU cost per interface (haas23 Fig 6 at one thread), as time per I/O:
 *   SPDK 141 ns, polled io_uring 1,192 ns, libaio 1,576 ns, io_uring 1,588 ns.
 *   They are split into mechanisms: interruptEntry is the difference between io_uring with and
 *   without interrupts; block layer and driver are XRP's; the crossing is libdbos's; what remains
 *   is shared out between pinning, completion and the interface, which no figure here tells apart.
 */
import { x86Core } from "./cpus/x86.ts";
import { zen3 } from "./cpus/zen3.ts";
import { pm1733 } from "./drives/pm1733.ts";
import type { MachineSpec } from "./machine-spec.ts";

export const milanPm1733: MachineSpec = {
  id: "milan-pm1733",
  title: "AMD EPYC 7713 with Samsung PM1733 drives",
  driveCount: 10,
  drive: pm1733,
  cpu: {
    title: "AMD EPYC 7713",
    cores: 64,
    threadsPerCore: 2,
    coresPerComplex: 8,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 3.675,
          unit: "GHz",
          provenance: "datasheet",
          source: "amd7713",
          where: "max. boost clock",
        },
      },
      {
        activeCores: 32,
        clock: {
          value: 2.5,
          unit: "GHz",
          provenance: "derived",
          source: "haas23",
          where: "0.71 M tx/s × 113 k cycles ÷ 32 threads (Fig 16, H-02)",
        },
      },
      {
        activeCores: 64,
        clock: {
          value: 2.5,
          unit: "GHz",
          provenance: "published",
          source: "haas23",
          where: "2.5 GHz × 64 cores ÷ 12 M IOPS = 13 k cycles per I/O (H-02, H-09)",
        },
      },
    ],
    numbers: {
      ...zen3,
      smtShare: {
        value: 0.68,
        unit: "1",
        provenance: "assumed",
        source: "anandtech-milan",
        where: "two hardware threads do 1.35 times the work of one; I/O code waits for memory much",
        range: [0.58, 0.8],
      },
      lineTransferNear: {
        value: 23,
        unit: "ns",
        provenance: "measured",
        source: "core-to-core-latency",
        where: "EPYC 7R13 (Milan): within a complex, half a round trip",
      },
      lineTransferFar: {
        value: 107,
        unit: "ns",
        provenance: "measured",
        source: "core-to-core-latency",
        where: "EPYC 7R13 (Milan): across complexes of one socket, half a round trip",
      },
      interruptDelivery: x86Core.interruptDelivery,
      idleExit: x86Core.idleExit,
    },
  },
  costs: {
    "kernel.systemCall": {
      value: 230,
      unit: "cycles",
      atGHz: 2.5,
      provenance: "derived",
      source: "libdbos25",
      where: "gettid on Linux, 230 cycles (D1), at this machine's arithmetic clock",
    },
    "kernel.interruptEntry": {
      value: 980,
      unit: "cycles",
      atGHz: 2.5,
      provenance: "derived",
      source: "haas23",
      where:
        "(3,970 − 2,980 − 88) cycles ÷ 0.92 interrupts per I/O (H-31, H-33; 88: file reference)",
      calibrated: true,
    },
    "kernel.pagePinning": {
      value: 200,
      unit: "ns",
      provenance: "assumed",
      source: "jasny26",
      where: "1,500 : 2,410 of the block layer's share on genoa (J-17)",
      range: [120, 280],
      calibrated: true,
    },
    "kernel.completion": {
      value: 158,
      unit: "ns",
      provenance: "derived",
      source: "haas23",
      where: "what remains of polled io_uring's 2,980 cycles (H-31)",
      calibrated: true,
    },
    "linux.uringEnter": {
      value: 100,
      unit: "ns",
      provenance: "assumed",
      source: "jasny26",
      where: "870 cycles at 3.7 GHz with mitigations on (NOP line); fewer without",
      range: [40, 235],
      calibrated: true,
    },
    "linux.taskWork": {
      value: 0,
      unit: "ns",
      provenance: "assumed",
      source: "linux-5.x",
      where: "fs/io_uring.c completes reads in the interrupt; any rest is in interruptEntry",
      range: [0, 300],
    },
    "linux.aioSubmit": {
      value: 138,
      unit: "ns",
      provenance: "derived",
      source: "haas23",
      where: "what remains of libaio's 3,940 cycles (H-32)",
      calibrated: true,
    },
    "bypass.submit": {
      value: 68,
      unit: "ns",
      provenance: "derived",
      source: "haas23",
      where: "half of 352 cycles at 2.5 GHz, less a share of batched doorbells (H-30)",
      calibrated: true,
    },
    "bypass.complete": {
      value: 68,
      unit: "ns",
      provenance: "derived",
      source: "haas23",
      where: "the other half of 352 cycles at 2.5 GHz (H-30)",
      calibrated: true,
    },
    "unikernel.submit": {
      value: 68,
      unit: "ns",
      provenance: "assumed",
      source: "haas23",
      where: "as bypass.submit: the same steps in the same address space",
      range: [40, 150],
    },
    "unikernel.complete": {
      value: 68,
      unit: "ns",
      provenance: "assumed",
      source: "haas23",
      where: "as bypass.complete: the same steps in the same address space",
      range: [40, 150],
    },
    "kernel.ipiEntry": {
      value: 207,
      unit: "ns",
      provenance: "derived",
      source: "crotty22",
      where:
        "0.73 µs per received IPI with 21 busy cores (L4), less three far cache lines and a " +
        "write of CR3 (471 ns), at 3.675 instead of 2.92 GHz",
      calibrated: true,
    },
    "kernel.ipiSend": {
      value: 149,
      unit: "ns",
      provenance: "derived",
      source: "skyloft24",
      where: "437 cycles at 2 GHz (P15) as time at this machine's 2.5 GHz under load",
    },
    "kernel.anonymousFault": {
      value: 703,
      unit: "ns",
      provenance: "derived",
      source: "vmcache23",
      where: "what remains of 1.364 µs per fault, zeroing and madvise on one thread (V12)",
      calibrated: true,
    },
  },
};
