/** Where the times of a path's stations stand: beside them, off the line, never on another time. */
import { around, type Box, freePlace, type Point } from "../../report/free-place.ts";
import { textWidth } from "../../report/svg.ts";

/** Of the drawing's size of type. */
const TYPE_SIZE = 0.8;
const STATION_RADIUS = 0.38;
/** Between two texts in a row, or they read as one, in pixels. */
const SPACE = 6;

/** A text and its place, in pixels. */
export interface PathLabel extends Point {
  readonly text: string;
  readonly anchor: "start" | "middle" | "end";
  readonly fontSize: number;
  readonly box: Box;
}

/**
 * The texts beside their stations; none where the distance between two stations is too short.
 *
 * @param stations from left to right; an empty text is left out.
 */
export function placePathLabels(
  stations: readonly (Point & { readonly text: string })[],
  fontSize: number,
): PathLabel[] {
  const small = TYPE_SIZE * fontSize;
  const gap = (stations[1]?.x ?? 0) - (stations[0]?.x ?? 0);
  if (stations.some(({ text }) => textWidth(text, small) > gap)) return [];
  const circles = stations.map((point) => around(point, STATION_RADIUS * fontSize));
  const placed: PathLabel[] = [];
  for (const [index, station] of stations.entries()) {
    if (station.text === "") continue;
    const boxes = [...circles, ...placed.map(({ box }) => box)];
    const places = placesOf(stations, index, fontSize);
    placed.push(freePlace(places, { boxes, lines: [stations] }));
  }
  return placed;
}

/** The places around a station; first the one on the side on which no line passes. */
function placesOf(
  stations: readonly (Point & { readonly text: string })[],
  index: number,
  fontSize: number,
): [PathLabel, ...PathLabel[]] {
  const { x, y, text } = stations[index]!;
  const [before, after] = [stations[index - 1]?.y ?? y, stations[index + 1]?.y ?? y];
  const small = TYPE_SIZE * fontSize;
  const width = textWidth(text, small);
  const [above, below] = [y - 0.5 * fontSize, y + 1.4 * fontSize];
  const at = (anchor: PathLabel["anchor"], baseline: number): PathLabel => {
    const left = { start: x + 7, middle: x - width / 2, end: x - 7 - width }[anchor];
    const box = {
      left: left - SPACE / 2,
      right: left + width + SPACE / 2,
      top: baseline - 0.75 * small,
      bottom: baseline,
    };
    const offset = { start: 7, middle: 0, end: -7 }[anchor];
    return { x: x + offset, y: baseline, text, anchor, fontSize: small, box };
  };
  const [near, far] = after > y ? (["start", "end"] as const) : (["end", "start"] as const);
  const over = [at(near, above), at("middle", above), at(far, above)] as const;
  const under = [at("middle", below), at(near, below), at(far, below)] as const;
  const isValley = before < y && after < y;
  return isValley ? [...under, ...over] : [...over, ...under];
}
