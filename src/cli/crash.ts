/** `kerneltax crash`: explores crash and fault points of one configuration, or replays one. */
import { Command, Option } from "commander";
import { badValue, UsageError } from "../base/usage-error.ts";
import {
  UPDATE_PROTOCOLS,
  type UpdateProtocolName,
} from "../engine/buffer/mapped/update-protocol.ts";
import { findBackend } from "../experiment/assemble.ts";
import { type CampaignSpec, replayState, together } from "../experiment/crash/campaign.ts";
import { SUBSETS_MAX } from "../experiment/crash/crash-states.ts";
import { CRASH_WORKLOADS, type CrashWorkload } from "../experiment/crash/engine-subject.ts";
import { parseStateName } from "../experiment/crash/explorer.ts";
import { FAULTS, type FaultKind, LIES } from "../experiment/crash/faulty-media.ts";
import { resolveStage } from "../experiment/crash/open-stage.ts";
import { safeCampaigns } from "../experiment/crash/safe-configurations.ts";
import { crashTable } from "../report/crash-table.ts";
import { crashText } from "../report/crash-text.ts";
import { stableJson } from "../report/json.ts";
import { exploreCampaigns } from "./crash-parts.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { parseCount } from "./fio-value.ts";
import { VERSION } from "./project.ts";
import { formatOption, type OutputFormat } from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

interface CrashFlags {
  readonly backend: string;
  readonly ioengine?: string;
  readonly workload: CrashWorkload;
  readonly buffer: "hash-table" | "swizzling" | "vmcache";
  readonly updateProtocol: UpdateProtocolName;
  readonly pageBytes: string;
  readonly pageImages: "on" | "off";
  readonly atomicBytes: string;
  readonly drives: string;
  readonly fault: FaultKind | "none";
  readonly states: string;
  readonly subsets: string;
  readonly seed: string;
  readonly replay?: string;
  readonly safe?: true;
  readonly outputFormat: OutputFormat;
}

/** Runs, parts and configurations count up from a seed. */
const MAX_SEED = Math.floor(Number.MAX_SAFE_INTEGER / 2);

/** What goes with `--safe`, which chooses everything else. */
const WITH_SAFE: readonly string[] = ["safe", "states", "subsets", "seed", "outputFormat"];

/** The help lists the choices; a wrong one is refused as other commands do it. */
function choice(name: string, meaning: string, choices: readonly string[]): Option {
  const option = new Option(name, meaning).choices(choices).default(choices[0]);
  return option.argParser((value: string) => {
    if (choices.includes(value)) return value;
    throw badValue(option.long ?? name, value, `choose one of: ${choices.join(", ")}`);
  });
}

export function crashCommand(context: CommandContext): Command {
  return new Command("crash")
    .description("explore crash and fault points of the storage engine, or replay one")
    .option("--backend <id>", "the operating system", "null")
    .option("--ioengine <name>", "how I/O is asked for, where the backend has a choice (see list)")
    .addOption(choice("--workload <name>", "keys: small and wild; tpcc", CRASH_WORKLOADS))
    .addOption(choice("--buffer <kind>", "buffer pool", ["hash-table", "swizzling", "vmcache"]))
    .addOption(
      choice("--update-protocol <name>", "[mmap] how changed pages become safe", UPDATE_PROTOCOLS),
    )
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
    .option("--safe", "all configurations under which nothing may be lost, --states in all")
    .addOption(formatOption())
    .action(async (flags: CrashFlags, command: Command) => {
      try {
        await (flags.safe === true ? runSafe : runCrash)(context, flags, command);
      } catch (error) {
        throw asTyped(command, error);
      }
    });
}

/** The error with `ioengine:` as `--ioengine:`. */
function asTyped(command: Command, error: unknown): unknown {
  if (!(error instanceof UsageError)) return error;
  const [start, field] = /^(\w+):/.exec(error.message) ?? [];
  const option = command.options.find((known) => known.attributeName() === field);
  if (start === undefined || option === undefined) return error;
  return new UsageError(`${option.long}:${error.message.slice(start.length)}`);
}

async function runCrash(
  context: CommandContext,
  flags: CrashFlags,
  command: Command,
): Promise<void> {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  const spec = specOf(flags, isGiven("buffer"));
  const useless = ["states", "subsets"].find(isGiven);
  if (flags.replay !== undefined && useless !== undefined) {
    throw new UsageError(`--${useless}: --replay goes to one state, which has no use for it`);
  }
  const { terminal } = context;
  const exploration =
    flags.replay === undefined
      ? together((await exploreCampaigns(terminal, [spec])).flat())
      : replayState(spec, stateOf(flags.replay));
  if (flags.outputFormat === "json") {
    const data = { tool: "kerneltax", version: VERSION, command: "crash", spec, ...exploration };
    terminal.out(`${stableJson(data, 2, "given")}\n`);
  } else {
    const isLie = LIES.includes(spec.fault);
    terminal.out(crashText(spec, isLie, exploration, flags.replay));
  }
  const isEmpty = flags.replay === undefined && exploration.distinct === 0;
  if (isEmpty || exploration.violations.length > 0) context.exitCode = EXIT_CODES.failed.code;
}

async function runSafe(
  context: CommandContext,
  flags: CrashFlags,
  command: Command,
): Promise<void> {
  const { terminal } = context;
  const other = command.options.find((option) => {
    const name = option.attributeName();
    return !WITH_SAFE.includes(name) && command.getOptionValueSource(name) === "cli";
  });
  if (other !== undefined) throw new UsageError(`${other.long}: --safe chooses that itself`);
  const { states, subsets, seed } = sizesOf(flags);
  const campaigns = safeCampaigns(states, subsets, seed);
  const results = await exploreCampaigns(
    terminal,
    campaigns.map(({ spec }) => spec),
  );
  const { distinct, violations } = together(results.flat());
  const configurations = campaigns.map(({ title, spec }, index) => ({
    title,
    spec,
    ...together(results[index]!),
  }));
  if (flags.outputFormat === "json") {
    const data = {
      tool: "kerneltax",
      version: VERSION,
      command: "crash",
      distinct,
      configurations,
    };
    terminal.out(`${stableJson(data, 2, "given")}\n`);
  } else terminal.out(crashTable(configurations, distinct, terminal.columns));
  const isEmpty = configurations.some((row) => row.distinct === 0);
  if (isEmpty || violations.length > 0) context.exitCode = EXIT_CODES.failed.code;
}

/** @throws UsageError naming the option that is wrong. */
function sizesOf(flags: CrashFlags): Pick<CampaignSpec, "states" | "subsets" | "seed"> {
  return {
    states: parseCount(flags.states, "--states", 1, 10_000_000),
    subsets: parseCount(flags.subsets, "--subsets", 2, SUBSETS_MAX),
    seed: parseCount(flags.seed, "--seed", 0, MAX_SEED),
  };
}

/**
 * @param isBufferGiven whether the user chose it.
 * @throws UsageError naming the option that is wrong.
 */
function specOf(flags: CrashFlags, isBufferGiven: boolean): CampaignSpec {
  const pageBytes = parseCount(flags.pageBytes, "--page-bytes", 4_096, 65_536);
  if ((pageBytes & (pageBytes - 1)) !== 0) {
    throw badValue("--page-bytes", pageBytes, "give a power of two from 4096 to 65536");
  }
  const isMapped = findBackend(flags.backend).memory.traits.residency === "transparent";
  if (isMapped && isBufferGiven) {
    throw badValue("--buffer", flags.buffer, `"${flags.backend}" maps the file and has no pool`);
  }
  if (!isMapped && flags.updateProtocol !== "in-place") {
    throw badValue("--update-protocol", flags.updateProtocol, "buffer pools know in-place only");
  }
  const spec: CampaignSpec = {
    backend: flags.backend,
    options: flags.ioengine === undefined ? {} : { ioengine: flags.ioengine },
    workload: flags.workload,
    buffer: isMapped ? "mmap" : flags.buffer,
    updateProtocol: flags.updateProtocol,
    pageBytes,
    pageImages: flags.pageImages === "on",
    drives: parseCount(flags.drives, "--drives", 1, 10),
    atomicBytes: flags.atomicBytes === "4096" ? 4_096 : 512,
    fault: flags.fault,
    ...sizesOf(flags),
  };
  const { backend, drives, options, buffer } = spec;
  const { traits } = resolveStage({ backend, drives, options, buffer, threads: 1 });
  if (!traits.takesFlushes) throw new UsageError("--ioengine: this one cannot flush");
  return spec;
}

function stateOf(text: string) {
  const name = parseStateName(text);
  if (name !== undefined) return name;
  throw badValue("--replay", text, "give run.position.subset, as a violation prints it");
}
