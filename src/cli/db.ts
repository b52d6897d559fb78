/** `kerneltax db`: one run of the storage engine under a benchmark. */
import type { Command } from "commander";
import { engineText } from "../report/engine-text.ts";
import { DB_OPTIONS, dbDefaultText, dbInput, facetOptions, inGivenNames } from "./db-options.ts";
import { runCommand } from "./run-command.ts";
import type { CommandContext } from "./terminal.ts";

export function dbCommand(context: CommandContext): Command {
  return runCommand(context, {
    name: "db",
    description: "one run of the storage engine under a benchmark",
    options: DB_OPTIONS.map((option) => ({ ...option, usual: dbDefaultText(option) })),
    facetOptions,
    inputOf: dbInput,
    inGivenNames,
    text: engineText,
    operation: "transaction",
  });
}
