/** `kerneltax validate`: every figure against what was published. */
import { Command } from "commander";
import { UsageError } from "../base/usage-error.ts";
import { modelNumbers } from "../experiment/model-numbers.ts";
import { parseSpec } from "../experiment/spec.ts";
import { findMachine, MACHINE_IDS } from "../hardware/machines/index.ts";
import type { MachineSpec } from "../hardware/machines/machine-spec.ts";
import { BACKEND_IDS } from "../os/registry.ts";
import { claimRangesJson, claimRangesText } from "../report/claim-range-report.ts";
import { claimsJson, claimsTable, claimText } from "../report/claim-verdict.ts";
import { figureLaterText, figuresLaterJson } from "../report/figure-later-report.ts";
import { figureRangesJson, figureRangesText } from "../report/figure-range-report.ts";
import { stableJson } from "../report/json.ts";
import type { FigureJudgement } from "../report/judge.ts";
import { wrapText } from "../report/prose.ts";
import { renderTable, type Table } from "../report/table.ts";
import { summarise, validationJson, validationTable } from "../report/validation.ts";
import { judgeClaims, judgeRanges, loadClaims } from "./claims.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { figuresLater } from "./figure-later.ts";
import { judgeFigureRanges } from "./figure-ranges.ts";
import { failureLines, figureText, verdictLines } from "./figure-text.ts";
import { type FigureOutcome, loadFigures, type PublishedFigure } from "./figures.ts";
import { withRunner } from "./pool.ts";
import { runFigures } from "./run.ts";
import { formatOption, type OutputFormat } from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

interface ValidateFlags {
  readonly figure?: readonly string[];
  readonly points?: boolean;
  /** True for all of them. */
  readonly claims?: true | readonly string[];
  readonly ranges?: boolean;
  readonly later?: boolean;
  readonly outputFormat: OutputFormat;
}

export function validateCommand(context: CommandContext): Command {
  return new Command("validate")
    .description("judge every figure against what was published; exit 1 on an unexplained miss")
    .option("--figure <id...>", "only these figures")
    .option("--points", "also print every point")
    .option("--claims [id...]", "judge the lecture's claims instead, with their counterfactuals")
    .option(
      "--ranges",
      "with --claims or --figure: also at both ends of every assumed number (takes minutes)",
    )
    .option(
      "--later",
      "with --figure: also one window later, to see whether a steady state is shown",
    )
    .addOption(formatOption())
    .action((flags: ValidateFlags) =>
      flags.claims === undefined ? validate(context, flags) : validateClaims(context, flags),
    );
}

async function validate(context: CommandContext, flags: ValidateFlags): Promise<void> {
  if (flags.ranges === true && flags.later === true) {
    throw new UsageError("--later: goes without --ranges");
  }
  if (flags.ranges === true) return validateFigureRanges(context, flags);
  if (flags.later === true) return validateLater(context, flags);
  const { terminal } = context;
  const figures = loadFigures(flags.figure);
  const judgements: FigureJudgement[] = [];
  const isNormal = flags.outputFormat === "normal";
  const kept = (): string => `${judgements.length} of ${figures.length} figures judged`;
  const onFigure = ({ judgement, credit }: FigureOutcome): void => {
    judgements.push(judgement);
    if (isNormal && flags.points === true)
      terminal.out(`${figureText(judgement, credit, terminal.columns)}\n`);
  };
  const isFailed = await withRunner((runner) =>
    runFigures(terminal, runner, figures, kept, onFigure),
  );
  if (isFailed) context.exitCode = EXIT_CODES.failed.code;
  if (isNormal) {
    if (flags.points !== true) {
      const lines = judgements.map(verdictLines).join("");
      terminal.out(`${wrapText(lines, terminal.columns)}\n`);
    }
    terminal.out(validationText(judgements, terminal.columns));
  } else {
    const data = { ...validationJson(judgements), machines: machineCounts(judgements) };
    terminal.out(`${stableJson(data, 2, "given")}\n`);
  }
}

async function validateClaims(context: CommandContext, flags: ValidateFlags): Promise<void> {
  const { terminal } = context;
  const { claims, figure, points } = flags;
  if (figure !== undefined || points === true) {
    const name = figure === undefined ? "--points" : "--figure";
    throw new UsageError(`${name}: --claims judges the lecture's claims, not figures`);
  }
  const wanted = claims === true ? undefined : claims;
  if (flags.later === true) throw new UsageError("--later: goes with --figure, not with --claims");
  if (flags.ranges === true) return validateRanges(context, flags, wanted);
  const verdicts = await withRunner((runner) => judgeClaims(terminal, runner, loadClaims(wanted)));
  if (verdicts.some(({ verdict }) => verdict === "fails")) {
    context.exitCode = EXIT_CODES.failed.code;
  }
  if (flags.outputFormat === "json") {
    terminal.out(`${stableJson(claimsJson(verdicts), 2, "given")}\n`);
  } else {
    terminal.out(`${wrapText(verdicts.map(claimText).join("\n"), terminal.columns)}\n`);
    terminal.out(`${renderTable(claimsTable(verdicts), terminal.columns)}\n`);
  }
}

async function validateRanges(
  { terminal }: CommandContext,
  { outputFormat }: ValidateFlags,
  ids: readonly string[] | undefined,
): Promise<void> {
  const ranges = await withRunner((runner) => judgeRanges(terminal, runner, loadClaims(ids)));
  terminal.out(
    outputFormat === "json"
      ? `${stableJson(claimRangesJson(ranges), 2, "given")}\n`
      : ranges.map(claimRangesText).join("\n"),
  );
}

async function validateFigureRanges(
  { terminal }: CommandContext,
  { figure, points, outputFormat }: ValidateFlags,
): Promise<void> {
  if (figure === undefined) {
    throw new UsageError("--ranges: goes with --claims or --figure; all figures would take hours");
  }
  if (points === true) throw new UsageError("--points: goes without --ranges");
  const ranges = await judgeFigureRanges(terminal, loadFigures(figure));
  terminal.out(
    outputFormat === "json"
      ? `${stableJson(figureRangesJson(ranges), 2, "given")}\n`
      : ranges.map(figureRangesText).join("\n"),
  );
}

async function validateLater(
  { terminal }: CommandContext,
  { figure, points, outputFormat }: ValidateFlags,
): Promise<void> {
  if (figure === undefined) throw new UsageError("--later: say of which figures, with --figure");
  if (points === true) throw new UsageError("--points: goes without --later");
  const figures = await figuresLater(terminal, loadFigures(figure));
  terminal.out(
    outputFormat === "json"
      ? `${stableJson(figuresLaterJson(figures), 2, "given")}\n`
      : figures.map(figureLaterText).join("\n"),
  );
}

/** How much went into a machine and how much came out of it. */
interface MachineCount {
  readonly machine: string;
  readonly numbers: number;
  readonly calibratedNumbers: number;
  readonly assumedNumbers: number;
  readonly calibratedPoints: number;
  readonly predictedPoints: number;
}

function machineCounts(judgements: readonly FigureJudgement[]): MachineCount[] {
  const ids = [...new Set(judgements.map(({ machine }) => machine))];
  return ids.map((id) => {
    const own = judgements.filter(({ machine }) => machine === id);
    const numbers = modelNumbers(machineOf(id, own), BACKEND_IDS);
    const judged = summarise(own);
    return {
      machine: id,
      numbers: numbers.length,
      calibratedNumbers: numbers.filter(({ number }) => number.calibrated === true).length,
      assumedNumbers: numbers.filter(({ number }) => number.provenance === "assumed").length,
      calibratedPoints: judged.calibratedPoints,
      predictedPoints: judged.predictedPoints,
    };
  });
}

/** A built-in machine, or the one that the figures describe. */
function machineOf(id: string, judgements: readonly FigureJudgement[]): MachineSpec {
  if (MACHINE_IDS.includes(id)) return findMachine(id);
  const [{ figure }] = loadFigures(judgements.map((judgement) => judgement.id)) as [
    PublishedFigure,
  ];
  return findMachine(parseSpec(figure.run).machine);
}

function machinesTable(machines: readonly MachineCount[]): Table {
  return {
    columns: [
      { title: "machine" },
      { title: "model numbers" },
      { title: "calibrated" },
      { title: "assumed" },
      { title: "points used as input" },
      { title: "points predicted" },
    ],
    rows: machines.map((count) => Object.values(count)),
  };
}

/** One table over figures and one over machines, the summary, and every failure. */
export function validationText(judgements: readonly FigureJudgement[], columns?: number): string {
  const sum = summarise(judgements);
  const error = (value: number | null): string => (value === null ? "–" : `${value.toFixed(1)} %`);
  const failures = judgements.map(failureLines).join("");
  return [
    `${renderTable(validationTable(judgements), columns)}\n`,
    `${renderTable(machinesTable(machineCounts(judgements)), columns)}\n`,
    `${sum.predictedPoints} points predicted (${sum.calibratedPoints} more were inputs): ` +
      `median error ${error(sum.medianAbsErrorPct)}, p90 ${error(sum.p90AbsErrorPct)}; ` +
      `claims: ${sum.claimsPassed} hold, ${sum.claimsFailed} fail; ` +
      `known gaps: ${sum.knownGaps}\n`,
    failures === "" ? "" : `\n${failures}`,
  ].join("");
}
