/**
 * What is assumed of the flash and the buffer of every TLC data-centre drive.
 *
 * No maker publishes these. They shape latencies beside writes less than a drive's own numbers do;
 * the sensitivity sweep moves each through its range.
 */
import type { Sourced } from "../../../base/sourced.ts";

export const tlcFlash = {
  queuePairsMax: {
    value: 128,
    unit: "1",
    provenance: "assumed",
    source: "nvme2.0",
    where: "one queue pair per CPU of a large server; the specification allows 65,535",
    range: [64, 1_024],
  },
  queueDepthMax: {
    value: 16_384,
    unit: "1",
    provenance: "assumed",
    source: "nvme2.0",
    where: "CAP.MQES of common drives; the specification allows up to 65,536",
    range: [1_024, 65_536],
  },
  writeBuffer: {
    value: 16_777_216,
    unit: "B",
    provenance: "assumed",
    source: "ssdiq",
    where: "no source: what capacitors can save, megabytes to tens of megabytes",
    range: [4_194_304, 67_108_864],
  },
  /** Three pages of one word line, one plane. */
  programUnit: {
    value: 49_152,
    unit: "B",
    provenance: "assumed",
    source: "femu",
    where: "one-shot TLC program: three 16 KiB pages of a word line",
    range: [16_384, 196_608],
  },
  /** Dies of one stripe program the same word line: pulses and blocks differ, layers do not. */
  programTimeSpread: {
    value: 0.1,
    unit: "1",
    provenance: "assumed",
    source: "tseng24",
    where:
      "pages of one superpage are not programmed equally fast; how much is our guess: one or two " +
      "of some 15 pulses more or less",
    range: [0.02, 0.2],
  },
  suspendTime: {
    value: 60,
    unit: "µs",
    provenance: "assumed",
    source: "ssdiq",
    where: "as fitted to a PE8110; 20 to 100 µs in patents and simulators",
    range: [10, 100],
  },
  safePointInterval: {
    value: 66,
    unit: "µs",
    provenance: "assumed",
    source: "ssdiq",
    where: "as fitted to a PE8110; 175 µs to a CM7-R",
    range: [20, 300],
  },
  eraseTime: {
    value: 3_500,
    unit: "µs",
    provenance: "assumed",
    source: "mqsim",
    where: "3.8 ms there, 3 ms in FEMU's TLC table (F-5)",
    range: [2_000, 10_000],
  },
  eraseUnit: {
    value: 16_777_216,
    unit: "B",
    provenance: "assumed",
    source: "femu",
    where: "a block of about 1,000 pages of 16 KiB, one plane",
    range: [4_194_304, 67_108_864],
  },
  flashPage: {
    value: 16_384,
    unit: "B",
    provenance: "assumed",
    source: "nvmevirt",
    where: "8 KiB in MQSim, 32 KiB over planes in NVMeVirt (F-2)",
    range: [8_192, 32_768],
  },
  writeSlots: {
    value: 256,
    unit: "1",
    provenance: "assumed",
    source: "ssdiq",
    where: "3.4 ms per write of a PM9A3 beyond its limit of 75,000 per second (§8.2)",
    range: [64, 1_024],
  },
  commandSlots: {
    value: 1_024,
    unit: "1",
    provenance: "assumed",
    source: "ssdiq",
    where:
      "a PE8110's reads wait for nearly all of 384 writes in six other queues (§8.2): it had " +
      "fetched those",
    range: [384, 4_096],
  },
  arbitrationBurst: {
    value: 8,
    unit: "1",
    provenance: "assumed",
    source: "nvme2.0",
    where: "1 to 64 can be set; a client drive of Kioxia recommends 8, Samsung's 4, Micron's 1",
    range: [1, 64],
  },
  noWriteCores: {
    value: 0,
    unit: "1",
    provenance: "assumed",
    source: "nvmevirt",
    where: "simple model: one dispatcher for all commands; nothing published says otherwise",
    range: [0, 8],
  },
  noFurtherUnitTime: {
    value: 0,
    unit: "µs",
    provenance: "assumed",
    source: "lee26",
    where: "not known of this drive; 0.35 to 2.2 µs of others (§8.3)",
    range: [0, 2.2],
  },
  noPartialUnitTime: {
    value: 0,
    unit: "µs",
    provenance: "published",
    source: "lee26",
    where: "§3.2: aligned 0.5, 1 and 2 KiB reads as fast as 4 KiB ones",
  },
  spareOfTebibytes: {
    value: 0.145,
    unit: "1",
    provenance: "assumed",
    source: "ssdiq",
    where: "flash in powers of two, capacity in powers of ten: 4 TiB ÷ 3.84 TB − 1",
    range: [0.07, 0.28],
  },
  /** Data-centre drives save their buffer with capacitors and report no volatile write cache. */
  noVolatileCache: {
    value: 0,
    unit: "1",
    provenance: "assumed",
    source: "nvme2.0",
    where: "Identify Controller VWC bit 0; cleared by drives with power-loss protection",
    range: [0, 1],
  },
  flushTime: {
    value: 5,
    unit: "µs",
    provenance: "assumed",
    source: "nvme2.0",
    where: "§7.2: without a volatile write cache a flush has no effect; firmware time only",
    range: [1, 20],
  },
  fresh: {
    value: 0,
    unit: "1",
    provenance: "assumed",
    source: "ssdiq",
    where: "a drive as it comes from a sanitize; set 1 for one that has been overwritten for long",
    range: [0, 1],
  },
} as const satisfies Record<string, Sourced>;
