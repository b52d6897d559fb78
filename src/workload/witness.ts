/**
 * What happens in a run, told while it happens: for whoever steps through a failure.
 *
 * A workload that has a story to tell notes moments; every sentence and every content of a place is
 * read off the running system. Nothing is noted when nobody listens.
 */

/** Who acts in a moment, from the top of a machine down. */
export const ACTORS = ["database", "kernel", "drive", "power"] as const;
export type Actor = (typeof ACTORS)[number];

export interface Moment {
  readonly atPs: number;
  readonly who: Actor;
  /** One sentence without its full stop. */
  readonly what: string;
  /** `bad`: here something goes wrong; `good`: here it is prevented. */
  readonly tone?: "good" | "bad";
  /** Place → what it holds now, from the top of a machine down. */
  readonly holds: Readonly<Record<string, string>>;
}

export type Witness = (moment: Moment) => void;

/** Whether a story says when; the crash explorer orders what happens and does not time it. */
export const isTimed = (moments: readonly Moment[]): boolean =>
  moments.some(({ atPs }) => atPs > 0);
