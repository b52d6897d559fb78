/** The lecture's claims of `bench/claims`: found by their folders, run, judged. */
import { readdirSync } from "node:fs";
import { badValue, UsageError } from "../base/usage-error.ts";
import { type ClaimEnd, claimEnds } from "../experiment/assumed-ranges.ts";
import { type ClaimRun, claimRuns } from "../experiment/claim-run.ts";
import {
  type Claim,
  type ClaimOutcome,
  type ClaimOutcomes,
  claimFile,
  claimRunKey,
  parseClaim,
} from "../experiment/claim-spec.ts";
import type { ClaimRanges, RangeVerdict } from "../report/claim-range-report.ts";
import { type ClaimVerdict, judgeClaim } from "../report/claim-verdict.ts";
import type { PointRunner } from "./pool.ts";
import { watched } from "./progress.ts";
import { PROJECT_ROOT, readProjectFile } from "./project.ts";
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
  runner: PointRunner,
  claims: readonly Claim[],
): Promise<ClaimVerdict[]> {
  const runs = claims.map((claim) => claimRuns(claim));
  const outcomes = await outcomesOf(terminal, runner, runs);
  return claims.map((claim, index) => judgeClaim(claim, outcomes[index]!));
}

/** Judges every claim as it is, and with each assumed number at both ends of its range. */
export async function judgeRanges(
  terminal: Terminal,
  runner: PointRunner,
  claims: readonly Claim[],
): Promise<ClaimRanges[]> {
  const ends = claims.map((claim) => claimEnds(claim));
  const asIs = claims.map((claim) => claimRuns(claim));
  const groups = [...asIs, ...ends.flat().map(({ runs }) => runs)];
  const outcomes = await outcomesOf(terminal, runner, groups);
  let next = claims.length;
  return claims.map((claim, index) => {
    const own = outcomes[index]!;
    const judged = ends[index]!.map((end) =>
      judgeEnd(claim, end, new Map([...own, ...outcomes[next++]!])),
    );
    return { verdict: judgeClaim(claim, own), ends: judged };
  });
}

function judgeEnd(claim: Claim, end: ClaimEnd, outcomes: ClaimOutcomes): RangeVerdict {
  const { path, value, unit } = end;
  try {
    return { path, value, unit, verdict: judgeClaim(claim, outcomes) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { path, value, unit, verdict: undefined, refusal: error.message };
  }
}

/** Runs groups of runs on all cores; the outcomes of each group by its runs. */
async function outcomesOf(
  terminal: Terminal,
  runner: PointRunner,
  groups: readonly (readonly ClaimRun[])[],
): Promise<Map<string, ClaimOutcome>[]> {
  const runs = groups.flat();
  let done = 0;
  const kept = (): string => "the claims are not judged";
  const outcomes = await watched(terminal, kept, (progress) =>
    runner.outcomes(
      runs.map(({ input }) => input),
      () => {
        done += 1;
        progress.show(`claims: ${done} of ${runs.length} runs`);
      },
    ),
  );
  let next = 0;
  return groups.map(
    (group) =>
      new Map(
        group.map(({ variant, name }) => [claimRunKey(variant, name), outcomes[next++]!] as const),
      ),
  );
}
