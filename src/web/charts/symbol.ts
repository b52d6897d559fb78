/** Symbols and dashes that tell curves apart without colour. */
import { svg } from "../dom.ts";

export const DASHES = ["none", "7 3", "2 2.5", "10 3 2 3", "4 2", "12 3", "1 3"] as const;

/** Distances of the corners from the centre, in turn, and where the first one lies, in turns. */
interface Shape {
  readonly corners: number;
  readonly radii: readonly number[];
  readonly turn: number;
}

/** Of about the same area; the first curve has a circle. */
const SHAPES: readonly (Shape | undefined)[] = [
  undefined,
  { corners: 4, radii: [1.25], turn: 0.125 },
  { corners: 3, radii: [1.5], turn: 0 },
  { corners: 4, radii: [1.45], turn: 0 },
  { corners: 6, radii: [1.15], turn: 0 },
  { corners: 10, radii: [1.6, 0.65], turn: 0 },
  { corners: 8, radii: [1.5, 0.55], turn: 0.125 },
];

/** The symbol of curve `index`, as large as a circle of radius `r`. */
export function symbolAt(
  index: number,
  x: number,
  y: number,
  r: number,
  style: Readonly<Record<string, string | number>>,
): SVGElement {
  const shape = SHAPES[index % SHAPES.length];
  if (shape === undefined) return svg("circle", { cx: x, cy: y, r, ...style });
  const points = Array.from({ length: shape.corners }, (_, corner) => {
    const angle = 2 * Math.PI * (corner / shape.corners + shape.turn);
    const radius = r * shape.radii[corner % shape.radii.length]!;
    return `${x + radius * Math.sin(angle)},${y - radius * Math.cos(angle)}`;
  });
  return svg("polygon", { points: points.join(" "), ...style });
}
