/** `kerneltax list`: everything that the other commands take by name. */
import { Command } from "commander";
import { machines } from "../hardware/machines/index.ts";
import { backends } from "../os/registry.ts";
import { stableJson } from "../report/json.ts";
import { type Cell, renderTable, type Table } from "../report/table.ts";
import { loadClaims } from "./claims.ts";
import { loadFigures } from "./figures.ts";
import { VERSION } from "./project.ts";
import { formatOption, type OutputFormat } from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

const WORKLOADS = [
  {
    id: "raw-io",
    title: "raw I/O without an engine, as fio does it",
    command: "io",
  },
  {
    id: "engine",
    title: "the storage engine under random lookups, YCSB A–F or TPC-C",
    command: "db",
  },
  {
    id: "durability",
    title: "a database process whose write-back fails once: fsyncgate",
    command: "run",
  },
] as const;

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
      ({ id, title, lectureName, summary, options, memory }) => ({
        id,
        title,
        lectureName,
        summary,
        options: [...options, ...memory.options].map((option) => ({ ...option })),
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
    workloads: WORKLOADS,
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
