/** Which assumed numbers decide how well a figure is predicted, as text and JSON. */
import type { FigureJudgement } from "./judge.ts";
import { renderTable, type Table } from "./table.ts";
import { summarise } from "./validation.ts";

/** A figure judged with one assumed number at one end of its range. */
export interface FigureEnd {
  readonly path: string;
  readonly value: number;
  readonly unit: string;
  /** Undefined: the runs were refused, for the reason in `refusal`. */
  readonly judgement: FigureJudgement | undefined;
  readonly refusal?: string;
}

export interface FigureRanges {
  readonly judgement: FigureJudgement;
  readonly ends: readonly FigureEnd[];
}

/** A median that moves by less, in points of per cent, is not worth a row. */
const WORTH_A_ROW = 0.5;

interface Effect extends FigureEnd {
  readonly median: number | null;
  /** Texts of claims whose verdict is another one. */
  readonly changed: readonly string[];
  /** How far the median error moves, in points of per cent. */
  readonly moved: number;
}

/** The ends that change something, those that move the median error most first. */
function decidingFigureEnds({ judgement, ends }: FigureRanges): readonly Effect[] {
  const asIs = medianOf(judgement);
  const effects = ends.map((end): Effect => {
    const median = end.judgement === undefined ? null : medianOf(end.judgement);
    const changed = judgement.claims.flatMap(({ text, verdict }, index) => {
      const now = end.judgement?.claims[index]?.verdict;
      return now === undefined || now === verdict ? [] : [`${shown(now)}: ${text}`];
    });
    const moved = asIs === null || median === null ? 0 : Math.abs(median - asIs);
    return { ...end, median, changed, moved };
  });
  return effects
    .filter(
      ({ moved, changed, refusal }) =>
        moved >= WORTH_A_ROW || changed.length > 0 || refusal !== undefined,
    )
    .sort((a, b) => b.moved - a.moved);
}

export function figureRangesText(ranges: FigureRanges): string {
  const { judgement, ends } = ranges;
  const median = medianOf(judgement);
  const numbers = new Set(ends.map(({ path }) => path)).size;
  const deciding = decidingFigureEnds(ranges);
  const error = median === null ? "no point counts" : `median error ${median.toFixed(1)} %`;
  const head = `${judgement.id}: ${error}; each of ${numbers} assumed numbers at both ends`;
  const others = numbers - new Set(deciding.map(({ path }) => path)).size;
  const rest = `the other ${others}: median error within ${WORTH_A_ROW} points, no claim changes`;
  if (deciding.length === 0) return `${head}\n${rest}\n`;
  return `${head}\n${renderTable(tableOf(deciding))}\n${rest}\n`;
}

function tableOf(effects: readonly Effect[]): Table {
  return {
    columns: [
      { title: "assumed number" },
      { title: "at" },
      { title: "median error [%]", digits: 1 },
      { title: "claims that change" },
    ],
    rows: effects.map(({ path, value, unit, median, changed, refusal }) => [
      path,
      `${Number(value.toPrecision(4))} ${unit === "1" ? "" : unit}`.trim(),
      median ?? "–",
      refusal === undefined ? changed.join("; ") : `refused: ${refusal}`,
    ]),
  };
}

/** For `--output-format json`. */
export function figureRangesJson(all: readonly FigureRanges[]): object {
  return {
    figures: all.map((ranges) => ({
      id: ranges.judgement.id,
      medianAbsErrorPct: medianOf(ranges.judgement),
      assumedNumbers: new Set(ranges.ends.map(({ path }) => path)).size,
      decidedBy: decidingFigureEnds(ranges).map(
        ({ path, value, unit, median, changed, refusal }) => ({
          path,
          value,
          unit,
          medianAbsErrorPct: median,
          claimsChanged: changed,
          refusal,
        }),
      ),
    })),
  };
}

const medianOf = (judgement: FigureJudgement): number | null =>
  summarise([judgement]).medianAbsErrorPct;

const shown = (verdict: string): string => (verdict === "stale gap" ? "holds now" : verdict);
