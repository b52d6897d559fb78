/** Which assumed numbers decide a claim, as text and JSON. */
import type { ClaimVerdict } from "./claim-verdict.ts";

/** A claim judged with one assumed number at one end of its range. */
export interface RangeVerdict {
  readonly path: string;
  readonly value: number;
  readonly unit: string;
  /** Undefined: the runs were refused, for the reason in `refusal`. */
  readonly verdict: ClaimVerdict | undefined;
  readonly refusal?: string;
}

export interface ClaimRanges {
  readonly verdict: ClaimVerdict;
  readonly ends: readonly RangeVerdict[];
}

/** The ends at which the verdict is another one. */
export function decidingEnds({ verdict, ends }: ClaimRanges): readonly RangeVerdict[] {
  return ends.filter((end) => end.verdict?.verdict !== verdict.verdict);
}

/** `2.1 holds at both ends of 48 assumed numbers`, or the numbers that decide it. */
export function claimRangesText(ranges: ClaimRanges): string {
  const { verdict, ends } = ranges;
  if (verdict.verdict === "not yet executable") return `${verdict.id} not yet executable\n`;
  const numbers = new Set(ends.map(({ path }) => path)).size;
  const deciding = decidingEnds(ranges);
  const head = `${verdict.id} ${verdict.verdict}: ${verdict.statement}\n`;
  if (deciding.length === 0) return `${head}  at both ends of all ${numbers} assumed numbers\n`;
  const lines = deciding.map((end) => `  ${endText(end)}: ${reasonText(end)}\n`);
  const place = `  at both ends of ${numbers} assumed numbers, but not with\n`;
  return `${head}${place}${lines.join("")}`;
}

const endText = ({ path, value, unit }: RangeVerdict): string => `${path} = ${value} ${unit}`;

function reasonText({ verdict, refusal }: RangeVerdict): string {
  if (verdict === undefined) return `refused: ${refusal}`;
  const failed = verdict.checks.filter(({ holds }) => !holds);
  const stuck = verdict.counterfactual?.details.filter(({ flipped }) => !flipped) ?? [];
  return [
    ...failed.map(({ id, detail }) => `${id} fails (${detail})`),
    ...stuck.map(({ id, detail }) => `${id} does not flip (${detail})`),
  ].join("; ");
}

/** For `--output-format json`. */
export function claimRangesJson(all: readonly ClaimRanges[]): object {
  return {
    claims: all.map((ranges) => ({
      id: ranges.verdict.id,
      verdict: ranges.verdict.verdict,
      assumedNumbers: new Set(ranges.ends.map(({ path }) => path)).size,
      decidedBy: decidingEnds(ranges).map((end) => ({
        path: end.path,
        value: end.value,
        unit: end.unit,
        reason: reasonText(end),
      })),
    })),
  };
}
