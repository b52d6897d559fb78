/**
 * SK hynix PE8110 960 GB, as measured in ssdiq beside random writes.
 *
 * Fitted: the latency beside few and beside many writes, and the write rate at which it breaks
 * down.
 */
import type { DriveSpec } from "../machine-spec.ts";
import { tlcFlash } from "./tlc-flash.ts";

export const pe8110: DriveSpec = {
  title: "SK hynix PE8110 960 GB",
  numbers: {
    capacity: {
      value: 9.6e11,
      unit: "B",
      provenance: "datasheet",
      source: "ssdiq",
      where: "capacity",
    },
    queuePairsMax: tlcFlash.queuePairsMax,
    queueDepthMax: tlcFlash.queueDepthMax,
    dies: {
      value: 64,
      unit: "1",
      provenance: "assumed",
      source: "ssdiq",
      where: "1 TiB in 512 Gb dies of four planes",
      range: [32, 128],
    },
    readTime: {
      value: 45,
      unit: "µs",
      provenance: "assumed",
      source: "mqsim",
      where: "TLC tR and transfer of a plane: 40 to 75 µs (F-3)",
      range: [35, 60],
    },
    readTimeSpread: {
      value: 5.5,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where: "fast and slow reads of 55 and 66 µs (raw finallat10: p10, p60)",
      calibrated: true,
    },
    fixedLatency: {
      value: 13,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where: "60 µs mean of a read without writes, less readTime, controllerTime, transfer",
      calibrated: true,
    },
    controllerTime: {
      value: 1.111,
      unit: "µs",
      provenance: "published",
      source: "ssdiq",
      where: "1 / 900,000 reads per second (§8.1)",
    },
    furtherUnitTime: tlcFlash.noFurtherUnitTime,
    partialUnitTime: tlcFlash.noPartialUnitTime,
    partialUnitLatency: tlcFlash.noPartialUnitTime,
    linkBandwidth: {
      value: 6.05,
      unit: "GiB/s",
      provenance: "datasheet",
      source: "ssdiq",
      where: "6,500 MB/s (§8.1)",
    },
    writeControllerTime: {
      value: 1.111,
      unit: "µs",
      provenance: "assumed",
      source: "ssdiq",
      where: "as a read command",
      range: [0.555, 2.222],
    },
    writeCores: tlcFlash.noWriteCores,
    writeLatency: {
      value: 7.5,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where: "write p50 of 10 µs less software, controller and transfer (§8.2)",
      calibrated: true,
    },
    writeBuffer: tlcFlash.writeBuffer,
    writeSlots: {
      value: 56,
      unit: "1",
      provenance: "derived",
      source: "ssdiq",
      where: "reads wait 4.6 ms of the 5.2 ms that 384 writes take beyond the limit (§8.2)",
      calibrated: true,
    },
    commandSlots: tlcFlash.commandSlots,
    arbitrationBurst: tlcFlash.arbitrationBurst,
    programUnit: tlcFlash.programUnit,
    programTime: {
      value: 1851,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where: "64 units × 48 KiB ÷ 1,700 MB/s of sequential writes (§8.1)",
    },
    programTimeSpread: tlcFlash.programTimeSpread,
    suspendTime: {
      value: 60,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where:
        "with its neighbour: mean, median and 99th percentile of reads beside 50,000 writes per " +
        "second (§8.2)",
      calibrated: true,
    },
    safePointInterval: {
      value: 66,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where:
        "with its neighbour: mean, median and 99th percentile of reads beside 50,000 writes per " +
        "second (§8.2)",
      calibrated: true,
    },
    eraseTime: tlcFlash.eraseTime,
    eraseUnit: tlcFlash.eraseUnit,
    flashPage: tlcFlash.flashPage,
    volatileCache: tlcFlash.noVolatileCache,
    flushTime: tlcFlash.flushTime,
    spare: {
      value: 0.12,
      unit: "1",
      provenance: "derived",
      source: "ssdiq",
      where: "so that latencies break down between 75,000 and 85,000 writes per second (§8.2)",
      calibrated: true,
    },
    preconditioned: tlcFlash.fresh,
  },
};
