import { describe, expect, it } from "vitest";
import { capturedTerminal, kerneltax } from "../testing/captured-terminal.ts";
import { loadChapters } from "./chapters.ts";
import { serveLecture } from "./lecture-server.ts";
import { walkChapter } from "./lecture-text.ts";

describe("lecture --text", () => {
  it("walks a case study: question, paths, chart, ledger, knobs, answer, claims", async () => {
    const { terminal, text } = capturedTerminal();
    const chapter = loadChapters().find(({ id }) => id === "storage")!;
    // One claim says how claims are shown.
    await walkChapter({ ...chapter, claims: ["2.3"] }, terminal);
    for (const part of [
      `Case study 2: Storage I/O\n\n${chapter.question}`,
      "  A  fewer than one million\n",
      /pread, ext4 on md RAID0\n.*│ +\d+ │ +\d+ │ core 0 +│ file system +│/s,
      /│ IOPS \[M\/s\] by threads │/,
      /│ ns per I\/O; threads = 8 │.*│ system call +│ +\d+ │/s,
      /│ drives: IOPS \[M\/s\]; threads = 8 │/,
      "Revealed: A, fewer than one million. Simulated IOPS",
      "2.3 holds: SPDK gives up the file system",
      "kerneltax run haas23-fig6",
    ]) {
      expect(text.out).toMatch(part);
    }
    expect(text.err).toBe("");
  });

  it("names the case studies that there are", async () => {
    const { code, err } = await kerneltax("lecture", "--text", "9");
    expect(code).toBe(2);
    expect(err).toMatch(/--text.*"9".*2 \(Storage I\/O\)/);
  });
});

describe("lecture", () => {
  it("refuses a port or a file that cannot be", async () => {
    expect(await kerneltax("lecture", "--port", "70000")).toMatchObject({ code: 2, out: "" });
    expect((await kerneltax("lecture", "--out", "page.pdf")).err).toMatch(/--out.*\.html/);
    const both = await kerneltax("lecture", "--text", "2", "--out", "page.html");
    expect([both.code, both.err]).toEqual([2, expect.stringMatching(/--out: .* beside --text/)]);
  });

  it("serves one page, to this computer only", async () => {
    const server = await serveLecture("<p>hello</p>", 0);
    try {
      expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const page = await fetch(`${server.url}?x#y`);
      expect([page.status, await page.text()]).toEqual([200, "<p>hello</p>"]);
      expect((await fetch(`${server.url}etc/passwd`)).status).toBe(404);
      expect((await fetch(server.url, { method: "POST" })).status).toBe(404);
      const taken = Number(new URL(server.url).port);
      await expect(serveLecture("", taken)).rejects.toThrow(/--port.*EADDRINUSE/);
    } finally {
      server.close();
    }
    await server.closed;
  });
});
