import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { type Figure, figurePoints, parseFigure } from "../experiment/figure.ts";
import type { ResultRow } from "../experiment/result.ts";
import { figureSvg } from "./plot.ts";
import type { PublishedValue } from "./published.ts";

const figure: Figure = parseFigure(
  JSON.stringify({
    id: "toy-fig1",
    title: "Reads < writes & more",
    source: { key: "toy", figure: "1", readFrom: "raster plot", readErrorPercent: 1 },
    x: { name: "threads", label: "threads", path: "workload.jobs", scale: "log" },
    y: { metric: "iops", label: "reads", divisor: 1e6, unit: "M/s" },
    run: { workload: { kind: "raw-io" } },
    xs: [1, 2, 4, 8, 16, 32, 64],
    series: [
      { id: "a", title: "first" },
      { id: "b", title: "second, the same values" },
      { id: "c", title: "third, the same values" },
      { id: "d", title: "short", xs: [1, 2, 3, 4] },
    ],
    calibrated: [{ series: "a", xs: [1], why: "input" }],
    tolerancePercent: 5,
    claims: [],
    knownGaps: [],
  }),
  "figure.json",
);

const points = figurePoints(figure).map(({ series, x }) => ({
  figure: figure.id,
  series,
  x,
  metric: "iops" as const,
  unit: "1/s",
  value: Math.min(12.6e6, x * 0.7e6),
}));
const rows: ResultRow[] = points.map((point) => ({ ...point, spec: "s" }));
const published: PublishedValue[] = points.map((point) => ({ ...point, provenance: "V-F" }));

interface Element {
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

function withDescription(svg: Element, start: string): Element[] {
  return [...svg.querySelectorAll("g")].filter((group) =>
    group.getAttribute("aria-description")?.startsWith(start),
  );
}

/** Pixel position of the only child of a group that is moved by a transform. */
function positionOf(group: Element): { x: number; y: number } {
  const [child] = [...group.querySelectorAll("[transform]")];
  const [x, y] = /translate\(([^,]+),([^)]+)\)/.exec(child!.getAttribute("transform")!)!.slice(1);
  return { x: Number(x), y: Number(y) };
}

describe("figureSvg", () => {
  let text = "";
  let svg: Element;
  beforeAll(() => {
    text = figureSvg(figure, published, rows);
    svg = parseHTML(text).document.querySelector("svg") as unknown as Element;
  });

  it("is a standalone SVG file on white with explicit colours", () => {
    expect(text).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(text).toMatch(/^<svg [^>]*><rect width="760" height="460" fill="#ffffff"/);
    expect(text).not.toContain("currentColor");
    expect(text).not.toContain("<style");
    expect(text).toContain("Reads &lt; writes &amp; more");
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("has the same bytes for the same values, and other bytes for others", () => {
    expect(figureSvg(figure, published, rows)).toBe(text);
    expect(figureSvg(figure, [...published].reverse(), [...rows].reverse())).toBe(text);
    const moved = rows.map((row, index) => (index === 0 ? { ...row, value: 1.1e6 } : row));
    expect(figureSvg(figure, published, moved)).not.toBe(text);
  });

  it("rounds coordinates to hundredths of a pixel", () => {
    expect(text.match(/="[^"]*\d\.\d{3,}[^"]*"/g)).toBeNull();
  });

  it("draws one line per series and one symbol per published value", () => {
    expect(withDescription(svg, "simulated: ")).toHaveLength(4);
    const symbols = withDescription(svg, "published: ").flatMap((group) => [
      ...group.querySelectorAll("path,circle"),
    ]);
    expect(symbols).toHaveLength(published.length - 1);
  });

  it("draws calibrated points hollow and the others filled", () => {
    const hollow = withDescription(svg, "calibrated: ").filter(
      (group) => [...group.querySelectorAll("path,circle")].length > 0,
    );
    expect(hollow.map((group) => group.getAttribute("aria-description"))).toEqual([
      "calibrated: first",
    ]);
    expect(hollow[0]?.getAttribute("fill")).toBe("#ffffff");
    for (const group of withDescription(svg, "published: ")) {
      expect(group.getAttribute("fill")).not.toBe("#ffffff");
    }
  });

  it("gives each series a colour, a dash pattern and a symbol of its own", () => {
    const lines = withDescription(svg, "simulated: ");
    expect(new Set(lines.map((line) => line.getAttribute("stroke"))).size).toBe(4);
    expect(new Set(lines.map((line) => line.getAttribute("stroke-dasharray"))).size).toBe(4);
    const shapes = withDescription(svg, "published: ").map((group) => {
      const [symbol] = [...group.querySelectorAll("path,circle")];
      return symbol?.getAttribute("d") ?? "circle";
    });
    expect(new Set(shapes).size).toBe(4);
  });

  it("labels series at their ends without overlap, even where the curves coincide", () => {
    const labels = withDescription(svg, "series label");
    expect(labels.map((label) => label.textContent)).toEqual(
      figure.series.map((series) => series.title),
    );
    const places = labels.map(positionOf);
    const margin = places.filter((place) => place.x > 500);
    expect(margin).toHaveLength(3);
    const ys = margin.map((place) => place.y).sort((a, b) => a - b);
    expect(ys[1]! - ys[0]!).toBeGreaterThanOrEqual(16.9);
    expect(ys[2]! - ys[1]!).toBeGreaterThanOrEqual(16.9);
  });

  it("labels every tick that it draws, and names both axes with their units", () => {
    const [ticks] = [...svg.querySelectorAll("g")].filter(
      (group) => group.getAttribute("aria-label") === "x-axis tick label",
    );
    const shown = [...ticks!.querySelectorAll("text")].map((tick) => tick.textContent);
    expect(shown).toEqual(["1", "2", "3", "4", "8", "16", "32", "64"]);
    expect(text).toContain("reads [M/s]");
    expect(text).toContain(">threads<");
  });

  it("marks the reading error around every published value", () => {
    const bars = withDescription(svg, "reading error: ").flatMap((group) => [
      ...group.querySelectorAll("line"),
    ]);
    expect(bars).toHaveLength(published.length);
  });

  it("draws a figure that has not been published, or not been run", () => {
    expect(figureSvg(figure, [], rows)).toContain("simulated: first");
    expect(figureSvg(figure, published, [])).not.toMatch(/NaN|undefined|Infinity/);
  });
});
