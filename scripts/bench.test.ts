import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { capturedTerminal } from "../src/testing/captured-terminal.ts";
import { type BenchOptions, bench, checkResults } from "./bench.ts";
import { withSection } from "./readme-section.ts";
import { changeEntry, ResultFiles } from "./result-files.ts";

const folder = mkdtempSync(join(tmpdir(), "kerneltax-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FIGURE = "haas23-fig3c";

async function run(
  options: Pick<BenchOptions, "check" | "accept">,
): Promise<{ code: number; out: string }> {
  const { terminal, text } = capturedTerminal();
  const places = { results: folder, readme: join(folder, "README.md") };
  const code = await bench({ only: [FIGURE], ...options, ...places }, terminal);
  return { code, out: text.out };
}

describe("bench", () => {
  it("accepts, checks, notices what moved, and accepts again", async () => {
    expect(await run({ check: true })).toMatchObject({ code: 1 });
    expect(readdirSync(folder)).toEqual(["latest"]);
    const first = await run({ accept: "the first results" });
    expect(first.code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([
      "CHANGES.md",
      "baseline",
      "latest",
      "plots",
      "tables",
    ]);
    const same = await run({ check: true });
    expect(same.out).toMatch(/\d+ identical, 0 moved, 0 added, 0 removed\n$/);
    expect(same.code).toBe(0);

    const baseline = join(folder, "baseline", `${FIGURE}.csv`);
    const text = readFileSync(baseline, "utf8");
    writeFileSync(baseline, text.replace(/,ns,(\d)/, ",ns,9$1"));
    const moved = await run({ check: true });
    expect(moved.code).toBe(1);
    expect(moved.out).toContain("code moved");
    await run({ accept: "put right" });
    expect(readFileSync(baseline, "utf8")).toBe(text);

    const plot = join(folder, "plots", `${FIGURE}.svg`);
    writeFileSync(plot, "");
    const drawn = await run({ check: true });
    const isPinned = process.versions.node.startsWith("20.");
    expect(drawn.out.includes(`results/plots/${FIGURE}.svg`)).toBe(isPinned);
    const log = readFileSync(join(folder, "CHANGES.md"), "utf8");
    expect(log.match(/^## .*/gm)).toEqual(["## 1. the first results", "## 2. put right"]);
    expect(log).toMatch(/- haas23-fig3c: 1 moved of 48 values; largest change: /);
  });

  it("wants a reason and knows its figures", async () => {
    await expect(run({ accept: " " })).rejects.toThrow("say why");
    const { terminal } = capturedTerminal();
    const places = { results: folder, readme: "" };
    await expect(bench({ only: ["nothing"], ...places }, terminal)).rejects.toThrow("--only");
  });
});

describe("checkResults", () => {
  it("compares what the README shows of a table, too", () => {
    const readme = join(folder, "README.md");
    const check = (head: string, path = readme) => {
      const { terminal, text } = capturedTerminal();
      const run = { products: [], isComplete: false, heads: new Map([["project", head]]) };
      return { isSame: checkResults(new ResultFiles(folder), run, path, terminal), ...text };
    };
    const shown = "a\n<!-- project-table:begin -->\n| 111 |\n<!-- project-table:end -->\n";
    writeFileSync(readme, shown);
    expect(check("| 111 |\n")).toMatchObject({ isSame: true });
    const moved = check("| 112 |\n");
    expect(moved.isSame).toBe(false);
    expect(moved.out).toContain("Differs from the README: its project-table\n");
    expect(readFileSync(readme, "utf8")).toBe(shown);
    expect(check("| 112 |\n", join(folder, "none.md"))).toMatchObject({ isSame: true });
    writeFileSync(readme, "no marks");
    expect(() => check("| 111 |\n")).toThrow("once each");
  });
});

describe("changeEntry", () => {
  it("counts by figure and names the largest change", () => {
    const row = { figure: "f", series: "s", x: 1, metric: "iops", unit: "1/s", spec: "a" } as const;
    const changes = [
      { kind: "identical", row: { ...row, value: 1 }, before: 1, after: 1, relative: 0 },
      { kind: "moved", row: { ...row, value: 4 }, before: 5, after: 4, relative: -0.2 },
      { kind: "moved", row: { ...row, x: 2, value: 11 }, before: 10, after: 11, relative: 0.1 },
      { kind: "added", row: { ...row, x: 3, value: 1 }, after: 1 },
    ] as const;
    expect(changeEntry(7, changes, "because")).toBe(
      "## 7. because\n\n- f: 2 moved, 1 added of 4 values; " +
        "largest change: iops of s at 1 5 → 4 (-20 %)\n",
    );
  });
});

describe("withSection", () => {
  it("replaces what stands between the marks", () => {
    const text = "a\n<!-- t:begin -->\nold\n<!-- t:end -->\nb\n";
    expect(withSection(text, "t", "new\n")).toBe("a\n<!-- t:begin -->\nnew\n<!-- t:end -->\nb\n");
    expect(() => withSection("a", "t", "new")).toThrow("once each");
    expect(() => withSection(text + text, "t", "new")).toThrow("once each");
  });
});
