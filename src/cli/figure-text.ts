/** A judged figure as text: its points, one line per claim, one line per failure. */
import type { FigureJudgement, JudgedClaim } from "../report/judge.ts";
import { wrapText } from "../report/prose.ts";
import { renderTable } from "../report/table.ts";
import { pointsTable } from "../report/validation.ts";

const MARKS: { readonly [verdict in JudgedClaim["verdict"]]: string } = {
  holds: "holds    ",
  fails: "FAILS    ",
  "known gap": "known gap",
  "stale gap": "STALE GAP",
};

/** Title, table of points, one line per claim; ends in a line feed. */
export function figureText(judgement: FigureJudgement, credit: string, columns?: number): string {
  const title = `${judgement.id}: ${judgement.title} (published: ${credit})`;
  const verdicts = wrapText(verdictLines(judgement), columns);
  return `${title}\n${renderTable(pointsTable(judgement), columns)}\n${verdicts}`;
}

/** One line per claim. */
export function verdictLines({ id, claims }: FigureJudgement): string {
  return claims
    .map(({ text, verdict, detail, gap }) => {
      const why = gap === undefined ? "" : ` [gap: ${gap}]`;
      return `  ${MARKS[verdict]} ${id}: ${text} (${detail})${why}\n`;
    })
    .join("");
}

/** One line per reason to turn red; empty when the figure stands. */
export function failureLines({ failures }: FigureJudgement): string {
  return failures.map((failure) => `  FAILURE ${failure}\n`).join("");
}
