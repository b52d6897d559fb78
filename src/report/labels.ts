/** Direct labels: the name of a curve beside its end, never on top of anything else. */
import { type Box, freePlace, type Obstacles, type Point } from "./free-place.ts";

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
/** From the end of a curve to a leader. */
const LEADER_START = 8;
/** From a leader's end to the name: room for the curve's symbol. */
const LEADER_END = 17;
/** From the end of a curve to a name inside the frame: near, if there is room. */
const DISTANCES = [8, 14, 22, 32, 44] as const;
/** From the middle of a line of text to what must not touch it. */
const HALF_LINE = 7;
const TO_BORDER = 8;

/**
 * Names of curves that end early stand inside, beside the curve's end; the others in the margin.
 *
 * @param drawn what names inside must not touch.
 */
export function placeLabels(
  labels: readonly LabelRequest[],
  frame: Frame,
  drawn: Obstacles = { boxes: [], lines: [] },
): LabelPlace[] {
  const isInside = labels.map(({ x, width }) => x + DISTANCES[0] + width < frame.right - TO_BORDER);
  const places = labels.map(
    ({ y }): LabelPlace => ({ x: frame.right + MARGIN_OFFSET, y, isInside: false }),
  );
  const margin = labels.flatMap((_, index) => (isInside[index] ? [] : [index]));
  const ys = margin.map((index) => labels[index]!.y);
  const moved = pushApart(ys, LABEL_HEIGHT, frame.top, frame.bottom);
  margin.forEach((index, rank) => {
    places[index] = { ...places[index]!, y: moved[rank]! };
  });
  const leaders = margin.map((index) => leaderOf(labels[index]!, places[index]!));
  const obstacles = { boxes: [...drawn.boxes], lines: [...drawn.lines, ...leaders] };
  for (const [index, label] of labels.entries()) {
    if (!isInside[index]) continue;
    const { box, ...place } = freePlace(placesInside(label, frame), obstacles);
    places[index] = { ...place, isInside: true };
    obstacles.boxes.push(box);
  }
  return places;
}

/** The line from the end of a curve to the symbol before its name in the margin. */
export const leaderOf = ({ x, y }: Point, name: Point): [from: Point, to: Point] => [
  { x: x + LEADER_START, y },
  { x: name.x - LEADER_END, y: name.y },
];

/** Around the end of a curve, first above to the right; none leaves the frame. */
function placesInside(
  { x, y, width }: LabelRequest,
  frame: Frame,
): [Point & { box: Box }, ...(Point & { box: Box })[]] {
  const at = (left: number, middle: number): Point & { box: Box } => {
    const [top, bottom] = [middle - HALF_LINE, middle + HALF_LINE];
    return { x: left, y: middle, box: { left, right: left + width, top, bottom } };
  };
  const places = DISTANCES.flatMap((far) => [
    at(x + far, y - far),
    at(x + far, y + far),
    at(x + far, y),
    at(x - width / 2, y - far - HALF_LINE),
    at(x - width / 2, y + far + HALF_LINE),
    at(x - far - width, y - far),
    at(x - far - width, y + far),
  ]);
  const fits = places.filter(
    (place) =>
      place.x >= frame.left + TO_BORDER &&
      place.x + width <= frame.right - TO_BORDER &&
      place.y >= frame.top &&
      place.y <= frame.bottom - HALF_LINE,
  );
  const first = at(x + DISTANCES[0], Math.max(frame.top, y - DISTANCES[0]));
  return [fits.shift() ?? first, ...fits];
}
