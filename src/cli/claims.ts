/** The lecture's claims of `bench/claims`: found by their folders, run, judged. */
import { readdirSync } from "node:fs";
import { badValue } from "../base/usage-error.ts";
import { claimRuns } from "../experiment/claim-run.ts";
import {
  type Claim,
  type ClaimOutcome,
  claimFile,
  claimRunKey,
  parseClaim,
} from "../experiment/claim-spec.ts";
import { type ClaimVerdict, judgeClaim } from "../report/claim-verdict.ts";
import { openRunner } from "./pool.ts";
import { Progress } from "./progress.ts";
import { PROJECT_ROOT, readProjectFile } from "./project.ts";
import { untilInterrupted } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const FOLDER = "bench/claims";

/** Ids of all claims, in the order of the lecture. */
export function claimIds(): string[] {
  return readdirSync(new URL(FOLDER, PROJECT_ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * Reads the given claims, all of them when none is given.
 * @throws UsageError for an unknown id, or a folder whose files are not valid.
 */
export function loadClaims(ids: readonly string[] = []): Claim[] {
  const known = claimIds();
  for (const id of ids) {
    if (!known.includes(id)) throw badValue("claim", id, `choose: ${known.join(", ")}`);
  }
  const wanted = ids.length === 0 ? known : [...new Set(ids)];
  return wanted.map((id) => parseClaim(readProjectFile(claimFile(id)), claimFile(id)));
}

/** Runs every claim that can be run, and its counterfactual; a refused spec is a result, too. */
export async function judgeClaims(
  terminal: Terminal,
  claims: readonly Claim[],
): Promise<ClaimVerdict[]> {
  const runs = claims.flatMap((claim) => claimRuns(claim).map((run) => ({ claim, run })));
  const runner = openRunner();
  const progress = new Progress(terminal);
  let done = 0;
  try {
    const work = runner.outcomes(
      runs.map(({ run }) => run.input),
      () => {
        done += 1;
        progress.show(`claims: ${done} of ${runs.length} runs`);
      },
    );
    const outcomes = await untilInterrupted(work, () => "the claims are not judged");
    return claims.map((claim) => {
      const own = new Map<string, ClaimOutcome>();
      runs.forEach((entry, index) => {
        const { variant, name } = entry.run;
        if (entry.claim === claim) own.set(claimRunKey(variant, name), outcomes[index]!);
      });
      return judgeClaim(claim, own);
    });
  } finally {
    progress.clear();
    await runner.close();
  }
}
