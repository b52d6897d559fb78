/** Options that several commands have. */
import { Option } from "commander";

export type OutputFormat = "normal" | "json";

export function formatOption(): Option {
  return new Option("--output-format <format>", "text for people, or JSON and nothing else")
    .choices(["normal", "json"])
    .default("normal");
}

/** @param files what the command writes there. */
export function outOption(files: string): Option {
  return new Option("--out <dir>", `also write ${files} into this directory`);
}

export function setOption(): Option {
  return new Option(
    "--set <path=value>",
    "replace a number of the model (see costs) or of the spec (repeatable)",
  )
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], "none");
}

export function allowLongOption(): Option {
  return new Option("--allow-long", "allow runs of more than a billion simulated I/Os");
}
