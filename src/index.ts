/** The library: parse a spec, run it, judge it. The command line is built on the same functions. */
export { InvariantError } from "./base/assert.ts";
export type { Provenance, Sourced, SourceUnit } from "./base/sourced.ts";
export { UsageError } from "./base/usage-error.ts";
export type { ResolvedExperiment } from "./experiment/assemble.ts";
export { findBackend, resolveExperiment } from "./experiment/assemble.ts";
export type { ClaimRun } from "./experiment/claim-run.ts";
export { claimOutcome, claimRuns, runClaim } from "./experiment/claim-run.ts";
export type { Claim, ClaimOutcome, ClaimOutcomes } from "./experiment/claim-spec.ts";
export { parseClaim } from "./experiment/claim-spec.ts";
export type { Figure, FigurePoint } from "./experiment/figure.ts";
export { figurePoints, parseFigure } from "./experiment/figure.ts";
export type { Metric, MetricName } from "./experiment/metric.ts";
export { METRIC_NAMES, METRICS } from "./experiment/metric.ts";
export type {
  DirectionResult,
  JobResult,
  LatencySummary,
  LedgerResult,
  ResultRow,
  RunResult,
} from "./experiment/result.ts";
export type { RunHooks } from "./experiment/run.ts";
export { deviceLimitIops, runExperiment } from "./experiment/run.ts";
export type { SeedInterval } from "./experiment/seeds.ts";
export { intervalsOver, seedsFrom } from "./experiment/seeds.ts";
export type { Variation } from "./experiment/sensitivity.ts";
export { variationsOf } from "./experiment/sensitivity.ts";
export type { ExperimentInput, ExperimentSpec } from "./experiment/spec.ts";
export { experimentSpecSchema, parseSpec } from "./experiment/spec.ts";
export type { Cause } from "./hardware/cpu/ledger.ts";
export { CAUSE_MEANING, CAUSES } from "./hardware/cpu/ledger.ts";
export { findMachine, MACHINE_IDS, machines } from "./hardware/machines/index.ts";
export type { MachineSpec } from "./hardware/machines/machine-spec.ts";
export { machineSchema, parseMachine } from "./hardware/machines/machine-spec.ts";
export { compareResults, isUnchanged } from "./report/baseline.ts";
export type { ClaimVerdict } from "./report/claim-verdict.ts";
export { claimsJson, claimsTable, claimText, judgeClaim } from "./report/claim-verdict.ts";
export { parseResultRows, resultRowsToCsv } from "./report/csv.ts";
export { judgeFigure } from "./report/judge.ts";
export { ledgerBar } from "./report/ledger-bar.ts";
export { ledgerSvg } from "./report/ledger-plot.ts";
export { ledgerTable } from "./report/ledger-table.ts";
export { markdownTable } from "./report/markdown.ts";
export { figureSvg } from "./report/plot.ts";
export { parsePublished } from "./report/published.ts";
export { renderTable } from "./report/table.ts";
export { summarise, validationJson } from "./report/validation.ts";
