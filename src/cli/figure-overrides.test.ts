import { describe, expect, it } from "vitest";
import { figurePoints } from "../experiment/figure.ts";
import { checkFigureSet } from "./figure-overrides.ts";
import { loadFigures } from "./figures.ts";
import { adaptation } from "./overrides-for.ts";

function check(id: string, set: Readonly<Record<string, number>>): void {
  const { figure } = loadFigures([id])[0]!;
  const inputs = figurePoints(figure).map(({ input }) => input);
  checkFigureSet(figure, adaptation(inputs, set, undefined), set);
}

describe("--set over a figure", () => {
  it.each([
    ["what x stands for", "haas23-fig6", "workload.jobs", "threads"],
    ["what each point brings along", "haas23-fig4", "workload.ioDepth", "outstanding requests"],
    ["a model number that is all that differs", "libdbos25-cached", "kernel.systemCall", "system"],
  ])("does not replace %s", (_, id, path, x) => {
    expect(() => check(id, { drives: 1, [path]: 8 })).toThrow(
      `--set: ${id} varies ${path} along its x axis (${x}), with one value its points would`,
    );
  });

  it("replaces what points have different values of beside their x", () => {
    expect(() => check("haas23-fig14", { "workload.scale": 0.001, rampUs: 100 })).not.toThrow();
  });

  it("replaces what is the same at every point", () => {
    expect(() => check("haas23-fig6", { drives: 2, "kernel.systemCall": 0 })).not.toThrow();
  });
});
