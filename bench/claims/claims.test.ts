import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { claimOutcome, claimRuns, runClaim } from "../../src/experiment/claim-run.ts";
import {
  type Claim,
  type ClaimOutcome,
  type ClaimOutcomes,
  claimRunKey,
  parseClaim,
} from "../../src/experiment/claim-spec.ts";
import type { ExperimentInput } from "../../src/experiment/spec.ts";
import { claimText, judgeClaim } from "../../src/report/claim-verdict.ts";

const here = new URL("./", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, here), "utf8");
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();
const sources: Record<string, unknown> = JSON.parse(read("../sources.json"));
const load = (folder: string): Claim =>
  parseClaim(read(`${folder}/claim.json`), `bench/claims/${folder}/claim.json`);

/** The sentences of the lecture, by chapter. */
const IDS = [
  ["1.1", "1.2", "1.3", "1.4", "1.5"],
  ["2.1", "2.2", "2.3"],
  ["3.1", "3.2"],
  ["4.1", "4.2", "4.3", "4.4", "4.5", "4.6"],
  ["5.1", "5.2"],
].flat();

it("there is one folder per sentence of the lecture", () => {
  expect(folders).toEqual(IDS);
});

describe.each(folders)("%s", (folder) => {
  const claim = load(folder);

  it("is named after its folder and cites known sources", () => {
    expect(claim.id).toBe(folder);
    for (const key of claim.sources) expect(Object.keys(sources)).toContain(key);
  });

  it("has a README of at most 25 lines that says what the claim is", () => {
    const lines = read(`${folder}/README.md`).trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(25);
    expect(lines[0]).toMatch(new RegExp(`^# Claim ${folder.replace(".", "\\.")}: `));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it("is never passed while it cannot be executed", () => {
    if (claim.status === "executable") return;
    expect(claimRuns(claim)).toEqual([]);
    expect(judgeClaim(claim, new Map()).verdict).toBe("not yet executable");
  });
});

const executable = folders.filter((folder) => load(folder).status === "executable");

it("claims whose mechanism exists can be executed", () => {
  expect(executable).toEqual([
    "1.1",
    "1.2",
    "1.3",
    "1.4",
    "1.5",
    "2.1",
    "2.2",
    "2.3",
    "3.1",
    "3.2",
    "4.1",
    "4.2",
    "4.3",
    "5.1",
    "5.2",
  ]);
});

/** A busy host may take its time. */
const HOST_TIME_MS = 600_000;
/** Long enough for every verdict, too short for its numbers; one thread alone is cheap anyway. */
const short = (input: ExperimentInput): ExperimentInput =>
  input.workload.kind !== "raw-io" || input.workload.jobs === 1
    ? input
    : { ...input, rampUs: 2_500, runtimeUs: 1_000 };

describe.each(executable)("%s, executed", (id) => {
  const claim = load(id);
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
