/** `kerneltax costs`: every number of the model with its unit, provenance and source. */
import { Command } from "commander";
import { findBackend } from "../experiment/assemble.ts";
import { withKnownCosts } from "../experiment/machine-costs.ts";
import { type ModelNumber, modelNumbers } from "../experiment/model-numbers.ts";
import { findMachine, MACHINE_IDS } from "../hardware/machines/index.ts";
import { backends as all, BACKEND_IDS } from "../os/registry.ts";
import { stableJson } from "../report/json.ts";
import { causeTitle } from "../report/ledger-table.ts";
import { renderTable, type Table } from "../report/table.ts";
import { machineArgument } from "./input-file.ts";
import { VERSION } from "./project.ts";
import { formatOption, type OutputFormat } from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

interface CostsFlags {
  readonly machine?: string;
  readonly backend?: string;
  readonly outputFormat: OutputFormat;
}

export function costsCommand(context: CommandContext): Command {
  return new Command("costs")
    .description("every model number with unit, provenance and source")
    .option("--machine <id|file.json>", "only this machine")
    .option("--backend <id>", "only this backend's costs, and the machine's")
    .addOption(formatOption())
    .action((flags: CostsFlags) => printCosts(context, flags));
}

function printCosts({ terminal }: CommandContext, flags: CostsFlags): void {
  const machines = flags.machine === undefined ? MACHINE_IDS : [flags.machine];
  const backends = flags.backend === undefined ? BACKEND_IDS : [findBackend(flags.backend).id];
  const numbers = machines.flatMap((machine) => {
    const found = findMachine(machineArgument(machine, "--machine"));
    return modelNumbers(withKnownCosts(found, Object.values(all)), backends);
  });
  if (flags.outputFormat === "json") {
    const data = {
      tool: "kerneltax",
      version: VERSION,
      command: "costs",
      numbers: numbers.map(({ number, ...about }) => ({ ...about, ...number })),
    };
    terminal.out(`${stableJson(data, 2, "given")}\n`);
    return;
  }
  for (const machine of new Set(numbers.map((entry) => entry.machine))) {
    const own = numbers.filter((entry) => entry.machine === machine);
    const parts = [...new Set(own.map(({ part }) => part))];
    for (const part of parts) {
      const rows = own.filter((entry) => entry.part === part);
      terminal.out(`${machine}: ${part}\n${renderTable(costsTable(rows), terminal.columns)}\n\n`);
    }
  }
  terminal.out(
    `${numbers.length} numbers; * = calibrated: chosen so that a measurement comes out\n`,
  );
}

function costsTable(numbers: readonly ModelNumber[]): Table {
  return {
    columns: [
      { title: "number" },
      { title: "value", align: "right" },
      { title: "unit" },
      { title: "provenance" },
      { title: "range" },
      { title: "source" },
      { title: "charged to" },
      { title: "meaning" },
      { title: "where it is from" },
    ],
    rows: numbers.map(({ path, number, cause, meaning }) => [
      path,
      String(number.value),
      number.atGHz === undefined ? number.unit : `${number.unit} at ${number.atGHz} GHz`,
      number.calibrated === true ? `${number.provenance} *` : number.provenance,
      number.provenance === "assumed" ? number.range.join(" … ") : undefined,
      number.source,
      cause === undefined ? undefined : causeTitle(cause),
      meaning,
      number.where,
    ]),
  };
}
