/** What charts of figures have in common: title, credit, key, and the name of the values. */
import * as Plot from "@observablehq/plot";
import type { Figure } from "../experiment/figure.ts";
import { METRICS } from "../experiment/metric.ts";
import { PALE, pixels, textAt, textWidth } from "./svg.ts";
import { columnHeader } from "./table.ts";

const TITLE_SIZE = 16;
const WIDTH = 760;

export const withUnit = (title: string, unit: string | undefined): string =>
  columnHeader({ title, ...(unit === undefined ? {} : { unit }) });

/** What the values of a figure are called, with their unit. */
export function valueLabel({ y }: Figure): string {
  const { metric, label, unit, divisor } = y;
  const ownUnit = METRICS[metric].unit === "1" ? undefined : METRICS[metric].unit;
  return withUnit(label ?? METRICS[metric].title, unit ?? (divisor === 1 ? ownUnit : undefined));
}

/** Ticks of a logarithmic scale: 1, 2 and 5 of each decade within the domain. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const ticks: number[] = [];
  for (let decade = 1e-9; decade <= high; decade *= 10) {
    for (const factor of [1, 2, 5]) {
      const tick = Number((decade * factor).toPrecision(1));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** Where the key stands, in pixels, and what simulated values are drawn as. */
export interface KeyPlace {
  readonly left: number;
  readonly keyY: number;
  readonly simulated: "line" | "bar";
}

/** Title, credit, and the key that says what symbols and lines or bars are. */
export function titleMarks(figure: Figure, credit: string, place: KeyPlace): Plot.Markish[] {
  const { left, keyY, simulated } = place;
  const dot = (x: number, hollow: boolean): Plot.Markish =>
    Plot.dot([0], {
      x: pixels([x]),
      y: pixels([keyY]),
      r: 4.5,
      fill: hollow ? "#ffffff" : PALE,
      stroke: PALE,
      strokeWidth: 1.75,
      ariaDescription: "key",
    });
  const stroke = Plot.link([0], {
    x1: pixels([left + 304]),
    x2: pixels([left + 330]),
    y1: pixels([keyY]),
    y2: pixels([keyY]),
    stroke: PALE,
    strokeWidth: simulated === "line" ? 2 : 10,
    strokeOpacity: simulated === "line" ? 1 : 0.55,
    ariaDescription: "key",
  });
  const small = { fill: PALE };
  const values = simulated === "line" ? "simulated" : "simulated; numbers: simulated (published)";
  return [
    textAt(figure.title, 16, 22, { fontSize: titleSize(figure.title), fontWeight: "bold" }),
    textAt(`Published: ${credit}. Shaded: reading error.`, 16, 42, small),
    dot(left + 6, false),
    textAt("published", left + 17, keyY, small),
    dot(left + 94, true),
    textAt("published, used as model input", left + 105, keyY, small),
    stroke,
    textAt(values, left + 337, keyY, small),
  ];
}

/** A long title is set smaller, so that it ends within the chart. */
function titleSize(title: string): number {
  const width = textWidth(title, TITLE_SIZE) * 1.02;
  return Math.min(TITLE_SIZE, Math.floor((TITLE_SIZE * (WIDTH - 32) * 10) / width) / 10);
}
