/** Executes claims as tests, in two files, so that two cores share them. */
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { claimOutcome, claimRuns, runClaim } from "../experiment/claim-run.ts";
import {
  type Claim,
  type ClaimOutcome,
  type ClaimOutcomes,
  claimRunKey,
  parseClaim,
} from "../experiment/claim-spec.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { claimText, judgeClaim } from "../report/claim-verdict.ts";

const here = new URL("../../bench/claims/", import.meta.url);

export const loadClaim = (folder: string): Claim =>
  parseClaim(
    readFileSync(new URL(`${folder}/claim.json`, here), "utf8"),
    `bench/claims/${folder}/claim.json`,
  );

/** Claims that can be executed, by number. */
export const executableClaims = (): string[] =>
  readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && loadClaim(entry.name).status === "executable")
    .map((entry) => entry.name)
    .sort();

/** A busy host may take its time. */
const HOST_TIME_MS = 600_000;
/** Long enough for every verdict, too short for its numbers; one thread alone is cheap anyway. */
function short(input: ExperimentInput): ExperimentInput {
  const { workload, runtimeUs = 0 } = input;
  switch (workload.kind) {
    case "raw-io":
      return workload.jobs === 1 ? input : { ...input, rampUs: 2_500, runtimeUs: 1_000 };
    case "engine":
      return { ...input, runtimeUs: runtimeUs / 2 };
    case "crash":
      return {
        ...input,
        workload: { ...workload, states: Math.ceil((workload.states ?? 300) / 3) },
      };
    default:
      return input;
  }
}

/** Declares the tests of the executable claims of which `isMine` is true. */
export function executeClaims(isMine: (id: string) => boolean): void {
  describe.each(executableClaims().filter(isMine))("%s, executed", (id) => {
    const claim = loadClaim(id);
    let outcomes: ClaimOutcomes;

    beforeAll(() => {
      outcomes = runClaim(claim, (input) => claimOutcome(short(input)));
    }, HOST_TIME_MS);

    it("holds, and its counterfactual flips it", () => {
      const verdict = judgeClaim(claim, outcomes);
      expect(verdict.verdict, claimText(verdict)).toBe("holds");
    });

    it("fails in a world that has no such mechanism", () => {
      const without = claimRuns(claim)
        .filter(({ variant }) => variant === "counterfactual")
        .map(({ name }): [string, ClaimOutcome] => [
          claimRunKey("as-is", name),
          outcomes.get(claimRunKey("counterfactual", name))!,
        ]);
      const verdict = judgeClaim(claim, new Map([...outcomes, ...without]));
      expect(verdict.verdict).toBe("fails");
      expect(verdict.counterfactual?.details.map(({ flipped }) => flipped)).not.toContain(true);
    });
  });
}
