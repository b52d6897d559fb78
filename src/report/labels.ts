/** Direct labels: the name of a curve beside its end, never on top of another name. */

/**
 * Moves positions apart, as little as possible, so that neighbours are at least `gap` apart and all
 * lie in [low, high]; returned in the order given.
 *
 * With z(i) = y(i) − i·gap over the sorted positions the task is to find the closest rising
 * sequence, which pooling adjacent violators does. When they cannot all fit, `high` is exceeded,
 * not `gap`.
 */
export function pushApart(
  positions: readonly number[],
  gap: number,
  low: number,
  high: number,
): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]!);
  const pools: { sum: number; count: number }[] = [];
  for (const [rank, index] of order.entries()) {
    let pool = { sum: positions[index]! - rank * gap, count: 1 };
    for (let last = pools.at(-1); last && mean(last) > mean(pool); last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  }
  const highest = Math.max(low, high - (positions.length - 1) * gap);
  const rising = pools.flatMap((pool) =>
    Array.from({ length: pool.count }, () => Math.min(highest, Math.max(low, mean(pool)))),
  );
  const moved = [...positions];
  for (const [rank, index] of order.entries()) moved[index] = rising[rank]! + rank * gap;
  return moved;
}

const mean = (pool: { sum: number; count: number }): number => pool.sum / pool.count;

/** Where a curve ends, in pixels, and how wide its name is. */
export interface LabelRequest {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Where a name starts; `isInside` when it stands within the frame, at the end of a short curve. */
export interface LabelPlace {
  readonly x: number;
  readonly y: number;
  readonly isInside: boolean;
}

/** The frame of a chart, in pixels. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Space that a label takes vertically, in pixels. */
export const LABEL_HEIGHT = 17;
/** From the frame to a name in the margin: room for a leader and the curve's symbol. */
const MARGIN_OFFSET = 24;
/** From the end of a curve to a name inside the frame. */
const INSIDE_OFFSET = 8;

/** Names of curves that end early stand inside, above the curve's end; the others in the margin. */
export function placeLabels(labels: readonly LabelRequest[], frame: Frame): LabelPlace[] {
  const isInside = labels.map(({ x, width }) => x + INSIDE_OFFSET + width < frame.right - 8);
  const places = labels.map((label, index): LabelPlace => {
    if (!isInside[index]) return { x: frame.right + MARGIN_OFFSET, y: label.y, isInside: false };
    return { x: label.x + INSIDE_OFFSET, y: label.y - INSIDE_OFFSET, isInside: true };
  });
  for (const inside of [true, false]) {
    const group = places.flatMap((place, index) => (place.isInside === inside ? [index] : []));
    const ys = group.map((index) => places[index]!.y);
    const moved = pushApart(ys, LABEL_HEIGHT, frame.top, frame.bottom);
    group.forEach((index, rank) => {
      places[index] = { ...places[index]!, y: moved[rank]! };
    });
  }
  return places;
}
