import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { rawIoOf } from "../experiment/workloads/raw-io-spec.ts";
import type * as Pool from "./pool.ts";
import { PROJECT_ROOT } from "./project.ts";

/** What `npm test` has compiled before it runs the tests. */
const MAIN = fileURLToPath(new URL("dist/src/cli/main.js", PROJECT_ROOT));
const POOL = new URL("dist/src/cli/pool.js", PROJECT_ROOT);
const IO = ["io", "--drives=1", "--backend=null", "--runtime=100us", "--output-format=json"];

function run(...args: readonly string[]): { status: number | null; stdout: string } {
  expect(existsSync(MAIN), "run tsc first").toBe(true);
  const { status, stdout } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
  return { status, stdout };
}

describe("the compiled program", () => {
  it("prints the same bytes in every process, and exits with its code", () => {
    const first = run(...IO);
    expect(first.status).toBe(0);
    expect(JSON.parse(first.stdout)).toHaveProperty("kerneltax");
    expect(run(...IO)).toEqual(first);
    expect(run("io", "--bs=3")).toEqual({ status: 2, stdout: "" });
  });

  it("does not mind a reader that has seen enough", async () => {
    const args = ["io", "--backend=null", "--drives=1", "--runtime=50us", "--numjobs=120"];
    const child = spawn(process.execPath, [MAIN, ...args, "--output-format=json"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (part) => {
      errors += String(part);
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
  });

  it("runs points in workers, in order, with the bytes of one process", async () => {
    const { openRunner } = (await import(/* @vite-ignore */ POOL.href)) as typeof Pool;
    const inputs = [4, 1, 3, 2].map((ioDepth) => ({
      drives: 1,
      backend: "bypass",
      runtimeUs: 200,
      workload: { kind: "raw-io" as const, ioDepth },
    }));
    const outcomes: string[] = [];
    for (const workers of [0, 1, 2]) {
      const runner = openRunner({ workers });
      let done = 0;
      const results = await runner.run(inputs, () => {
        done += 1;
      });
      const wrong = runner.run([{ ...inputs[0]!, backend: "windows" }]);
      await expect(wrong).rejects.toMatchObject({ name: "UsageError" });
      await runner.close();
      expect(done).toBe(4);
      expect(results.map(({ spec }) => rawIoOf(spec.workload).ioDepth)).toEqual([4, 1, 3, 2]);
      outcomes.push(JSON.stringify(results));
    }
    expect(new Set(outcomes).size).toBe(1);
  });
});
