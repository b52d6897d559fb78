import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { loadChapters } from "../cli/chapters.ts";
import { findBackend, resolveExperiment } from "./assemble.ts";
import { parseChapter } from "./chapter.ts";
import type { Chapter } from "./chapter-format.ts";
import { chapterInputs, chartPoints, predictionInput, rightOption } from "./chapter-points.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

const chapters = loadChapters();
const sample = chapters.find(({ id }) => id === "storage")!;

/** The sample with one thing wrong. */
const broken = (change: (chapter: Record<string, unknown> & Chapter) => void): (() => Chapter) => {
  const copy = structuredClone(sample) as Record<string, unknown> & Chapter;
  change(copy);
  return () => parseChapter(JSON.stringify(copy), "chapter.json");
};

/** Why a run is refused; "" when it is not. */
function refusal(input: unknown): string {
  try {
    resolveExperiment(parseSpec(input));
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
}

describe("chapters", () => {
  it("are numbered as the lecture numbers its case studies", () => {
    expect(chapters.map(({ number }) => number)).toEqual(
      [...new Set(chapters.map(({ number }) => number))].sort(),
    );
    for (const { number, claims } of chapters) {
      if (number === 4) continue;
      for (const claim of claims) expect(claim).toMatch(new RegExp(`^(?:${number}|5)\\.`));
    }
  });

  it("have knobs that each change something", () => {
    for (const chapter of chapters) {
      for (const { id, options, initial } of chapter.knobs) {
        const first = JSON.stringify(chartPoints(chapter, {}));
        for (const option of options.keys()) {
          const turned = JSON.stringify(chartPoints(chapter, { [id]: option }));
          expect([chapter.id, id, option, turned === first]).toEqual([
            chapter.id,
            id,
            option,
            option === initial,
          ]);
        }
      }
    }
  });

  it("have no cores beside the workers, which would only poll", () => {
    const inputs = chapters.flatMap((chapter) => [
      predictionInput(chapter),
      ...chartPoints(chapter, {}).map(({ input }) => input),
    ]);
    const queries = inputs.flatMap((input) => {
      const { workload, cores } = input as unknown as ExperimentInput;
      if (workload.kind !== "sched" || workload.work.pattern !== "queries") return [];
      return [{ workers: workload.work.workers, cores }];
    });
    expect(queries.length).toBeGreaterThan(20);
    for (const { workers, cores } of queries) expect(cores).toBe(workers);
  });

  it("run an engine's tasks as tasks, if the system has any, on the cores of its threads", () => {
    const inputs = chapters
      .flatMap((chapter) => chartPoints(chapter, {}))
      .map(({ input }) => input as unknown as ExperimentInput);
    const tasks = inputs.flatMap(({ backend = "", cores, options, workload }) => {
      if (workload.kind !== "engine" || (workload.tasks ?? 1) <= 1) return [];
      const scheduler = findBackend(backend).schedulerOptions.find(
        ({ name }) => name === "threads",
      );
      return [{ hasTasks: scheduler !== undefined, threads: workload.threads, cores, options }];
    });
    expect(tasks.length).toBeGreaterThan(10);
    for (const { hasTasks, threads, cores, options } of tasks) {
      expect(cores).toBe(threads);
      if (hasTasks) expect(options?.["threads"]).toBe("tasks");
    }
  });

  // What a system refuses is shown as refused; a misspelt name would be, too, and is none's fault.
  it.each(chapters)("$id: name options and numbers that there are", (chapter) => {
    for (const { name, input } of chapterInputs(chapter)) {
      expect(refusal(input), name).not.toMatch(/has no such option|there is no model number/);
    }
  });

  it("turn a knob for its own series only", () => {
    const changed = chartPoints(sample, { storage: 1 }).filter(
      ({ input }, index) =>
        JSON.stringify(input) !== JSON.stringify(chartPoints(sample, {})[index]?.input),
    );
    const series = new Set(changed.map((point) => point.series));
    expect([...series].sort()).toEqual(["io-uring", "io-uring-poll", "pread"]);
  });

  it("know which guess is right", () => {
    expect([0, 999_999, 1e6, 5e6, 1e9].map((value) => rightOption(sample, value))).toEqual([
      0, 0, 1, 2, 3,
    ]);
  });

  it.each([
    ["an unknown field", (c: Record<string, unknown>) => Object.assign(c, { colour: 1 }), "colour"],
    [
      "a series that is not there",
      (c: Chapter) =>
        c.knobs[0]!.series?.push("x") ?? Object.assign(c.knobs[0]!, { series: ["x"] }),
      /no series "x"/,
    ],
    ["options out of order", (c: Chapter) => c.prediction.options.reverse(), /below must rise/],
    [
      "an x that is not swept",
      (c: Chapter) => Object.assign(c.chart.x, { initial: 3 }),
      /initial: 3/,
    ],
    [
      "a knob without its first option",
      (c: Chapter) => Object.assign(c.knobs[0]!, { initial: 9 }),
      /no such option/,
    ],
    [
      "a spec that is not valid",
      (c: Chapter) => Object.assign(c.path.run, { drives: -1 }),
      /path "pread".*drives/s,
    ],
  ] as const)("are refused with %s", (_, change, message) => {
    expect(broken(change as (chapter: Chapter) => void)).toThrow(message);
  });

  it("are refused when they are not JSON", () => {
    expect(() => parseChapter("{", "chapter.json")).toThrow("chapter.json is not JSON");
  });
});
