/** Parts of crash explorations on every core of the host; the result is the same on any number. */
import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import {
  type CampaignPart,
  type CampaignSpec,
  explorePart,
  furtherParts,
  type PartResult,
} from "../experiment/crash/campaign.ts";
import { Progress } from "./progress.ts";
import { untilInterrupted } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const WORKER = new URL("./crash-worker.js", import.meta.url);

/** The parts' results of each campaign. */
export async function exploreCampaigns(
  terminal: Terminal,
  specs: readonly CampaignSpec[],
): Promise<PartResult[][]> {
  const progress = new Progress(terminal);
  let done = 0;
  let known = 0;
  const show = (): string => `${done} of ${known} parts explored`;
  const results = specs.map((): PartResult[] => []);
  const nextParts = (): CampaignPart[] =>
    specs.flatMap((spec, index) => furtherParts(spec, results[index]!));
  const isCompiled = !import.meta.url.endsWith(".ts");
  const threads = Math.min(nextParts().length, isCompiled ? availableParallelism() : 1);
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
    for (let parts = nextParts(); parts.length > 0; parts = nextParts()) {
      known += parts.length;
      const all = pool === undefined ? inTurn(parts, one) : Promise.all(parts.map(one));
      for (const [place, result] of (await untilInterrupted(all, show)).entries()) {
        results[specs.indexOf(parts[place]!.spec)]!.push(result);
      }
    }
    return results;
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
