/** Decides the claims of `experiment/claim-spec.ts` on what their runs gave. */
import { badValue, UsageError } from "../base/usage-error.ts";
import {
  type Claim,
  type ClaimCheck,
  type ClaimLimit,
  type ClaimOutcome,
  type ClaimOutcomes,
  type ClaimVariant,
  claimFile,
  claimRunKey,
  type ExecutableClaim,
  isPatched,
} from "../experiment/claim-spec.ts";
import { METRICS, type MetricName, metricOf } from "../experiment/metric.ts";
import { short } from "./amount-text.ts";
import { quantity } from "./claim.ts";
import type { Table } from "./table.ts";

export interface JudgedCheck {
  readonly id: string;
  readonly text: string;
  readonly holds: boolean;
  /** The numbers that decided it, with units. */
  readonly detail: string;
}

/** A check that the counterfactual must flip. */
export interface JudgedFlip extends JudgedCheck {
  /** It held, and without the mechanism it does not. */
  readonly flipped: boolean;
}

export interface ClaimVerdict {
  readonly id: string;
  readonly statement: string;
  readonly lectureSection: string;
  readonly verdict: "holds" | "fails" | "not yet executable";
  readonly checks: readonly JudgedCheck[];
  readonly counterfactual?: {
    /** The mechanism that is switched off. */
    readonly text: string;
    readonly flipped: boolean;
    /** The checks that must flip, decided without the mechanism. */
    readonly details: readonly JudgedFlip[];
  };
  /** Part of the sentence that the checks say nothing about yet. */
  readonly notCovered?: string;
  /** Why a claim cannot be executed yet, and the work package that changes that. */
  readonly missing?: string;
  readonly topic?: string;
}

/**
 * Judges one claim; `outcomes` may hold other runs, too.
 * @throws UsageError when a run is missing, or was refused although a check needs its numbers.
 */
export function judgeClaim(claim: Claim, outcomes: ClaimOutcomes): ClaimVerdict {
  const { id, statement, lectureSection } = claim;
  if (claim.status === "not-yet-executable") {
    const { missing, topic } = claim;
    const verdict = "not yet executable";
    return { id, statement, lectureSection, verdict, checks: [], missing, topic };
  }
  const { notCovered, counterfactual } = claim;
  const { text, flips } = counterfactual;
  const judged = (variant: ClaimVariant): JudgedCheck[] =>
    claim.checks.map((check) => judgeCheck(check, outcomesOf(claim, check, variant, outcomes)));
  const checks = judged("as-is");
  const without = judged("counterfactual");
  const details = flips.map((flip): JudgedFlip => {
    const index = checks.findIndex((check) => check.id === flip);
    const after = without[index]!;
    return { ...after, flipped: checks[index]!.holds && !after.holds };
  });
  const flipped = details.every((detail) => detail.flipped);
  const holds = flipped && checks.every((check) => check.holds);
  return {
    id,
    statement,
    lectureSection,
    verdict: holds ? "holds" : "fails",
    checks,
    counterfactual: { text, flipped, details },
    ...(notCovered === undefined ? {} : { notCovered }),
  };
}

/** Looks up outcomes for one check in one variant. */
interface Runs {
  readonly outcome: (run: string) => ClaimOutcome;
  /** The results of a run that must not have been refused. */
  readonly done: (run: string) => Extract<ClaimOutcome, { kind: "done" }>["result"];
  readonly metric: (run: string, metric: MetricName) => number;
}

function outcomesOf(
  claim: ExecutableClaim,
  check: ClaimCheck,
  variant: ClaimVariant,
  outcomes: ClaimOutcomes,
): Runs {
  const complain = (run: string, what: string): UsageError =>
    new UsageError(`${claimFile(claim.id)}, check "${check.id}": run "${run}" ${what}`);
  const outcome = (run: string): ClaimOutcome => {
    const ran = variant === "counterfactual" && isPatched(claim, run) ? variant : "as-is";
    const found = outcomes.get(claimRunKey(ran, run));
    if (found === undefined) throw complain(run, `(${ran}) has no result; run the claim again`);
    return found;
  };
  const done: Runs["done"] = (run) => {
    const found = outcome(run);
    if (found.kind === "done") return found.result;
    throw complain(run, `(${variant}) was refused: ${found.message}`);
  };
  return { outcome, done, metric: (run, metric) => metricOf(done(run), metric) };
}

function judgeCheck(check: ClaimCheck, runs: Runs): JudgedCheck {
  return { id: check.id, text: check.text, ...decided(check, runs) };
}

type Decision = Pick<JudgedCheck, "holds" | "detail">;

/** The meaning of each kind stands beside its schema. */
function decided(check: ClaimCheck, runs: Runs): Decision {
  switch (check.kind) {
    case "at-least":
    case "at-most": {
      const { kind, metric } = check;
      const value = runs.metric(check.run, metric);
      const limit = limitOf(check.limit, metric, runs);
      const sign = kind === "at-least" ? "≥" : "≤";
      return {
        holds: kind === "at-least" ? value >= limit.value : value <= limit.value,
        detail:
          `${METRICS[metric].title} ${quantity(metric, value)}, ` +
          `asked for ${sign} ${limit.text}`,
      };
    }
    case "order": {
      const values = check.runs.map((run) => runs.metric(run, check.metric));
      const listed = check.runs.map((run, i) => `${run} ${quantity(check.metric, values[i]!)}`);
      return {
        holds: values.every((value, index) => index === 0 || values[index - 1]! > value),
        detail: `${METRICS[check.metric].title}: ${listed.join(", ")}`,
      };
    }
    case "ratio":
      return decideRatio(check, runs);
    case "saturates":
      return decideSaturation(check, runs);
    case "bounded-by-little":
      return decideLittle(check, runs);
    case "refuses": {
      const outcome = runs.outcome(check.run);
      if (outcome.kind === "usage") {
        // The message lists what is allowed; the first clause says what is wrong.
        const holds = outcome.message.startsWith(`${check.option}:`);
        return { holds, detail: `refused: ${outcome.message.split("; ")[0]}` };
      }
      const iops = quantity("iops", metricOf(outcome.result, "iops"));
      return { holds: false, detail: `accepted, and runs at ${iops}` };
    }
  }
}

type Kind<Name extends ClaimCheck["kind"]> = Extract<ClaimCheck, { kind: Name }>;

function decideRatio({ metric, of, to, min, max }: Kind<"ratio">, runs: Runs): Decision {
  const values = [runs.metric(of, metric), runs.metric(to, metric)] as const;
  const ratio = values[0] / values[1];
  const [above, below] = values.map((value) => quantity(metric, value));
  const asked = [min === undefined ? [] : `≥ ${min}`, max === undefined ? [] : `≤ ${max}`].flat();
  return {
    holds: ratio >= (min ?? 0) && ratio <= (max ?? Number.POSITIVE_INFINITY),
    detail:
      `${METRICS[metric].title} ${above} ÷ ${below} = ${short(ratio)}, ` +
      `asked for ${asked.join(" and ")}`,
  };
}

function decideSaturation(check: Kind<"saturates">, runs: Runs): Decision {
  const { metric, by, notBy, fraction } = check;
  const limit = limitOf(check.limit, metric, runs);
  const values = (notBy === undefined ? [by] : [notBy, by]).map((x) => {
    const value = runs.metric(`${check.run}@${x}`, metric);
    return { x, share: value / limit.value, text: quantity(metric, value) };
  });
  const early = notBy === undefined ? undefined : values[0];
  const late = values.at(-1)!;
  const seen = values.map(({ x, share, text }) => `${text} (${percent(share)}) at ${x}`);
  return {
    holds: late.share >= fraction && (early === undefined || early.share < fraction),
    detail: `${seen.join(", ")}; the limit is ${limit.text}, reached at ${percent(fraction)}`,
  };
}

function decideLittle(check: Kind<"bounded-by-little">, runs: Runs): Decision {
  const { workload } = runs.done(check.run).spec;
  if (workload.kind !== "raw-io") throw badValue("kind", workload.kind, "Little needs raw-io");
  const { jobs, ioDepth } = workload;
  const iops = runs.metric(check.run, "iops");
  const latencyNs = runs.metric(check.alone, "latencyNsMean");
  const bound = (jobs * ioDepth * 1e9) / latencyNs;
  const latency = quantity("latencyNsMean", latencyNs);
  return {
    holds: iops <= bound * (1 + check.slackPercent / 100),
    detail:
      `IOPS ${quantity("iops", iops)}, asked for ≤ ${quantity("iops", bound)} ` +
      `(${jobs} threads × ${ioDepth} outstanding ÷ ${latency})`,
  };
}

function limitOf(
  limit: ClaimLimit,
  metric: MetricName,
  runs: Runs,
): { value: number; text: string } {
  const whole = "run" in limit ? runs.metric(limit.run, metric) : limit.value;
  const value = whole * limit.times;
  const text = quantity(metric, value);
  if (limit.times === 1) return { value, text };
  return { value, text: `${text} (${percent(limit.times)} of ${quantity(metric, whole)})` };
}

const percent = (share: number): string => `${short(share * 100)} %`;

/** One row per claim. */
export function claimsTable(verdicts: readonly ClaimVerdict[]): Table {
  return {
    columns: [
      { title: "claim" },
      { title: "verdict" },
      { title: "checks hold", align: "right" },
      { title: "counterfactual" },
      { title: "statement, or what is missing" },
    ],
    rows: verdicts.map((judged) => {
      const { id, verdict, checks, counterfactual, missing } = judged;
      return [
        id,
        verdict,
        missing === undefined ? holding(checks) : undefined,
        counterfactual && (counterfactual.flipped ? "flips" : "does not flip"),
        missing === undefined ? sentence(judged) : needs(judged),
      ];
    }),
  };
}

const sentence = ({ statement, notCovered }: ClaimVerdict): string =>
  notCovered === undefined ? statement : `${statement} (not covered yet: ${notCovered})`;

const needs = ({ missing, topic }: ClaimVerdict): string => `needs ${missing} (${topic})`;

const holding = (checks: readonly JudgedCheck[]): string =>
  `${checks.filter(({ holds }) => holds).length} of ${checks.length}`;

/** Everything about one claim for a terminal, with a final line feed. */
export function claimText(judged: ClaimVerdict): string {
  const { id, verdict, checks, counterfactual, missing } = judged;
  const lines = [`${id} ${verdict}: ${sentence(judged)}`];
  if (missing !== undefined) lines.push(`  ${needs(judged)}`);
  for (const { holds, text, detail } of checks) {
    lines.push(`  ${holds ? "holds" : "FAILS"}  ${text}`, `         ${detail}`);
  }
  if (counterfactual !== undefined) {
    lines.push(`  without the mechanism: ${counterfactual.text}`);
    for (const { flipped, text, detail } of counterfactual.details) {
      lines.push(`  ${flipped ? "flips" : "STAYS"}  ${text}`, `         ${detail}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** What `validate --claims --output-format json` prints below the envelope. */
export function claimsJson(verdicts: readonly ClaimVerdict[]): {
  readonly summary: {
    readonly claimsHolding: number;
    readonly claimsFailing: number;
    readonly claimsNotYetExecutable: number;
  };
  readonly claims: readonly ClaimVerdict[];
} {
  const count = (verdict: ClaimVerdict["verdict"]): number =>
    verdicts.filter((judged) => judged.verdict === verdict).length;
  return {
    summary: {
      claimsHolding: count("holds"),
      claimsFailing: count("fails"),
      claimsNotYetExecutable: count("not yet executable"),
    },
    claims: verdicts,
  };
}
