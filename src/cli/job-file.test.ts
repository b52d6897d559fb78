import { describe, expect, it } from "vitest";
import { parseJobFile } from "./job-file.ts";

describe("a job file", () => {
  it("has a global part and one job, comments and bare keys", () => {
    const text = [
      "; a comment",
      "# another",
      "[global]",
      "direct=1",
      "bs = 4k ; behind a value",
      "time_based",
      "",
      "[my job]",
      "rw=randread # and here",
    ].join("\r\n");
    expect(parseJobFile(text, "a.fio")).toEqual({
      jobName: "my job",
      global: [
        { name: "direct", value: "1", field: "a.fio, line 4, direct" },
        { name: "bs", value: "4k", field: "a.fio, line 5, bs" },
        { name: "time_based", value: "1", field: "a.fio, line 6, time_based" },
      ],
      job: [{ name: "rw", value: "randread", field: "a.fio, line 9, rw" }],
    });
  });

  it.each([
    ["", "the file has none"],
    ["[global]\nbs=4k", "the file has none"],
    ["[a]\n[b]", "the file has 2"],
    ["bs=4k\n[a]", "line 1: begin with"],
    ["[a]\n=4k", "line 2: =4k is neither"],
    ["[a]\nbs 4k", "line 2: bs 4k is neither"],
    ["[]\nbs=4k", "line 1: [] is neither"],
  ])("%j is refused: %s", (text, message) => {
    expect(() => parseJobFile(text, "a.fio")).toThrow(message);
  });
});
