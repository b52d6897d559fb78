/** The ledger of one run as a table: what each cause took, per operation and of all busy time. */
import { toNs } from "../base/units.ts";
import type { RunResult } from "../experiment/result.ts";
import type { Table } from "./table.ts";

/** Causes that took time, the idle time left out; the last row is their sum. */
export function ledgerTable(result: RunResult): Table {
  const { operation, operations } = result;
  const busy = Object.entries(result.ledger.total).filter(([cause]) => cause !== "idle");
  const times = busy.map(([cause, ps]) => [causeTitle(cause), Number(ps)] as const);
  const total = times.reduce((sum, [, ps]) => sum + ps, 0);
  const row = (title: string, ps: number): (string | number | undefined)[] => {
    const ns = operations === 0 ? undefined : toNs(ps) / operations;
    const cycles = ns === undefined ? undefined : ns * result.clockGHz;
    return [title, ns, cycles, total === 0 ? 0 : (100 * ps) / total];
  };
  return {
    columns: [
      { title: "where the time of all cores goes" },
      { title: `per ${operation}`, unit: "ns", digits: 1, align: "right" },
      { title: `per ${operation}`, unit: "cycles", digits: 0, align: "right" },
      { title: "share", unit: "%", digits: 1, align: "right" },
    ],
    rows: [
      ...times.filter(([, ps]) => ps > 0).map(([title, ps]) => row(title, ps)),
      row("sum", total),
    ],
  };
}

/** `systemCall` as `system call`, `ioInterface` as `I/O interface`. */
export function causeTitle(cause: string): string {
  const words = cause.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words
    .replace(/^io /, "I/O ")
    .replace(/^polling useful$/, "polling, useful")
    .replace(/^polling empty$/, "polling, in vain");
}
