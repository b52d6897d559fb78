/** Options that several commands have. */
import { Option } from "commander";
import { badValue } from "../base/usage-error.ts";
import type { ExperimentInput } from "../experiment/spec.ts";

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

/**
 * A drive is emulated for a guest only.
 * @throws UsageError for `--virtual-storage virtio` where there is none.
 */
export function checkVirtualStorage({
  isolation = "bare",
  virtualStorage,
}: Pick<ExperimentInput, "isolation" | "virtualStorage">): void {
  if (virtualStorage !== "virtio" || isolation.startsWith("vm")) return;
  throw badValue("virtualStorage", "virtio", "only virtual machines have it: give --isolation vm");
}

export function allowLongOption(): Option {
  return new Option("--allow-long", "allow runs of more than a billion simulated I/Os");
}
