/** Up to which length bars are drawn to scale, when some would leave nothing to see of the rest. */

/** Comes last in a bar, and is cut when it would leave nothing to see of the work. */
export const WAITING = "pollingEmpty";
const LONGEST_WAITING = 1.5;
/** A bar this much longer than the next one is broken: the next would be a sliver beside it. */
const OVERLONG = 8;
/** To where it is drawn, of the next one: visibly longer. */
const BEYOND_NEXT = 1.2;

/** The length of one bar, and how much of it is polling in vain. */
export interface BarLength {
  readonly total: number;
  readonly waiting: number;
}

/** Up to where bars are drawn so that no polling in vain dwarfs all work. */
export function shownWithWaiting(bars: readonly BarLength[]): number {
  const longest = Math.max(...bars.map(({ total }) => total), Number.MIN_VALUE);
  const work = Math.max(...bars.map(({ total, waiting }) => total - waiting));
  return work > 0 ? Math.min(longest, LONGEST_WAITING * work) : longest;
}

/** The same, where up to half of the bars may be overlong whatever their time went to. */
export function shownLength(bars: readonly BarLength[]): number {
  const shown = shownWithWaiting(bars);
  const lengths = bars.map(({ total }) => Math.min(total, shown)).sort((a, b) => b - a);
  for (let cut = 1; cut <= lengths.length / 2; cut++) {
    const next = lengths[cut]!;
    if (next > 0 && lengths[cut - 1]! > OVERLONG * next) return BEYOND_NEXT * next;
  }
  return shown;
}
