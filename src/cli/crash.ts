/** `kerneltax crash`: explores crash and fault points of one configuration, or replays one. */
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { Tinypool } from "tinypool";
import { badValue, UsageError } from "../base/usage-error.ts";
import {
  type CampaignPart,
  type CampaignSpec,
  explorePart,
  type PartResult,
  partsOf,
  replayState,
  together,
} from "../experiment/crash/campaign.ts";
import { SUBSETS_MAX } from "../experiment/crash/crash-states.ts";
import { CRASH_WORKLOADS, type CrashWorkload } from "../experiment/crash/engine-subject.ts";
import { type Exploration, parseStateName } from "../experiment/crash/explorer.ts";
import { FAULTS, type FaultKind } from "../experiment/crash/faulty-media.ts";
import { resolveStage } from "../experiment/crash/stage.ts";
import { crashText } from "../report/crash-text.ts";
import { stableJson } from "../report/json.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { parseCount } from "./fio-value.ts";
import { Progress } from "./progress.ts";
import { VERSION } from "./project.ts";
import { formatOption, type OutputFormat } from "./shared-options.ts";
import { untilInterrupted } from "./signals.ts";
import type { CommandContext } from "./terminal.ts";

interface CrashFlags {
  readonly backend: string;
  readonly ioengine?: string;
  readonly workload: CrashWorkload;
  readonly buffer: CampaignSpec["buffer"];
  readonly pageBytes: string;
  readonly pageImages: "on" | "off";
  readonly atomicBytes: string;
  readonly drives: string;
  readonly fault: FaultKind | "none";
  readonly states: string;
  readonly subsets: string;
  readonly seed: string;
  readonly replay?: string;
  readonly outputFormat: OutputFormat;
}

const WORKER = new URL("./crash-worker.js", import.meta.url);

const choice = (name: string, meaning: string, choices: readonly string[]): Option =>
  new Option(name, meaning).choices(choices).default(choices[0]);

export function crashCommand(context: CommandContext): Command {
  return new Command("crash")
    .description("explore crash and fault points of the storage engine, or replay one")
    .option("--backend <id>", "the operating system", "null")
    .option("--ioengine <name>", "[linux] psync, libaio or io_uring")
    .addOption(choice("--workload <name>", "keys: small and wild; tpcc", CRASH_WORKLOADS))
    .addOption(choice("--buffer <kind>", "buffer pool", ["hash-table", "swizzling"]))
    .option("--page-bytes <n>", "4096 to 65536, a power of two", "4096")
    .addOption(choice("--page-images <on|off>", "page images in the log", ["on", "off"]))
    .addOption(choice("--atomic-bytes <n>", "what a drive writes as a whole", ["512", "4096"]))
    .option("--drives <n>", "drives of the array", "2")
    .addOption(
      choice(
        "--fault <kind>",
        "what drives do wrong at run time beside losing power; those from " +
          "lost on lie, and no engine survives them",
        ["none", ...FAULTS],
      ),
    )
    .option("--states <n>", "distinct states to visit", "2000")
    .option("--subsets <n>", `subsets of unflushed writes per position, to ${SUBSETS_MAX}`, "8")
    .option("--seed <n>", "seed of every random stream", "1")
    .option("--replay <state>", "go to one state, as an exploration with this seed has named it")
    .addOption(formatOption())
    .action((flags: CrashFlags) => runCrash(context, flags));
}

async function runCrash(context: CommandContext, flags: CrashFlags): Promise<void> {
  const spec = specOf(flags);
  const exploration =
    flags.replay === undefined
      ? await explore(context, spec)
      : replayState(spec, stateOf(flags.replay));
  const { terminal } = context;
  if (flags.outputFormat === "json") {
    const data = { tool: "kerneltax", version: VERSION, command: "crash", spec, ...exploration };
    terminal.out(`${stableJson(data, 2, "given")}\n`);
  } else terminal.out(crashText(spec, exploration, flags.replay));
  if (exploration.violations.length > 0) context.exitCode = EXIT_CODES.failed.code;
}

/** @throws UsageError naming the option that is wrong. */
function specOf(flags: CrashFlags): CampaignSpec {
  const pageBytes = parseCount(flags.pageBytes, "--page-bytes", 4_096, 65_536);
  if ((pageBytes & (pageBytes - 1)) !== 0) {
    throw badValue("--page-bytes", pageBytes, "give a power of two from 4096 to 65536");
  }
  if (flags.ioengine !== undefined && flags.backend !== "linux") {
    throw new UsageError(`--ioengine: "${flags.backend}" has no such choice; it is linux's`);
  }
  const spec: CampaignSpec = {
    backend: flags.backend,
    options: flags.ioengine === undefined ? {} : { ioengine: flags.ioengine },
    workload: flags.workload,
    buffer: flags.buffer,
    pageBytes,
    pageImages: flags.pageImages === "on",
    drives: parseCount(flags.drives, "--drives", 1, 10),
    atomicBytes: flags.atomicBytes === "4096" ? 4_096 : 512,
    fault: flags.fault,
    states: parseCount(flags.states, "--states", 1, 10_000_000),
    subsets: parseCount(flags.subsets, "--subsets", 2, SUBSETS_MAX),
    seed: parseCount(flags.seed, "--seed", 0, Number.MAX_SAFE_INTEGER / 2),
  };
  const { backend, drives, options } = spec;
  const { traits } = resolveStage({ backend, drives, options, threads: 1 });
  if (!traits.takesFlushes) throw new UsageError("--ioengine: this one cannot flush");
  return spec;
}

function stateOf(text: string) {
  const name = parseStateName(text);
  if (name !== undefined) return name;
  throw badValue("--replay", text, "give run.position.subset, as a violation prints it");
}

async function explore({ terminal }: CommandContext, spec: CampaignSpec): Promise<Exploration> {
  const parts = partsOf(spec);
  const progress = new Progress(terminal);
  let done = 0;
  const show = (): string => `${done} of ${parts.length} parts explored`;
  const isCompiled = !import.meta.url.endsWith(".ts");
  const threads = Math.min(parts.length, isCompiled ? availableParallelism() : 1);
  const pool =
    threads > 1
      ? new Tinypool({ filename: WORKER.href, minThreads: threads, maxThreads: threads })
      : undefined;
  const one = async (part: CampaignPart): Promise<PartResult> => {
    const result: PartResult =
      pool === undefined ? explorePart(part) : await pool.run(part, { name: "runPart" });
    done += 1;
    progress.show(show());
    return result;
  };
  try {
    const all = pool === undefined ? inTurn(parts, one) : Promise.all(parts.map(one));
    return together(await untilInterrupted(all, show));
  } finally {
    progress.clear();
    await pool?.destroy();
  }
}

async function inTurn(
  parts: readonly CampaignPart[],
  one: (part: CampaignPart) => Promise<PartResult>,
): Promise<PartResult[]> {
  const results: PartResult[] = [];
  for (const part of parts) {
    results.push(await one(part));
    // Lets Ctrl-C in.
    await new Promise(setImmediate);
  }
  return results;
}
