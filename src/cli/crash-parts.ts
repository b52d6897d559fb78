/** Parts of crash explorations on every core of the host; the result is the same on any number. */
import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import { type CampaignPart, explorePart, type PartResult } from "../experiment/crash/campaign.ts";
import { Progress } from "./progress.ts";
import { untilInterrupted } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const WORKER = new URL("./crash-worker.js", import.meta.url);

/** The results of `parts`, in their order. */
export async function exploreParts(
  terminal: Terminal,
  parts: readonly CampaignPart[],
): Promise<PartResult[]> {
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
    return await untilInterrupted(all, show);
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
