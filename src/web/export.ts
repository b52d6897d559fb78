/**
 * Any chart as a file: SVG, PNG, CSV. Each carries the version, the seed and the specs that it was
 * computed from, so that a slide can still be traced back to its runs.
 */
import { shortHash } from "../experiment/spec-hash.ts";
import { h, svg } from "./dom.ts";
import { withText } from "./png-text.ts";
import { LIGHT, type Theme } from "./theme.ts";

/** What a chart is made of, beside its picture. */
export interface ChartFile {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** Hashes of the resolved specs. */
  readonly specs: readonly string[];
  readonly seed: number;
  readonly draw: (theme: Theme, width: number, fontSize: number) => SVGSVGElement;
}

export const FORMATS = ["SVG", "PNG", "CSV"] as const;
export type FileFormat = (typeof FORMATS)[number];

const EXPORT_WIDTH = 960;
const PNG_SCALE = 2;

/** One line: where the picture comes from. */
export function origin(file: ChartFile, version: string): string {
  const specs = [...new Set(file.specs)];
  const spec =
    specs.length === 1 ? `spec ${specs[0]}` : `${specs.length} specs ${shortHash(specs)}`;
  return `kerneltax ${version}, seed ${file.seed}, ${spec}`;
}

export async function download(
  file: ChartFile,
  format: FileFormat,
  version: string,
): Promise<void> {
  const blob = await contentOf(file, format, version);
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: `${file.name}.${format.toLowerCase()}` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function contentOf(file: ChartFile, format: FileFormat, version: string): Promise<Blob> {
  switch (format) {
    case "CSV":
      return new Blob([csvOf(file, version)], { type: "text/csv" });
    case "SVG":
      return new Blob([svgText(standalone(file, version))], { type: "image/svg+xml" });
    case "PNG":
      return pngOf(file, version);
  }
}

/** The table of a chart; version and seed stand in every row, as the specs do. */
function csvOf({ head, rows, seed }: ChartFile, version: string): string {
  const lines = [[...head, "seed", "version"], ...rows.map((row) => [...row, seed, version])];
  return lines.map((cells) => `${cells.map(csvCell).join(",")}\n`).join("");
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Title, chart, and its origin below, on white. */
function standalone(file: ChartFile, version: string): SVGSVGElement {
  const fontSize = 14;
  const chart = file.draw(LIGHT, EXPORT_WIDTH - 48, fontSize);
  const chartHeight = Number(chart.getAttribute("height"));
  const height = chartHeight + 96;
  chart.setAttribute("x", "24");
  chart.setAttribute("y", "52");
  const metadata = { tool: "kerneltax", version, seed: file.seed, specs: file.specs };
  return svg(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: EXPORT_WIDTH,
      height,
      viewBox: `0 0 ${EXPORT_WIDTH} ${height}`,
      "font-family": "Helvetica, Arial, sans-serif",
      "font-size": fontSize,
    },
    svg("title", {}, file.title),
    svg("metadata", {}, JSON.stringify(metadata)),
    svg("rect", { width: EXPORT_WIDTH, height, fill: LIGHT.paper }),
    svg("text", { x: 24, y: 32, "font-size": 20, "font-weight": "bold" }, file.title),
    chart,
    svg(
      "text",
      { x: 24, y: height - 16, fill: LIGHT.pale, "font-size": 12 },
      origin(file, version),
    ),
  );
}

const svgText = (element: SVGSVGElement): string =>
  `${new XMLSerializer().serializeToString(element).replaceAll("currentColor", LIGHT.ink)}\n`;

async function pngOf(file: ChartFile, version: string): Promise<Blob> {
  const element = standalone(file, version);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(element))}`;
  await image.decode();
  const canvas = h("canvas");
  canvas.width = EXPORT_WIDTH * PNG_SCALE;
  canvas.height = Number(element.getAttribute("height")) * PNG_SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (blob === null) throw new Error("this browser cannot write a PNG");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const specs = [...new Set(file.specs)].join(" ");
  const comment = `${origin(file, version)}: ${specs}`;
  return new Blob([withText(bytes, "Comment", comment)], { type: "image/png" });
}
