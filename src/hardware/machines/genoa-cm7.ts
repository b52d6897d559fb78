/**
 * genoa-cm7: the machine of jasny26.
 *
 * Inputs and how they are used:
 * - The ladder of one thread at 4 KiB, in cycles per read at 3.7 GHz: 8,513 plain, 8,382 with
 *   files registered, 6,884 with buffers registered, 4,473 with passthrough, 2,284 with polling.
 *   Each step is the cost of the mechanism that it removes.
 * - The NOP line: 1,100 cycles per call and 224 per operation.
 * - What remains of 2,284 cycles is shared out between driver and completion, which no figure here
 *   tells apart.
 * - 8,264 cycles per in-memory update of the authors' buffer manager, on one thread, "100 % update
 *   with RNG, including restarts" (buffer_mgr_model.rmd): the authors add nothing but cycles of I/O
 *   to it. 4,190 are an update with Milan's numbers. What is left, 4,070, is the value of 128
 *   random letters (ycsb_workload.hpp: a Mersenne Twister and a division each) and those restarts,
 *   which an engine that goes on in place after a miss does not have; the transaction has both.
 * - 203 to 210 cycles of the 2.4 GHz time stamp counter per page evicted under SQPOLL (J-43): the
 *   sweep of the clock and preparing the write, all in the pool's table of 17 MiB.
 * - Two points above 4 KiB: 8 KiB and 512 KiB with registered buffers, and 512 KiB plain, for the
 *   scatter list and the cost per further page.
 * - Two plain writes, 4 KiB and 256 KiB, for pinning the zero page: buffers of the authors'
 *   program, fio's t/io_uring, are memory that nobody has written. [fio-source t/io_uring.c
 *   allocate_mem]
 */
import { x86Core } from "./cpus/x86.ts";
import { zen4 } from "./cpus/zen4.ts";
import { cm7r } from "./drives/cm7r.ts";
import type { MachineSpec } from "./machine-spec.ts";

/** The authors' clock under this load. */
const CLOCK = { unit: "cycles", atGHz: 3.7 } as const;

export const genoaCm7: MachineSpec = {
  id: "genoa-cm7",
  title: "AMD EPYC 9654P with Kioxia CM7-R drives",
  driveCount: 8,
  drive: cm7r,
  cpu: {
    title: "AMD EPYC 9654P, SMT off",
    cores: 96,
    threadsPerCore: 1,
    coresPerComplex: 8,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 3.7,
          unit: "GHz",
          provenance: "published",
          source: "jasny26",
          where: "buffer_mgr_model.rmd: clock 3.7e9 (J-2)",
        },
      },
      {
        activeCores: 96,
        clock: {
          value: 3.55,
          unit: "GHz",
          provenance: "datasheet",
          source: "amd9654p",
          where: "all-core boost speed",
        },
      },
    ],
    numbers: {
      ...zen4,
      smtShare: {
        value: 1,
        unit: "1",
        provenance: "published",
        source: "jasny26",
        where: "SMT off: a hardware thread has its core to itself",
      },
      lineTransferNear: {
        value: 22,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "Zen 4 at a higher clock than Milan's 23 ns",
        range: [16, 30],
      },
      lineTransferFar: {
        value: 115,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "Milan's 107 ns; Genoa has more complexes on a larger I/O die",
        range: [90, 180],
      },
      interruptDelivery: x86Core.interruptDelivery,
      idleExit: x86Core.idleExit,
    },
  },
  costs: {
    "engine.transaction": {
      value: 1_161,
      unit: "ns",
      provenance: "derived",
      source: "jasny26",
      where: "8,264 cycles per update (J-1) less the rest of 4,190 with Milan's 60 ns",
      calibrated: true,
    },
    "engine.loadPage": {
      value: 100,
      unit: "ns",
      provenance: "assumed",
      source: "jasny26",
      where: "bm.cpp, handleFault: free list, table and frame, five lines in the last-level cache",
      range: [40, 250],
    },
    "engine.evictPage": {
      value: 86,
      unit: "ns",
      provenance: "derived",
      source: "jasny26",
      where: "206 cycles of the 2.4 GHz counter per page evicted under SQPOLL (J-43)",
      calibrated: true,
    },
    "kernel.systemCall": {
      value: 230,
      ...CLOCK,
      provenance: "derived",
      source: "libdbos25",
      where: "gettid on Linux, 230 cycles (D1)",
    },
    "linux.uringEnter": {
      value: 870,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "NOP line: 1,100 cycles per call less the crossing (§3.3)",
      calibrated: true,
    },
    "linux.uringSubmit": {
      value: 224,
      ...CLOCK,
      provenance: "published",
      source: "jasny26",
      where: "NOP line: 224 cycles per operation (§3.3)",
      calibrated: true,
    },
    "linux.uringReap": {
      value: 0,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "taking the result is part of the NOP line's 224 cycles",
      calibrated: true,
    },
    "kernel.fileReference": {
      value: 131,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "8,513 − 8,382 cycles: registered ring and files (J-10, J-11)",
      calibrated: true,
    },
    "kernel.pagePinning": {
      value: 1_498,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "8,382 − 6,884 cycles: registered buffers (J-11, J-12)",
      calibrated: true,
    },
    "kernel.pagePinningNext": {
      value: 472,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "(84,863 − 8,513 − 1,540) ÷ 127 pages − 118 cycles: 512 KiB, plain (J-10)",
      calibrated: true,
    },
    "linux.zeroPagePinning": {
      value: 2_025,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "8,655 cycles of a plain 4 KiB write (J-15) less what reads say of its other steps",
      calibrated: true,
    },
    "linux.zeroPagePinningNext": {
      value: 661,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where:
        "(60,396 − 8,655 − 1,540 − 0.75 interrupts) ÷ 63 pages − 118 cycles: 256 KiB, plain (J-15)",
      calibrated: true,
    },
    "kernel.blockLayer": {
      value: 2_336,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "6,884 − 4,473 cycles: passthrough (J-12, J-13), less 0.05 more interrupts per I/O",
      calibrated: true,
    },
    "kernel.interruptEntry": {
      value: 1_500,
      ...CLOCK,
      provenance: "assumed",
      source: "vmcache23",
      where: "0.66 µs per received IPI of a Zen 3 (V13) at 2.5 GHz, less one INVLPG",
      range: [900, 2_500],
    },
    "linux.taskWork": {
      value: 1_544,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "4,473 − 2,284 cycles less 0.43 interrupts per I/O (J-13, J-14)",
      calibrated: true,
    },
    "kernel.driver": {
      value: 1_000,
      ...CLOCK,
      provenance: "assumed",
      source: "jasny26",
      where: "half of what remains of 2,284 cycles: command, mapping, doorbell",
      range: [500, 1_500],
      calibrated: true,
    },
    "kernel.completionEntry": {
      value: 226,
      ...CLOCK,
      provenance: "assumed",
      source: "jasny26",
      where: "a share of what remains of 2,284 cycles",
      range: [100, 500],
      calibrated: true,
    },
    "kernel.completion": {
      value: 800,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "what remains of 2,284 cycles: 2,284 − 258 − 1,000 − 226",
      calibrated: true,
    },
    "kernel.scatterSetUp": {
      value: 1_540,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "8 KiB − 4 KiB − one page: 1,862 registered, 1,144 polled (J-12, J-14)",
      calibrated: true,
    },
    "kernel.driverNextPage": {
      value: 118,
      ...CLOCK,
      provenance: "derived",
      source: "jasny26",
      where: "(23,394 − 6,884 − 1,540) ÷ 127 pages: 512 KiB, registered buffers (J-12)",
      calibrated: true,
    },
  },
};
