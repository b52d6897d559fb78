/** What the page asks its simulator for, and what comes back. */
import type { Metrics } from "../experiment/metric.ts";
import type { Patch } from "../experiment/patch.ts";
import type { OperationTrace } from "../experiment/request-trace.ts";
import type { Interval } from "../experiment/result.ts";
import type { Story } from "../experiment/story.ts";
import type { ClaimVerdict } from "../report/claim-verdict.ts";

/** One thing to compute; equal tasks have equal answers, so that none is computed twice. */
export type Task =
  | { readonly kind: "run"; readonly input: Patch }
  | { readonly kind: "trace"; readonly input: Patch; readonly begins: string }
  | { readonly kind: "story"; readonly input: Patch }
  | { readonly kind: "claim"; readonly id: string; readonly text: string }
  | { readonly kind: "costs"; readonly machine: string; readonly backends: readonly string[] };

/** What the page keeps of a run. */
export interface RunAnswer {
  readonly kind: "run";
  readonly specHash: string;
  /** Hash of the whole result: the same in Node and in every browser. */
  readonly resultHash: string;
  readonly seed: number;
  readonly scale: number;
  readonly clockGHz: number;
  readonly operation: string;
  readonly operations: number;
  readonly metrics: Metrics;
  readonly intervals: readonly Interval[];
  /** Time of all cores by cause, in nanoseconds per operation. */
  readonly nsPerOperation: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

export interface CostRow {
  readonly part: string;
  readonly path: string;
  readonly value: number;
  readonly unit: string;
  readonly provenance: string;
  readonly range: string;
  readonly source: string;
  readonly cause: string;
  readonly meaning: string;
}

export type Answer =
  | RunAnswer
  | { readonly kind: "trace"; readonly trace: OperationTrace }
  | { readonly kind: "story"; readonly story: Story }
  | { readonly kind: "claim"; readonly verdict: ClaimVerdict }
  | { readonly kind: "costs"; readonly rows: readonly CostRow[] }
  /** The model refuses: a combination that makes no sense; or, `isFault`, the program broke. */
  | { readonly kind: "refused"; readonly message: string; readonly isFault: boolean };

export interface Request {
  readonly id: number;
  readonly task: Task;
}

export interface Reply {
  readonly id: number;
  readonly answer: Answer;
}
