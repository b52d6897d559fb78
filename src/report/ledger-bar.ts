/** Where the time of one run goes, by cause: what a chart of ledgers shows as one bar. */
import { UsageError } from "../base/usage-error.ts";
import type { RunResult } from "../experiment/result.ts";

/** One bar: an interface and what it spends per I/O, by cause. */
export interface LedgerBar {
  readonly label: string;
  readonly perIo: Readonly<Record<string, number>>;
}

export type LedgerUnit = "ns" | "cycles";

/**
 * The bar of one run: time of all cores by cause, divided by the I/Os of the window, in ns or in
 * cycles of the run's clock.
 * @throws UsageError when the window holds no I/O.
 */
export function ledgerBar(label: string, result: RunResult, unit: LedgerUnit): LedgerBar {
  const { operations, operation } = result;
  if (operations === 0) {
    throw new UsageError(
      `${label}: no ${operation} completed, so there is no cost per ${operation}`,
    );
  }
  const perNs = unit === "ns" ? 1 : result.clockGHz;
  const perIo = Object.entries(result.ledger.total).map(
    ([cause, picoseconds]) => [cause, (Number(picoseconds) / 1000 / operations) * perNs] as const,
  );
  return { label, perIo: Object.fromEntries(perIo) };
}
