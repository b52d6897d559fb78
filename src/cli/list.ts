/** `kerneltax list`: everything that the other commands take by name. */
import { Command } from "commander";
import { workloadKinds } from "../experiment/workloads/index.ts";
import type { WorkloadSpec } from "../experiment/workloads/schema.ts";
import { machines } from "../hardware/machines/index.ts";
import { backends } from "../os/registry.ts";
import { stableJson } from "../report/json.ts";
import { type Cell, renderTable, type Table } from "../report/table.ts";
import { loadClaims } from "./claims.ts";
import { loadFigures } from "./figures.ts";
import { VERSION } from "./project.ts";
import { formatOption, type OutputFormat } from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

/** Kinds of workload that have a command of their own; the others are run from spec files. */
const COMMANDS: { readonly [Kind in WorkloadSpec["kind"]]?: string } = {
  "raw-io": "io",
  sched: "sched",
  vm: "vm",
  "file-access": "vm",
  engine: "db",
  crash: "crash",
};

export function listCommand(context: CommandContext): Command {
  return new Command("list")
    .description("backends, machines, workloads, figures and claims")
    .addOption(formatOption())
    .action((flags: { outputFormat: OutputFormat }) => {
      const { terminal } = context;
      if (flags.outputFormat === "json") {
        const data = { tool: "kerneltax", version: VERSION, command: "list", ...catalogue() };
        terminal.out(`${stableJson(data, 2, "given")}\n`);
      } else terminal.out(listText(terminal.columns));
    });
}

export function catalogue() {
  const figures = loadFigures();
  return {
    backends: Object.values(backends).map(
      ({ id, title, lectureName, summary, options, schedulerOptions, memory }) => ({
        id,
        title,
        lectureName,
        summary,
        options: [...options, ...schedulerOptions, ...memory.options].map((option) => ({
          ...option,
        })),
      }),
    ),
    machines: Object.values(machines).map(({ id, title, driveCount, cpu, drive }) => ({
      id,
      title,
      cores: cpu.cores,
      threadsPerCore: cpu.threadsPerCore,
      drives: driveCount,
      drive: drive.title,
    })),
    workloads: workloadKinds().map((kind) => ({ ...kind, command: COMMANDS[kind.id] ?? "run" })),
    figures: figures.map(({ figure, published, credit }) => ({
      id: figure.id,
      title: figure.title,
      published: credit,
      values: published.length,
      claims: figure.claims.length,
    })),
    lecture: loadClaims().map(({ id, status, statement }) => ({ id, status, statement })),
    claims: figures.flatMap(({ figure }) =>
      figure.claims.map(({ id, text }) => ({ figure: figure.id, id, text })),
    ),
  };
}

function listText(columns: number | undefined): string {
  const { backends: systems, machines: hosts, workloads, figures, lecture, claims } = catalogue();
  const sections: readonly (readonly [string, Table])[] = [
    [
      "Backends (--backend)",
      table(
        ["backend", "the lecture's name", "what it is"],
        systems.map((system) => [system.id, system.lectureName, system.summary]),
      ),
    ],
    [
      "Options of the backends",
      table(
        ["backend", "option", "default", "meaning"],
        systems.flatMap((system) =>
          system.options.map((option) => [
            system.id,
            `--${option.name}`,
            String(option.default),
            option.meaning,
          ]),
        ),
      ),
    ],
    [
      "Machines (--machine)",
      table(
        ["machine", "what it is", "cores", "drives"],
        hosts.map((host) => [host.id, host.title, host.cores, host.drives]),
      ),
    ],
    [
      "Workloads",
      table(
        ["workload", "what it is", "command"],
        workloads.map((workload) => [workload.id, workload.title, workload.command]),
      ),
    ],
    [
      "Figures (run, validate --figure)",
      table(
        ["figure", "what it shows", "published", "values", "claims"],
        figures.map((figure) => [
          figure.id,
          figure.title,
          figure.published,
          figure.values,
          figure.claims,
        ]),
      ),
    ],
    [
      "Claims of the lecture (validate --claims)",
      table(
        ["claim", "status", "statement"],
        lecture.map((claim) => [claim.id, claim.status, claim.statement]),
      ),
    ],
    [
      "Claims of the figures",
      table(
        ["figure", "claim"],
        claims.map((claim) => [claim.figure, claim.text]),
      ),
    ],
  ];
  return sections
    .map(([title, content]) => `${title}\n${renderTable(content, columns)}\n`)
    .join("\n");
}

function table(titles: readonly string[], rows: readonly (readonly Cell[])[]): Table {
  return { columns: titles.map((title) => ({ title })), rows };
}
