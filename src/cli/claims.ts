/** The lecture's claims of `bench/claims`: found by their folders, run, judged. */
import { readdirSync } from "node:fs";
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

/** Every claim, in the order of the lecture. */
export function loadClaims(): Claim[] {
  return readdirSync(new URL(FOLDER, PROJECT_ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((id) => parseClaim(readProjectFile(claimFile(id)), claimFile(id)));
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
