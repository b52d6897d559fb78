/** The command line as one function: arguments in, exit code out, every error one message. */
import { Command, CommanderError } from "commander";
import { UsageError } from "../base/usage-error.ts";
import { compareCommand } from "./compare.ts";
import { costsCommand } from "./costs.ts";
import { crashCommand } from "./crash.ts";
import { dbCommand } from "./db.ts";
import { EXIT_CODES, Interrupted } from "./exit-codes.ts";
import { explainCommand } from "./explain.ts";
import { ioCommand } from "./io.ts";
import { withBooleanValues } from "./io-arguments.ts";
import { lectureCommand } from "./lecture.ts";
import { listCommand } from "./list.ts";
import { VERSION } from "./project.ts";
import { runCommand } from "./run.ts";
import { schedCommand } from "./sched.ts";
import { sensitivityCommand } from "./sensitivity.ts";
import { mergeCommand, sweepCommand } from "./sweep.ts";
import type { CommandContext, Terminal } from "./terminal.ts";
import { traceCommand } from "./trace.ts";
import { validateCommand } from "./validate.ts";
import { vmCommand } from "./vm.ts";

const COMMANDS = [
  listCommand,
  ioCommand,
  dbCommand,
  vmCommand,
  runCommand,
  schedCommand,
  traceCommand,
  validateCommand,
  costsCommand,
  sensitivityCommand,
  explainCommand,
  compareCommand,
  sweepCommand,
  mergeCommand,
  crashCommand,
  lectureCommand,
] as const;

/** Runs one command line; never throws and never ends the process. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const context: CommandContext = { terminal, exitCode: EXIT_CODES.ok.code };
  const program = new Command("kerneltax")
    .description("What does the operating system cost your database?")
    .version(`kerneltax ${VERSION}`)
    .helpCommand(false)
    .addHelpText("after", exitCodeHelp());
  for (const command of COMMANDS) program.addCommand(command(context));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({ writeOut: terminal.out, writeErr: () => {} });
  }
  if (args.length === 0) {
    terminal.err(program.helpInformation());
    return EXIT_CODES.usage.code;
  }
  try {
    await program.parseAsync(withBooleanValues(args), { from: "user" });
    return context.exitCode;
  } catch (error) {
    return report(error, terminal, args);
  }
}

function report(error: unknown, terminal: Terminal, args: readonly string[]): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CODES.ok.code;
    const message = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
    const isUnknown = error.code === "commander.unknownOption";
    terminal.err(`kerneltax: ${message}${isUnknown ? seeHelp(args) : ""}\n`);
    return EXIT_CODES.usage.code;
  }
  if (error instanceof UsageError) {
    terminal.err(`kerneltax: ${error.message}\n`);
    return EXIT_CODES.usage.code;
  }
  if (error instanceof Interrupted) {
    terminal.err(`kerneltax: ${error.message}\n`);
    return EXIT_CODES.interrupted.code;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  terminal.err(
    `kerneltax: internal error: ${message}\n` +
      "This is a fault of kerneltax: please report it together with the command line.\n",
  );
  if (terminal.isDebugging) terminal.err(`${stack}\n`);
  return EXIT_CODES.internal.code;
}

/** Which command's help has the options that there are. */
function seeHelp([command = ""]: readonly string[]): string {
  return `; see kerneltax ${command.startsWith("-") ? "" : `${command} `}--help`;
}

function exitCodeHelp(): string {
  const lines = Object.values(EXIT_CODES).map(
    ({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`,
  );
  return `\nExit codes:\n${lines.join("\n")}\n`;
}
