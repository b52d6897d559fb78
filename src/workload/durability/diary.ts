/** What a checkpointing store went through, about the one page whose write failed. */
import type { Actor, Moment, Witness } from "../witness.ts";

/** Contents of one page in each place: transactions in words, such as `1–20`. */
export interface PageState {
  readonly memory: string;
  /** Absent: the data file is written directly. */
  readonly cache?: string;
  readonly drive: string;
}

export interface DiaryState {
  readonly pages: readonly PageState[];
  readonly log: string;
}

interface Entry {
  readonly atPs: number;
  readonly who: Actor;
  readonly what: string;
  readonly tone: Moment["tone"];
  readonly state: DiaryState;
}

export class Diary {
  /** What drives were asked to write since the last `beginCall`. */
  writesSinceCall = 0;
  readonly #entries: Entry[] = [];
  readonly #look: () => DiaryState;
  #firstOfMany: { readonly number: number; readonly atPs: number } | undefined;

  /** @param look reads every place as it is now. */
  constructor(look: () => DiaryState) {
    this.#look = look;
  }

  note(atPs: number, who: Actor, what: string, tone?: Moment["tone"]): void {
    if (who === "drive") this.writesSinceCall += 1;
    this.noteState(atPs, who, what, tone, this.#look());
  }

  /** An entry about places that do not look so now. */
  noteState(atPs: number, who: Actor, what: string, tone: Moment["tone"], state: DiaryState): void {
    this.#firstOfMany = undefined;
    // A thread's clock may be ahead of the drives' by the look-ahead.
    const latestPs = Math.max(atPs, this.#entries.at(-1)?.atPs ?? 0);
    this.#entries.push({ atPs: latestPs, who, what, tone, state });
  }

  beginCall(): void {
    this.writesSinceCall = 0;
  }

  /** Transactions that follow each other are one entry. */
  acknowledged(atPs: number, number: number): void {
    const first = this.#firstOfMany ?? { number, atPs };
    if (this.#firstOfMany !== undefined) this.#entries.pop();
    const range = rangeText(first.number, number);
    const what = `transactions ${range}: each is acknowledged once its log record is durable`;
    this.note(first.atPs, "database", what);
    this.#firstOfMany = first;
  }

  /** Tells everything, with the contents of `page`. */
  tell(page: number, witness: Witness): void {
    for (const { atPs, who, what, tone, state } of this.#entries) {
      const { memory, cache, drive } = state.pages[page]!;
      const holds = {
        [`page ${page} in the process`]: memory,
        ...(cache === undefined ? {} : { [`page ${page} in the page cache`]: cache }),
        [`page ${page} on the drive`]: drive,
        "log on the drive": state.log,
      };
      witness({ atPs, who, what, ...(tone && { tone }), holds });
    }
  }
}

export const rangeText = (first: number, last: number): string =>
  first === last ? String(first) : `${first}–${last}`;

/** Which transactions left their numbers in slots: runs of them, in words. */
export function slotsText(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.length === 0 ? "nothing" : runs.map((run) => rangeText(...run)).join(", ");
}
