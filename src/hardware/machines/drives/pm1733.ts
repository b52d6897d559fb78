/**
 * Samsung PM1733 3.84 TB, as measured in haas23.
 *
 * Fitted together, to the latencies of 4 and 64 KiB at queue depth 1 (Fig 3c) and to the
 * outstanding- I/O curve of Fig 4 (an input): readTime, readTimeSpread, fixedLatency. Each of the
 * others is one published number. Two more are fitted to Fig 2b: programTime to random writes
 * alone, and safePointInterval to the point with 90 % reads. The latter says that this drive
 * finishes a program before it reads: if programs are suspended, however late, the point comes out
 * 7 to 34 % too high.
 */
import type { DriveSpec } from "../machine-spec.ts";
import { tlcFlash } from "./tlc-flash.ts";

export const pm1733: DriveSpec = {
  title: "Samsung PM1733 3.84 TB",
  numbers: {
    capacity: {
      value: 3.84e12,
      unit: "B",
      provenance: "datasheet",
      source: "pm1733-spec",
      where: "capacity",
    },
    queuePairsMax: {
      value: 128,
      unit: "1",
      provenance: "assumed",
      source: "pm1733-spec",
      where:
        "as many as the same maker's PM1725 line: one queue pair per CPU of the papers' machine",
      range: [64, 1_024],
    },
    queueDepthMax: {
      value: 16_384,
      unit: "1",
      provenance: "assumed",
      source: "nvme2.0",
      where: "CAP.MQES of other drives of this maker; the specification allows up to 65,536",
      range: [1_024, 65_536],
    },
    dies: {
      value: 64,
      unit: "1",
      provenance: "derived",
      source: "haas23",
      where: "H-27: closed-network fit of Fig 4; 4 TiB of raw flash in 512 Gb dies",
    },
    readTime: {
      value: 37.5,
      unit: "µs",
      provenance: "derived",
      source: "haas23",
      where: "fitted to Fig 4 (H-25) with the latency at queue depth 1 held (H-24); 3.8 % rms",
      calibrated: true,
    },
    readTimeSpread: {
      value: 24,
      unit: "µs",
      provenance: "derived",
      source: "haas23",
      where: "Fig 3c: a 64 KiB read waits for the slowest of 16 dies (H-24)",
      calibrated: true,
    },
    fixedLatency: {
      value: 25.6,
      unit: "µs",
      provenance: "derived",
      source: "haas23",
      where: "64.5 µs at queue depth 1 (H-24) less readTime, controllerTime and transfer",
      calibrated: true,
    },
    controllerTime: {
      value: 0.633,
      unit: "µs",
      provenance: "published",
      source: "haas23",
      where: "1 / 1.58 M IOPS of one drive (H-20)",
      calibrated: true,
    },
    furtherUnitTime: {
      value: 0,
      unit: "µs",
      provenance: "assumed",
      source: "haas23",
      where: "reads of 8 KiB and more fill the link (H-22, H-23), so at most 0.54 µs",
      range: [0, 0.54],
    },
    partialUnitTime: {
      value: 0.448,
      unit: "µs",
      provenance: "derived",
      source: "haas23",
      where: "1 / 0.925 M − 1 / 1.58 M IOPS below 4 KiB (H-22)",
      calibrated: true,
    },
    partialUnitLatency: {
      value: 5.9,
      unit: "µs",
      provenance: "derived",
      source: "haas23",
      where: "70.4 − 64.5 µs below 4 KiB at queue depth 1 (H-24)",
      calibrated: true,
    },
    linkBandwidth: {
      value: 6.52,
      unit: "GiB/s",
      provenance: "datasheet",
      source: "pm1733-spec",
      where: "7,000 MB/s of sequential reads (H-05)",
    },
    writeControllerTime: {
      value: 0.633,
      unit: "µs",
      provenance: "assumed",
      source: "haas23",
      where: "as a read command; less than 1.7 µs, or random writes alone would be slower (H-21)",
      range: [0.4, 1.6],
    },
    writeCores: tlcFlash.noWriteCores,
    writeLatency: {
      value: 10,
      unit: "µs",
      provenance: "assumed",
      source: "ssdiq",
      where: "8–12 µs p50 of four data-centre drives at low load (§8.2)",
      range: [6, 14],
    },
    writeBuffer: tlcFlash.writeBuffer,
    writeSlots: tlcFlash.writeSlots,
    commandSlots: tlcFlash.commandSlots,
    arbitrationBurst: tlcFlash.arbitrationBurst,
    programUnit: {
      value: 65_536,
      unit: "B",
      provenance: "assumed",
      source: "femu",
      where: "one-shot TLC program over two planes of 16 KiB pages, less parity",
      range: [32_768, 196_608],
    },
    programTime: {
      value: 1_747,
      unit: "µs",
      provenance: "derived",
      source: "haas23",
      where: "64 dies × 16 units ÷ (4.69 M / 8) writes per second (H-21, 0 % reads)",
      calibrated: true,
    },
    programTimeSpread: tlcFlash.programTimeSpread,
    suspendTime: {
      value: 100,
      unit: "µs",
      provenance: "assumed",
      source: "mqsim",
      where:
        "program suspend time of the default configuration (F-9); without effect at this interval",
      range: [10, 200],
    },
    safePointInterval: {
      value: 2_000,
      unit: "µs",
      provenance: "derived",
      source: "haas23",
      where: "longer than a program: reads wait for its end (H-21, 90 % reads)",
      calibrated: true,
    },
    eraseTime: tlcFlash.eraseTime,
    eraseUnit: tlcFlash.eraseUnit,
    flashPage: tlcFlash.flashPage,
    volatileCache: tlcFlash.noVolatileCache,
    flushTime: tlcFlash.flushTime,
    spare: tlcFlash.spareOfTebibytes,
    preconditioned: {
      value: 0,
      unit: "1",
      provenance: "published",
      source: "haas23",
      where: "drives freshly initialised before the measurements (H-21)",
    },
  },
};
