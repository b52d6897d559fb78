import { describe, expect, it } from "vitest";
import { figureLaterText, movedPercent, type PointLater } from "../report/figure-later-report.ts";
import { kerneltax } from "../testing/captured-terminal.ts";
import { cellsOfRows } from "../testing/table-cells.ts";

interface Later {
  readonly id: string;
  readonly pointsLeftOut: number;
  readonly points: readonly (PointLater & { readonly movedPct: number | null })[];
}

async function later(figure: string): Promise<Later> {
  const args = ["--figure", figure, "--later", "--output-format", "json"];
  const { code, out } = await kerneltax("validate", ...args);
  expect(code).toBe(0);
  return JSON.parse(out).figures[0];
}

describe("validate --figure … --later", () => {
  it("measures each point in its window and in the next", async () => {
    const { points, pointsLeftOut } = await later("libdbos25-fig11");
    expect(pointsLeftOut).toBe(0);
    expect(points.map(({ series, x }) => `${series} ${x}`)).toEqual([
      "linux pread, uncached",
      "linux pwrite, uncached",
      "libdbos pread, uncached",
      "libdbos pwrite, uncached",
    ]);
    for (const point of points) {
      expect(Math.abs(point.movedPct!)).toBeLessThan(5);
      expect(point.movedPct).toBe(movedPercent(point));
    }
    expect(points.some(({ later, simulated }) => later !== simulated)).toBe(true);
    // The next window of the same run, done by hand.
    const moved = ["--set", "rampUs=20500", "--output-format=json"];
    const byHand = await kerneltax("run", "libdbos25-fig11", ...moved);
    const judged = JSON.parse(byHand.out).figure.points as readonly { simulated: number }[];
    expect(points.map((point) => point.later)).toEqual(judged.map(({ simulated }) => simulated));
  }, 60_000);

  it("leaves out what is a course over time, or a search", async () => {
    expect(await later("skyloft24-knees")).toMatchObject({ points: [], pointsLeftOut: 5 });
  });

  it.each([
    [["--later"], /--later: say of which figures/],
    [["--later", "--claims"], /--later: goes with --figure/],
    [["--later", "--ranges", "--figure", "xrp22-table1"], /--later: goes without --ranges/],
    [["--later", "--points", "--figure", "xrp22-table1"], /--points: goes without --later/],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await kerneltax("validate", ...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  });

  it("shows what moves, and what was refused", () => {
    const point = { series: "reads", x: "1", simulated: 100 };
    const text = figureLaterText({
      id: "figure",
      metric: "iops",
      left: 3,
      points: [
        { ...point, later: 104 },
        { ...point, x: "2", later: 80 },
        { ...point, x: "4", later: 106 },
        { ...point, x: "8", later: undefined, refusal: "too long" },
      ],
    });
    expect(cellsOfRows(text, "reads")).toEqual([
      ["reads", "2", "100", "80", "-20.0"],
      ["reads", "4", "100", "106", "6.0"],
      ["reads", "8", "100", "refused: too long", "–"],
    ]);
    expect(text).toContain("1 of 4 points move by less than 5 %");
    expect(text).toContain("3 points are a course over time or a search: left out");
  });
});
