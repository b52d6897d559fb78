/** Where a text can stand without hiding, or being hidden by, what is drawn already. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What a text must not touch. */
export interface Obstacles {
  readonly boxes: readonly Box[];
  /** Lines, each through its points. */
  readonly lines: readonly (readonly Point[])[];
}

export const overlaps = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** A square around a point. */
export const around = ({ x, y }: Point, half: number): Box => ({
  left: x - half,
  right: x + half,
  top: y - half,
  bottom: y + half,
});

/** Whether the straight line between two points passes through a box. */
export function crosses(box: Box, from: Point, to: Point): boolean {
  // The part of the line, from 0 to 1, that lies between each pair of the box's sides.
  const within = (start: number, end: number, low: number, high: number): [number, number] => {
    if (start === end) return start > low && start < high ? [0, 1] : [1, 0];
    const [a, b] = [(low - start) / (end - start), (high - start) / (end - start)];
    return [Math.min(a, b), Math.max(a, b)];
  };
  const [x1, x2] = within(from.x, to.x, box.left, box.right);
  const [y1, y2] = within(from.y, to.y, box.top, box.bottom);
  return Math.max(0, x1, y1) < Math.min(1, x2, y2);
}

/** How many of the obstacles a text would touch there. */
export function hitsAt(box: Box, { boxes, lines }: Obstacles): number {
  const crossed = lines.flatMap((points) =>
    points.slice(1).filter((point, index) => crosses(box, points[index]!, point)),
  );
  return boxes.filter((other) => overlaps(box, other)).length + crossed.length;
}

/** The first place that touches least; places come in the order in which they are liked. */
export function freePlace<Place extends { readonly box: Box }>(
  places: readonly [Place, ...Place[]],
  obstacles: Obstacles,
): Place {
  let [best] = places;
  let least = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const hits = hitsAt(place.box, obstacles);
    if (hits >= least) continue;
    [best, least] = [place, hits];
    if (hits === 0) break;
  }
  return best;
}
