/**
 * Intel D7-P5500 3.84 TB, the drive of libdbos25. Fitted: latencies of one uncached read and write
 * there, less the software that libdbos25 counted for a cached one. Rates are those of the P5520,
 * its successor, and not measured.
 */
import type { DriveSpec } from "../machine-spec.ts";
import { tlcFlash } from "./tlc-flash.ts";

export const p5500: DriveSpec = {
  title: "Intel P5500 3.84 TB",
  numbers: {
    capacity: {
      value: 3.84e12,
      unit: "B",
      provenance: "published",
      source: "libdbos25",
      where: "3.84 TB (§2.2 of the notes)",
    },
    queuePairsMax: tlcFlash.queuePairsMax,
    queueDepthMax: tlcFlash.queueDepthMax,
    dies: {
      value: 128,
      unit: "1",
      provenance: "assumed",
      source: "libdbos25",
      where: "4 TiB in 1 Tb dies of four planes",
      range: [64, 256],
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
      where: "as other drives of its time",
      range: [0, 20],
    },
    fixedLatency: {
      value: 65.1,
      unit: "µs",
      provenance: "derived",
      source: "libdbos25",
      where:
        "261,951 cycles of an uncached pread at 2.2 GHz less 3,651 of a cached one (LD-1), readTime, controllerTime, transfer",
      calibrated: true,
    },
    controllerTime: {
      value: 1,
      unit: "µs",
      provenance: "assumed",
      source: "ssdiq",
      where: "1.0 M reads per second: between 0.7 M of the P5520 and 1.5 M of a PM1733",
      range: [0.667, 1.43],
    },
    partialUnitTime: tlcFlash.noPartialUnitTime,
    partialUnitLatency: tlcFlash.noPartialUnitTime,
    linkBandwidth: {
      value: 6.05,
      unit: "GiB/s",
      provenance: "assumed",
      source: "ssdiq",
      where: "PCIe 4.0 ×4 drives read at 5,300 to 7,000 MB/s (§8.1)",
      range: [4.9, 6.5],
    },
    writeControllerTime: {
      value: 1,
      unit: "µs",
      provenance: "assumed",
      source: "libdbos25",
      where: "as a read command",
      range: [0.5, 2],
    },
    writeLatency: {
      value: 12.6,
      unit: "µs",
      provenance: "derived",
      source: "libdbos25",
      where:
        "36,023 cycles of an uncached pwrite at 2.2 GHz less 4,004 of a cached one (LD-1), controllerTime, transfer",
      calibrated: true,
    },
    writeBuffer: tlcFlash.writeBuffer,
    writeSlots: tlcFlash.writeSlots,
    programUnit: tlcFlash.programUnit,
    programTime: {
      value: 1498,
      unit: "µs",
      provenance: "assumed",
      source: "ssdiq",
      where:
        "128 units × 48 KiB ÷ 4,200 MB/s; PCIe 4.0 drives of this size write at 3,800 to 4,200",
      range: [1200, 3000],
    },
    suspendTime: {
      value: 65,
      unit: "µs",
      provenance: "assumed",
      source: "ssdiq",
      where: "as fitted to a PE8110; 20 to 100 µs in patents and simulators",
      range: [10, 100],
    },
    safePointInterval: {
      value: 90,
      unit: "µs",
      provenance: "assumed",
      source: "ssdiq",
      where: "as fitted to a PE8110",
      range: [20, 300],
    },
    eraseTime: tlcFlash.eraseTime,
    eraseUnit: tlcFlash.eraseUnit,
    flashPage: tlcFlash.flashPage,
    spare: tlcFlash.spareOfTebibytes,
    preconditioned: tlcFlash.fresh,
  },
};
