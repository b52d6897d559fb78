/** `kerneltax vm`: one memory microbenchmark. */
import type { Command } from "commander";
import { vmText } from "../report/vm-text.ts";
import { runCommand } from "./run-command.ts";
import type { CommandContext } from "./terminal.ts";
import { VM_OPTIONS, vmDefaultText, vmFacetOptions, vmGivenNames, vmInput } from "./vm-options.ts";

export function vmCommand(context: CommandContext): Command {
  return runCommand(context, {
    name: "vm",
    description: "one memory microbenchmark",
    options: VM_OPTIONS.map((option) => ({ ...option, usual: vmDefaultText(option) })),
    facetOptions: vmFacetOptions,
    inputOf: vmInput,
    inGivenNames: vmGivenNames,
    text: vmText,
    operation: "page",
  });
}
