/**
 * The numbers of a drive. At most eight of them may be fitted to measurements of that drive.
 *
 * None is a figure to be reproduced: rates under load and latencies beside writes come out of
 * these.
 */
import type { MeaningTable, NumberTable } from "../numbers.ts";

export const DRIVE_NUMBERS = {
  capacity: { kind: "size", min: 4096, max: 1e15, meaning: "bytes that the namespace offers" },
  queuePairsMax: {
    kind: "count",
    min: 1,
    max: 65_535,
    meaning: "I/O queue pairs that the controller offers",
  },
  queueDepthMax: {
    kind: "count",
    min: 2,
    max: 65_536,
    meaning: "entries of one submission or completion queue",
  },
  dies: { kind: "count", min: 1, max: 65_536, meaning: "flash dies that work in parallel" },
  readTime: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning: "reading one 4 KiB unit from a die, mean over the page types (tR and transfer)",
  },
  readTimeSpread: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning:
      "slow page types read by this much slower than the mean, fast ones faster; at most readTime",
  },
  fixedLatency: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning: "firmware and transfer time that delays a command but occupies nothing",
  },
  controllerTime: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning: "controller time of one read command; its inverse is the highest read rate",
  },
  furtherUnitTime: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning: "controller time of each further 4 KiB unit that a read command touches",
  },
  writeControllerTime: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning:
      "controller time of one write command; its inverse is the highest rate into the buffer",
  },
  writeCores: {
    kind: "count",
    min: 0,
    max: 16,
    meaning:
      "controller cores that work on writes only, each on one at a time; 0: the one that also " +
      "takes reads",
  },
  partialUnitTime: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning: "extra controller time of a command smaller than 4 KiB",
  },
  partialUnitLatency: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning: "extra latency of a command smaller than 4 KiB",
  },
  linkBandwidth: {
    kind: "bandwidth",
    min: 0.001,
    max: 1e6,
    meaning: "what the host link carries in each direction, as measured with large requests",
  },
  writeLatency: {
    kind: "time",
    min: 0,
    max: 1e7,
    meaning: "accepting a write into the power-protected buffer",
  },
  writeBuffer: { kind: "size", min: 4096, max: 1e12, meaning: "bytes that the write buffer holds" },
  writeSlots: {
    kind: "count",
    min: 1,
    max: 1_048_576,
    meaning: "writes that the controller holds before their data is in the buffer; more stop it",
  },
  commandSlots: {
    kind: "count",
    min: 1,
    max: 1_048_576,
    meaning: "commands that the controller has fetched and cannot work on yet; more stay queued",
  },
  arbitrationBurst: {
    kind: "count",
    min: 1,
    max: 65_536,
    meaning:
      "commands that the controller takes from one submission queue before it turns to the " +
      "next, while it cannot take all",
  },
  programUnit: {
    kind: "size",
    min: 4096,
    max: 1e9,
    meaning: "bytes that one program operation of a die makes durable",
  },
  programTime: { kind: "time", min: 0, max: 1e8, meaning: "one program operation, mean (tPROG)" },
  programTimeSpread: {
    kind: "ratio",
    min: 0,
    max: 1,
    meaning: "programs take up to this share of programTime longer or shorter, at random",
  },
  suspendTime: {
    kind: "time",
    min: 0,
    max: 1e8,
    meaning: "die time lost when a read suspends a program or erase; the read waits for it",
  },
  safePointInterval: {
    kind: "time",
    min: 0,
    max: 1e8,
    meaning:
      "mean time until a program or erase can be suspended; 0: at once; from programTime on: never",
  },
  eraseTime: { kind: "time", min: 0, max: 1e8, meaning: "one erase operation of a die (tBERS)" },
  eraseUnit: { kind: "size", min: 4096, max: 1e12, meaning: "bytes that one erase of a die frees" },
  flashPage: {
    kind: "size",
    min: 4096,
    max: 1e9,
    meaning: "bytes that one flash read brings when garbage collection moves data",
  },
  volatileCache: {
    kind: "count",
    min: 0,
    max: 1,
    meaning: "1: a completed write may be lost with the power until it is flushed; 0: protected",
  },
  flushTime: {
    kind: "time",
    min: 0,
    max: 1e8,
    meaning: "firmware time of a flush, beside waiting for what a volatile cache holds",
  },
  spare: {
    kind: "ratio",
    min: 0.001,
    max: 100,
    meaning: "flash beyond the offered capacity, as a share of it (over-provisioning)",
  },
  preconditioned: {
    kind: "count",
    min: 0,
    max: 1,
    meaning: "1: overwritten at random for long, programs cost garbage collection; 0: fresh",
  },
} as const satisfies MeaningTable;

export type DriveNumbers = NumberTable<keyof typeof DRIVE_NUMBERS>;
