/** What the catalogue says about each metric. */
export interface Metric {
  readonly title: string;
  /** Unit of the stored value; tables may scale it with an SI prefix. */
  readonly unit: "1/s" | "B/s" | "B" | "ns" | "cycles" | "1";
  readonly better: "higher" | "lower" | "neither";
  readonly meaning: string;
  /** Whether baselines keep it. */
  readonly isBaseline?: true;
}
