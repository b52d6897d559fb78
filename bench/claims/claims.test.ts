import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { claimRuns } from "../../src/experiment/claim-run.ts";
import { judgeClaim } from "../../src/report/claim-verdict.ts";
import { executableClaims, loadClaim as load } from "../../src/testing/execute-claims.ts";

const here = new URL("./", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, here), "utf8");
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();
const sources: Record<string, unknown> = JSON.parse(read("../sources.json"));

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

it("claims whose mechanism exists can be executed", () => {
  expect(executableClaims()).toEqual([
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
