/** What the builder puts into the page beside its code. */
import type { Chapter } from "../experiment/chapter-format.ts";
import type { MetricName } from "../experiment/metric.ts";

export interface PageSeries {
  readonly title: string;
  readonly simulated: readonly { readonly x: number; readonly y: number }[];
  /** `hollow`: an input of the model. */
  readonly published: readonly {
    readonly x: number;
    readonly y: number;
    readonly hollow?: boolean;
  }[];
}

/** A published figure with the results of this version beside it. */
export interface PageFigure {
  readonly id: string;
  readonly title: string;
  readonly credit: string;
  /** Where the paper is. */
  readonly where: string;
  readonly metric: MetricName;
  readonly x: { readonly label: string; readonly scale: "linear" | "log" };
  readonly yLabel: string;
  /** Catalogue unit ÷ shown unit. */
  readonly divisor: number;
  /** Reading error of published values, in shown units. */
  readonly readError: number;
  readonly series: readonly PageSeries[];
  /** Of predicted points that sit on no device limit, in per cent. */
  readonly medianErrorPercent: number | null;
  readonly predicted: number;
  readonly claims: readonly { readonly text: string; readonly verdict: string }[];
  readonly gaps: readonly string[];
  /** Short hash of the specs that were simulated. */
  readonly spec: string;
}

export interface PageClaim {
  readonly id: string;
  readonly statement: string;
  /** Text of its `claim.json`; claims that cannot be executed yet have `missing` instead. */
  readonly text: string;
  readonly missing?: string;
}

export interface PageTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface PageBackend {
  readonly id: string;
  readonly title: string;
  readonly lectureName: string;
  readonly summary: string;
}

export interface PageData {
  readonly version: string;
  readonly chapters: readonly Chapter[];
  readonly figures: readonly PageFigure[];
  readonly claims: readonly PageClaim[];
  readonly tables: readonly PageTable[];
  readonly backends: readonly PageBackend[];
  readonly machines: readonly string[];
  /** One line: what the page will show when it is modelled. */
  readonly notModelled: string;
}
