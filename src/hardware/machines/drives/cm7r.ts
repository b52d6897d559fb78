/**
 * Kioxia CM7-R 7.68 TB, the drive of jasny26. Those of ucache26 and ssdiq are smaller.
 *
 * Its `programTime` takes the dies for what limits sequential writes. The drive of 3.84 TB writes
 * as fast, so here it is probably something else, and a program half as long.
 *
 * Fitted: the latency at queue depth 1, the read and the write rate of one drive in jasny26, the
 * latency of a write, and the sustained write rate, which sets the spare room.
 */
import type { DriveSpec } from "../machine-spec.ts";
import { tlcFlash } from "./tlc-flash.ts";

export const cm7r: DriveSpec = {
  title: "Kioxia CM7-R 7.68 TB",
  numbers: {
    capacity: {
      value: 7.68e12,
      unit: "B",
      provenance: "datasheet",
      source: "ssdiq",
      where: "capacity",
    },
    queuePairsMax: tlcFlash.queuePairsMax,
    queueDepthMax: tlcFlash.queueDepthMax,
    dies: {
      value: 256,
      unit: "1",
      provenance: "assumed",
      source: "ssdiq",
      where: "8 TiB in 1 Tb dies of four planes",
      range: [128, 512],
    },
    readTime: {
      value: 50,
      unit: "µs",
      provenance: "assumed",
      source: "mqsim",
      where: "TLC tR and transfer of a plane: 40 to 75 µs (F-3)",
      range: [35, 60],
    },
    readTimeSpread: {
      value: 10,
      unit: "µs",
      provenance: "assumed",
      source: "ssdiq",
      where: "p10 50 µs, p50 73 µs, p90 75 µs at 10,000 writes per second (§8.2)",
      range: [0, 20],
    },
    fixedLatency: {
      value: 17.3,
      unit: "µs",
      provenance: "derived",
      source: "lee26",
      where: "68.2 µs at queue depth 1 (§8.3) less readTime, controllerTime, transfer",
      calibrated: true,
    },
    controllerTime: {
      value: 0.391,
      unit: "µs",
      provenance: "published",
      source: "jasny26",
      where: "1 / 2.56 M reads per second of one drive (J-30)",
      calibrated: true,
    },
    furtherUnitTime: {
      value: 0.35,
      unit: "µs",
      provenance: "derived",
      source: "lee26",
      where: "1 / 1.432 M − 1 / 2.871 M reads per second of 8 and 4 KiB (§8.3)",
      calibrated: true,
    },
    partialUnitTime: tlcFlash.noPartialUnitTime,
    partialUnitLatency: tlcFlash.noPartialUnitTime,
    linkBandwidth: {
      value: 13.04,
      unit: "GiB/s",
      provenance: "datasheet",
      source: "ssdiq",
      where: "14,000 MB/s (§8.1)",
    },
    writeControllerTime: {
      value: 4.21,
      unit: "µs",
      provenance: "published",
      source: "jasny26",
      where: "4 cores ÷ 0.95 M writes per second of one drive in a burst (J-30)",
      calibrated: true,
    },
    writeCores: {
      value: 4,
      unit: "1",
      provenance: "derived",
      source: "jasny26",
      where:
        "Little: 0.95 M writes per second (J-30) × 4 to 5 µs inside (J-52) are 4 writes " +
        "in work at a time",
    },
    writeLatency: {
      value: 0,
      unit: "µs",
      provenance: "derived",
      source: "jasny26",
      where:
        "5.69 µs of a polled passthrough write (J-52) less software, controller and transfer: " +
        "nothing is left",
      calibrated: true,
    },
    writeBuffer: tlcFlash.writeBuffer,
    writeSlots: tlcFlash.writeSlots,
    commandSlots: tlcFlash.commandSlots,
    arbitrationBurst: tlcFlash.arbitrationBurst,
    programUnit: tlcFlash.programUnit,
    programTime: {
      value: 1864,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where: "256 units × 48 KiB ÷ 6,750 MB/s of sequential writes (§8.1)",
    },
    programTimeSpread: tlcFlash.programTimeSpread,
    suspendTime: {
      value: 10,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where:
        "with its neighbour: mean, median and 99th percentile of a 3.84 TB drive's reads beside " +
        "100,000 writes per second (§8.2)",
      calibrated: true,
    },
    safePointInterval: {
      value: 175,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where:
        "with its neighbour: mean, median and 99th percentile of a 3.84 TB drive's reads beside " +
        "100,000 writes per second (§8.2)",
      calibrated: true,
    },
    eraseTime: tlcFlash.eraseTime,
    eraseUnit: tlcFlash.eraseUnit,
    flashPage: tlcFlash.flashPage,
    volatileCache: tlcFlash.noVolatileCache,
    flushTime: tlcFlash.flushTime,
    spare: {
      value: 0.118,
      unit: "1",
      provenance: "derived",
      source: "ssdiq",
      where: "so that 310,000 random writes per second are sustained (§8.1)",
      calibrated: true,
    },
    preconditioned: tlcFlash.fresh,
  },
};
