/** `kerneltax validate`: every figure against what was published. */
import { Command } from "commander";
import { UsageError } from "../base/usage-error.ts";
import { findMachine } from "../hardware/machines/index.ts";
import { BACKEND_IDS } from "../os/registry.ts";
import { claimsJson, claimsTable, claimText } from "../report/claim-verdict.ts";
import { stableJson } from "../report/json.ts";
import type { FigureJudgement } from "../report/judge.ts";
import { renderTable, type Table } from "../report/table.ts";
import { summarise, validationJson, validationTable } from "../report/validation.ts";
import { judgeClaims, loadClaims } from "./claims.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { failureLines, figureText, verdictLines } from "./figure-text.ts";
import { loadFigures } from "./figures.ts";
import { modelNumbers } from "./model-numbers.ts";
import { runFigures } from "./run.ts";
import { formatOption, type OutputFormat } from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

interface ValidateFlags {
  readonly figure?: readonly string[];
  readonly points?: boolean;
  readonly claims?: boolean;
  readonly outputFormat: OutputFormat;
}

export function validateCommand(context: CommandContext): Command {
  return new Command("validate")
    .description("judge every figure against what was published; exit 1 on an unexplained miss")
    .option("--figure <id...>", "only these figures")
    .option("--points", "also print every point")
    .option("--claims", "judge the lecture's claims instead, each with its counterfactual")
    .addOption(formatOption())
    .action((flags: ValidateFlags) =>
      flags.claims === true ? validateClaims(context, flags) : validate(context, flags),
    );
}

async function validate(context: CommandContext, flags: ValidateFlags): Promise<void> {
  const { terminal } = context;
  const figures = loadFigures(flags.figure);
  const judgements: FigureJudgement[] = [];
  const isNormal = flags.outputFormat === "normal";
  const kept = (): string => `${judgements.length} of ${figures.length} figures judged`;
  const isFailed = await runFigures(terminal, figures, kept, ({ judgement, credit }) => {
    judgements.push(judgement);
    if (isNormal && flags.points === true) terminal.out(`${figureText(judgement, credit)}\n`);
  });
  if (isFailed) context.exitCode = EXIT_CODES.failed.code;
  if (isNormal) {
    if (flags.points !== true) terminal.out(`${judgements.map(verdictLines).join("")}\n`);
    terminal.out(validationText(judgements));
  } else {
    const data = { ...validationJson(judgements), machines: machineCounts(judgements) };
    terminal.out(`${stableJson(data, 2, "given")}\n`);
  }
}

async function validateClaims(context: CommandContext, flags: ValidateFlags): Promise<void> {
  const { terminal } = context;
  if (flags.figure !== undefined) {
    throw new UsageError("--figure: --claims judges the lecture's claims, not figures");
  }
  const verdicts = await judgeClaims(terminal, loadClaims());
  if (verdicts.some(({ verdict }) => verdict === "fails")) {
    context.exitCode = EXIT_CODES.failed.code;
  }
  if (flags.outputFormat === "json") {
    terminal.out(`${stableJson(claimsJson(verdicts), 2, "given")}\n`);
  } else {
    terminal.out(`${verdicts.map(claimText).join("\n")}\n`);
    terminal.out(`${renderTable(claimsTable(verdicts))}\n`);
  }
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
    // Figures on a machine of their own have no numbers to count by name.
    const numbers = id === "custom" ? [] : modelNumbers(findMachine(id), BACKEND_IDS);
    const judged = summarise(judgements.filter(({ machine }) => machine === id));
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
export function validationText(judgements: readonly FigureJudgement[]): string {
  const sum = summarise(judgements);
  const error = (value: number | null): string => (value === null ? "–" : `${value.toFixed(1)} %`);
  const failures = judgements.map(failureLines).join("");
  return [
    `${renderTable(validationTable(judgements))}\n`,
    `${renderTable(machinesTable(machineCounts(judgements)))}\n`,
    `${sum.predictedPoints} points predicted (${sum.calibratedPoints} more were inputs): ` +
      `median error ${error(sum.medianAbsErrorPct)}, p90 ${error(sum.p90AbsErrorPct)}; ` +
      `claims: ${sum.claimsPassed} hold, ${sum.claimsFailed} fail; ` +
      `known gaps: ${sum.knownGaps}\n`,
    failures === "" ? "" : `\n${failures}`,
  ].join("");
}
