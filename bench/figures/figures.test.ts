import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/base/usage-error.ts";
import { figurePoints, isCalibrated, parseFigure, seriesXs } from "../../src/experiment/figure.ts";
import { rawIoOf } from "../../src/experiment/workloads/raw-io-spec.ts";
import { decideCheck } from "../../src/report/claim.ts";
import { parsePublished } from "../../src/report/published.ts";

const here = new URL("./", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, here), "utf8");
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();
const sources: Record<string, Record<string, unknown>> = JSON.parse(read("../sources.json"));

describe.each(folders)("%s", (folder) => {
  const file = `${folder}/figure.json`;
  const figure = parseFigure(read(file), file);
  const published = parsePublished(
    read(`${folder}/published.csv`),
    figure,
    `${folder}/published.csv`,
  );
  const valueAt = (series: string, x: number, metric: string): number | undefined =>
    published.find((row) => row.series === series && row.x === x && row.metric === metric)?.value;

  it("is named after its source and figure, and the source is known", () => {
    expect(figure.id).toBe(folder);
    // A numbered figure goes by its number; authors' data by what it is.
    const isNumbered = /^\d/.test(figure.source.figure);
    const { key, figure: number } = figure.source;
    if (isNumbered) expect(folder).toBe(`${key}-fig${number}`);
    else expect(folder.startsWith(`${key.split("-")[0]}-`)).toBe(true);
    expect(Object.keys(sources)).toContain(figure.source.key);
  });

  it("has values or a claim for every series, and calibrates only with published ones", () => {
    for (const series of figure.series) {
      const isPublished = published.some((row) => row.series === series.id);
      const isClaimed = JSON.stringify(figure.claims).includes(`"${series.id}"`);
      expect(isPublished || isClaimed, series.id).toBe(true);
      for (const x of seriesXs(figure, series)) {
        if (isCalibrated(figure, series.id, x)) {
          expect(valueAt(series.id, x, figure.y.metric), `${series.id} at ${x}`).toBeDefined();
        }
      }
    }
  });

  it("claims nothing that the published values themselves refute", () => {
    let decided = 0;
    for (const claim of figure.claims) {
      const outcome = onPublished(() =>
        decideCheck(claim.check, {
          metric: figure.y.metric,
          value: (series, x, metric) => {
            const value = valueAt(series, x, metric);
            if (value === undefined) throw new UsageError("not published");
            return value;
          },
          xs: (id) => published.filter((row) => row.series === id).map((row) => row.x),
          errors: () => [],
        }),
      );
      if (outcome === undefined) continue;
      decided += 1;
      expect(outcome, claim.text).toMatchObject({ holds: true });
    }
    expect(decided).toBeGreaterThan(0);
  });

  it("has a README of at most 30 lines", () => {
    expect(existsSync(new URL(`${folder}/README.md`, here))).toBe(true);
    expect(read(`${folder}/README.md`).trimEnd().split("\n").length).toBeLessThanOrEqual(30);
  });
});

/** Claims about points that the authors did not publish cannot be checked against them. */
function onPublished<T>(decide: () => T): T | undefined {
  try {
    return decide();
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

describe("haas23-fig4", () => {
  const figure = parseFigure(read("haas23-fig4/figure.json"), "haas23-fig4/figure.json");

  it("keeps x requests in flight", () => {
    for (const { x, input } of figurePoints(figure)) {
      const { jobs = 1, ioDepth = 1 } = rawIoOf(input.workload);
      expect(Math.abs(jobs * ioDepth - x)).toBeLessThanOrEqual(1);
    }
  });
});

describe("sources.json", () => {
  it("says for every source who, where, when and what was really read", () => {
    for (const [key, source] of Object.entries(sources)) {
      expect(Object.keys(source), key).toEqual([
        "title",
        "authors",
        "venue",
        "year",
        "where",
        "note",
      ]);
      for (const value of Object.values(source)) expect(value, key).toBeTruthy();
      expect(Number.isInteger(source["year"]), key).toBe(true);
    }
  });
});
