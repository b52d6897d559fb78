import { describe, expect, it } from "vitest";
import { loadChapters } from "../cli/chapters.ts";
import { storyInput } from "./chapter-points.ts";
import { runExperiment } from "./run.ts";
import { parseSpec } from "./spec.ts";
import { type Story, storyOf } from "./story.ts";

const chapter = loadChapters().find(({ id }) => id === "virtual-memory")!;
const failureOf = (id: string) => chapter.failures.find((failure) => failure.id === id)!;
const specOf = (id: string, way: string) => {
  const failure = failureOf(id);
  const position = failure.variants.findIndex((variant) => variant.id === way);
  return parseSpec(storyInput(chapter, failure, position));
};
const stories = new Map<string, Story>();
function storyIn(id: string, way: string): Story {
  const name = `${id} ${way}`;
  const story = stories.get(name) ?? storyOf(specOf(id, way));
  stories.set(name, story);
  return story;
}
const lines = ({ moments }: Story): string[] => moments.map(({ who, what }) => `${who}: ${what}`);
const at = (story: Story, what: RegExp) => story.moments.find((moment) => moment.what.match(what))!;

describe("a story", () => {
  it("is the run unwatched, told in the order of time", () => {
    for (const failure of chapter.failures) {
      const [first] = failure.variants;
      const unwatched = runExperiment(specOf(failure.id, first!.id));
      expect(storyIn(failure.id, first!.id).metrics).toEqual(unwatched.metrics);
      for (const { id } of failure.variants) {
        const { moments } = storyIn(failure.id, id);
        const times = moments.map(({ atPs }) => atPs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(moments.length).toBeGreaterThan(3);
      }
    }
  });

  it("needs a workload that has one to tell", () => {
    expect(() => storyOf(parseSpec({ workload: { kind: "raw-io" } }))).toThrow(/no story/);
  });
});

describe("fsyncgate", () => {
  it("marks the page clean, fails, and then has nothing left to sync", () => {
    const story = storyIn("fsyncgate", "retry");
    expect(at(story, /write of page 0 fails/)).toMatchObject({
      who: "drive",
      tone: "bad",
      holds: { "page 0 in the page cache": "1–31, clean", "page 0 on the drive": "1–20" },
    });
    const told = lines(story);
    const failed = told.indexOf("database: fsync() returns: input/output error");
    expect(told.slice(failed, failed + 3)).toEqual([
      "database: fsync() returns: input/output error",
      "database: fsync() of the data file",
      "database: fsync() returns: success; nothing was dirty",
    ]);
    expect(told.at(-1)).toBe("database: acknowledged, and lost: transactions 21–31");
    expect(story.metrics.lostTransactions).toBe(11);
  });

  it.each(["panic", "direct", "dirty"])("loses nothing when met with %s", (way) => {
    const story = storyIn("fsyncgate", way);
    expect(story.moments.at(-1)).toMatchObject({ tone: "good" });
    expect(story.moments.at(-1)!.holds["page 0 in the process"]).toBe("1–31");
  });
});

describe("SIGBUS", () => {
  it("ends the process where the file is mapped, and is a return value elsewhere", () => {
    expect(storyIn("sigbus", "mmap").moments.at(-1)).toMatchObject({
      tone: "bad",
      holds: { process: "killed", "errors told": "0" },
    });
    for (const way of ["pread", "spdk"]) {
      expect(storyIn("sigbus", way).moments.at(-1)).toMatchObject({
        tone: "good",
        holds: { process: "running", "errors told": "1" },
      });
    }
  });
});

describe("a commit that never was", () => {
  it("is found by recovery in place, and nowhere else", () => {
    for (const { id } of failureOf("lost-update").variants) {
      const last = storyIn("lost-update", id).moments.at(-1);
      expect([id, last?.tone]).toEqual([id, id === "in-place" ? "bad" : "good"]);
    }
  });
});
