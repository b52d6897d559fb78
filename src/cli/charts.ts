/**
 * Charts of results. What draws them takes a third of a command's start to load, and most commands
 * draw nothing, so it is loaded when something is drawn.
 */
import type { RunResult } from "../experiment/result.ts";
import { ledgerBar } from "../report/ledger-bar.ts";
import type { FigureOutcome } from "./figures.ts";

/** Where the cycles of one run go. */
export async function ledgerChart(operation: string, result: RunResult): Promise<string> {
  const { ledgerSvg } = await import("../report/ledger-plot.ts");
  const causes = Object.keys(result.ledger.total).filter((cause) => cause !== "idle");
  const bar = ledgerBar(result.spec.backend, result, "cycles");
  return ledgerSvg(`Where the cycles of one ${operation} go`, operation, "cycles", causes, [bar]);
}

/** A figure: published points, simulated lines. */
export async function figureChart(outcome: FigureOutcome): Promise<string> {
  const { figureSvg } = await import("../report/plot.ts");
  return figureSvg(outcome.figure, outcome.published, outcome.rows, outcome.credit);
}
