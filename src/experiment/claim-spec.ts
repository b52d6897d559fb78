/**
 * One sentence of the lecture as data: experiment, checks, counterfactual.
 *
 * `bench/claims/<id>/claim.json` is parsed here. `claim-run.ts` says what to run, and
 * `report/claim-verdict.ts` decides. A claim holds when all its checks hold *and* its
 * counterfactual, the same experiment with the mechanism switched off, flips the checks that it
 * names: that proves that the mechanism makes the claim true, and not the tuning.
 */

import * as z from "zod";
import { checked, parseJson } from "../base/checked.ts";
import { UsageError } from "../base/usage-error.ts";
import { METRIC } from "./figure-check.ts";
import { atPath, merged, type Patch } from "./patch.ts";
import type { RunResult } from "./result.ts";
import { parseSpec } from "./spec.ts";

const TEXT = z.string().min(1);
const PATCH = z.record(z.string(), z.unknown());
const NAME = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "use lower-case letters, digits and -");
/** A run, `spdk`, or one point of a swept run, `polled@32`. */
const RUN = z.string().min(1);
/** A fixed value in the metric's unit, or what another run gave; both times a factor. */
const LIMIT = z.union([
  z.strictObject({ value: z.number().min(0), times: z.number().positive().default(1) }),
  z.strictObject({ run: RUN, times: z.number().positive().default(1) }),
]);
const named = { id: NAME, text: TEXT };

const checkSchema = z.discriminatedUnion("kind", [
  /** metric(run) ≥ limit. */
  z.strictObject({
    ...named,
    kind: z.literal("at-least"),
    metric: METRIC,
    run: RUN,
    limit: LIMIT,
  }),
  /** metric(run) ≤ limit. */
  z.strictObject({
    ...named,
    kind: z.literal("at-most"),
    metric: METRIC,
    run: RUN,
    limit: LIMIT,
  }),
  /** Each run lies above the next. */
  z.strictObject({
    ...named,
    kind: z.literal("order"),
    metric: METRIC,
    runs: z.array(RUN).min(2),
  }),
  /** min ≤ metric(of) ÷ metric(to) ≤ max. */
  z.strictObject({
    ...named,
    kind: z.literal("ratio"),
    metric: METRIC,
    of: RUN,
    to: RUN,
    min: z.number().min(0).optional(),
    max: z.number().positive().optional(),
  }),
  /** A swept run reaches `fraction` of the limit at `by`, and not yet at `notBy`. */
  z.strictObject({
    ...named,
    kind: z.literal("saturates"),
    metric: METRIC.default("iops"),
    run: RUN,
    limit: LIMIT,
    by: z.number(),
    notBy: z.number().optional(),
    fraction: z.number().positive().max(1).default(0.95),
  }),
  /** IOPS(run) ≤ requests that its threads may have outstanding ÷ mean latency of `alone`. */
  z.strictObject({
    ...named,
    kind: z.literal("bounded-by-little"),
    run: RUN,
    alone: RUN,
    slackPercent: z.number().min(0).default(0),
  }),
  /** The run is refused with a usage error about `option`. */
  z.strictObject({ ...named, kind: z.literal("refuses"), run: RUN, option: TEXT }),
]);

const runSchema = z.strictObject({
  /** Laid over `experiment.base`. */
  run: PATCH,
  /** One run per value, named `<run>@<value>`. */
  sweep: z.strictObject({ path: TEXT, values: z.array(z.number()).min(1) }).optional(),
});

const described = {
  /** As in the lecture's structure: chapter of the lecture, dot, number. */
  id: z.string().regex(/^[1-9]\.[1-9]$/, "use a number such as 2.1"),
  statement: TEXT,
  lectureSection: TEXT,
  /** Keys in `bench/sources.json`. */
  sources: z.array(TEXT).min(1),
};

const claimSchema = z.discriminatedUnion("status", [
  z.strictObject({
    ...described,
    status: z.literal("executable"),
    /** Part of the sentence that these checks say nothing about yet. */
    notCovered: TEXT.optional(),
    experiment: z.strictObject({ base: PATCH, runs: z.record(NAME, runSchema) }),
    checks: z.array(checkSchema).min(1),
    counterfactual: z.strictObject({
      /** The mechanism that is switched off, in words. */
      text: TEXT,
      /** `set` and options laid over the named runs. */
      patches: z.array(z.strictObject({ runs: z.array(NAME).min(1), patch: PATCH })).min(1),
      /** Checks that hold as they are and must fail without the mechanism. */
      flips: z.array(NAME).min(1),
    }),
  }),
  z.strictObject({
    ...described,
    status: z.literal("not-yet-executable"),
    /** The mechanism that the simulator lacks. */
    missing: TEXT,
    /** The work package that brings it. */
    topic: TEXT,
  }),
]);

export type Claim = z.output<typeof claimSchema>;
export type ExecutableClaim = Extract<Claim, { status: "executable" }>;
export type ClaimCheck = z.output<typeof checkSchema>;
export type ClaimLimit = z.output<typeof LIMIT>;
export type ClaimVariant = "as-is" | "counterfactual";

/** What came of a run; being refused is a result, too. */
export type ClaimOutcome =
  | { readonly kind: "done"; readonly result: Pick<RunResult, "metrics" | "spec"> }
  | { readonly kind: "usage"; readonly message: string };

/** Outcomes by `claimRunKey`. */
export type ClaimOutcomes = ReadonlyMap<string, ClaimOutcome>;

export const claimRunKey = (variant: ClaimVariant, run: string): string => `${variant} ${run}`;

/** Where a claim lies: for messages. */
export const claimFile = (id: string): string => `bench/claims/${id}/claim.json`;

/**
 * Reads the text of a `claim.json`; `file` appears in messages only.
 * @throws UsageError that names the file and every wrong field.
 */
export function parseClaim(text: string, file: string): Claim {
  const claim = checked(claimSchema, parseJson(text, file), file);
  if (claim.status === "not-yet-executable") return claim;
  const problems = referenceProblems(claim);
  if (problems.length > 0) throw new UsageError(`${file} is not valid:\n${problems.join("\n")}`);
  for (const { name, variant, input } of expandedRuns(claim)) {
    try {
      parseSpec(input);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new UsageError(`${file}, run "${name}", ${variant}: ${message}`);
    }
  }
  return claim;
}

/** Every run of a claim: all of them as they are, then the patched ones of the counterfactual. */
export function expandedRuns(
  claim: ExecutableClaim,
): { name: string; variant: ClaimVariant; input: Patch }[] {
  const { base, runs } = claim.experiment;
  const asIs = Object.entries(runs).flatMap(([run, { run: patch, sweep }]) => {
    const input = merged(base, patch);
    if (sweep === undefined) return [{ run, name: run, input }];
    return sweep.values.map((value) => ({
      run,
      name: `${run}@${value}`,
      input: merged(input, atPath(sweep.path, value)),
    }));
  });
  const { patches } = claim.counterfactual;
  const patched = asIs
    .filter(({ run }) => isPatched(claim, run))
    .map(({ run, name, input }) => ({
      name,
      variant: "counterfactual" as const,
      input: patches.reduce(
        (all, { runs: targets, patch }) => (targets.includes(run) ? merged(all, patch) : all),
        input,
      ),
    }));
  return [
    ...asIs.map(({ name, input }) => ({ name, variant: "as-is" as const, input })),
    ...patched,
  ];
}

/** Whether the counterfactual changes `run`, which may be a point of a swept run. */
export function isPatched(claim: ExecutableClaim, run: string): boolean {
  const [name] = run.split("@");
  return claim.counterfactual.patches.some(({ runs }) => runs.includes(name!));
}

/** The runs that a check looks at. */
function runsOfCheck(check: ClaimCheck): string[] {
  const limit = "limit" in check && "run" in check.limit ? [check.limit.run] : [];
  switch (check.kind) {
    case "order":
      return check.runs;
    case "ratio":
      return [check.of, check.to];
    case "saturates": {
      const points = check.notBy === undefined ? [check.by] : [check.by, check.notBy];
      return [...points.map((x) => `${check.run}@${x}`), ...limit];
    }
    case "bounded-by-little":
      return [check.run, check.alone];
    case "at-least":
    case "at-most":
    case "refuses":
      return [check.run, ...limit];
  }
}

/** Names that point at nothing, and a counterfactual that could not matter. */
function referenceProblems(claim: ExecutableClaim): string[] {
  const { checks, counterfactual, experiment } = claim;
  const known = expandedRuns(claim).map(({ name }) => name);
  const ids = checks.map(({ id }) => id);
  const problems: string[] = [];
  for (const [index, check] of checks.entries()) {
    const place = `checks[${index}] "${check.id}"`;
    if (ids.indexOf(check.id) !== index) problems.push(`${place}: this id appears twice`);
    for (const run of runsOfCheck(check)) {
      if (!known.includes(run)) problems.push(`${place}: there is no run "${run}"`);
    }
    if (check.kind === "ratio" && check.min === undefined && check.max === undefined) {
      problems.push(`${place}: give min, max or both`);
    }
  }
  for (const [index, { runs }] of counterfactual.patches.entries()) {
    for (const run of runs.filter((name) => experiment.runs[name] === undefined)) {
      problems.push(`counterfactual.patches[${index}]: there is no run "${run}"`);
    }
  }
  for (const id of counterfactual.flips) {
    const check = checks.find((candidate) => candidate.id === id);
    if (check === undefined) problems.push(`counterfactual.flips: there is no check "${id}"`);
    else if (!runsOfCheck(check).some((run) => isPatched(claim, run))) {
      problems.push(`counterfactual.flips: no patch touches a run of check "${id}"`);
    }
  }
  return problems;
}
