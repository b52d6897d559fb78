/** Part of the metric catalogue: transactions on the storage engine. */
import type { Metric } from "./metric-shape.ts";

/** Metrics of the storage engine under a benchmark. */
export const ENGINE_METRICS = {
  transactionsPerS: {
    title: "transactions",
    unit: "1/s",
    better: "higher",
    meaning: "transactions committed per second, of every kind in the mix",
    isBaseline: true,
  },
  transactionNsMean: {
    title: "mean transaction latency",
    unit: "ns",
    better: "lower",
    meaning: "mean time from the first begin of a transaction to its end, restarts included",
    isBaseline: true,
  },
  transactionNsP50: {
    title: "median transaction latency",
    unit: "ns",
    better: "lower",
    meaning: "50th percentile of transaction latency",
  },
  transactionNsP99: {
    title: "p99 transaction latency",
    unit: "ns",
    better: "lower",
    meaning: "99th percentile of transaction latency",
    isBaseline: true,
  },
  transactionNsP999: {
    title: "p99.9 transaction latency",
    unit: "ns",
    better: "lower",
    meaning: "99.9th percentile of transaction latency",
  },
  cpuNsPerTransaction: {
    title: "CPU time per transaction",
    unit: "ns",
    better: "lower",
    meaning: "time of all cores that was not idle, per transaction; empty polls count",
    isBaseline: true,
  },
  cyclesPerTransaction: {
    title: "cycles per transaction",
    unit: "cycles",
    better: "lower",
    meaning: "cpuNsPerTransaction in cycles of this run's clock",
  },
  databaseCyclesPerTransaction: {
    title: "the engine's cycles per transaction",
    unit: "cycles",
    better: "lower",
    meaning: "part of cyclesPerTransaction that is the engine's own work",
  },
  systemCyclesPerTransaction: {
    title: "the operating system's cycles per transaction",
    unit: "cycles",
    better: "lower",
    meaning:
      "part of cyclesPerTransaction, page walks too, that is neither the engine's nor in vain",
  },
  databasePhaseCyclesPerTransaction: {
    title: "cycles per transaction in the engine's phases",
    unit: "cycles",
    better: "lower",
    meaning: "databaseCyclesPerTransaction, page walks and a share of interrupts, as a clock reads",
  },
  systemPhaseCyclesPerTransaction: {
    title: "cycles per transaction in the operating system's phases",
    unit: "cycles",
    better: "lower",
    meaning: "systemCyclesPerTransaction less page walks and the interrupts that hit the engine",
  },
  waitingCyclesPerTransaction: {
    title: "cycles waited per transaction",
    unit: "cycles",
    better: "lower",
    meaning: "time in which the cores were idle or polled in vain, per transaction, in cycles",
  },
  concurrentTransactions: {
    title: "transactions at a time",
    unit: "1",
    better: "lower",
    meaning: "threads or tasks that run a transaction each",
  },
  pageIosPerS: {
    title: "page I/Os",
    unit: "1/s",
    better: "neither",
    meaning: "pages read from and written to the drives, per second; the log does not count",
  },
  readsPerTransaction: {
    title: "page reads per transaction",
    unit: "1",
    better: "lower",
    meaning: "pages read from the drives, per transaction",
    isBaseline: true,
  },
  writesPerTransaction: {
    title: "page writes per transaction",
    unit: "1",
    better: "lower",
    meaning: "pages written to the drives, per transaction; the log does not count",
    isBaseline: true,
  },
  readBytesPerS: {
    title: "pages read",
    unit: "B/s",
    better: "neither",
    meaning: "bytes of pages read from the drives per second",
  },
  writeBytesPerS: {
    title: "pages written",
    unit: "B/s",
    better: "neither",
    meaning: "bytes of pages written to the drives per second",
  },
  logBytesPerTransaction: {
    title: "log bytes per transaction",
    unit: "B",
    better: "lower",
    meaning: "bytes appended to the log, per transaction",
  },
  restartsPerTransaction: {
    title: "restarts per transaction",
    unit: "1",
    better: "lower",
    meaning: "attempts that had to give way and begin again, per transaction",
  },
  rolledBackShare: {
    title: "rolled back",
    unit: "1",
    better: "neither",
    meaning: "share of transactions that ended in the roll-back that their inputs demand",
  },
  hitRate: {
    title: "hit rate",
    unit: "1",
    better: "higher",
    meaning:
      "share of visits to pages that found them in memory; what is above a twin's root counts, too",
  },
  dataGrowth: {
    title: "growth of the data",
    unit: "1",
    better: "neither",
    meaning: "pages allocated from the beginning to the end of the window ÷ pages loaded",
  },
  simulatedTransactions: {
    title: "simulated transactions",
    unit: "1",
    better: "neither",
    meaning: "transactions committed inside the measured window",
  },
} as const satisfies Record<string, Metric>;
