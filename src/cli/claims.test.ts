import { describe, expect, it } from "vitest";
import { capturedTerminal, kerneltax } from "../testing/captured-terminal.ts";
import { claimIds, judgeClaims, loadClaims } from "./claims.ts";
import { openRunner, withRunner } from "./pool.ts";

describe("validate --claims", () => {
  it("prints each verdict with its counterfactual, and a table", async () => {
    const { code, out, err } = await kerneltax("validate", "--claims", "2.3", "4.4");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/\n4\.4 not yet executable: /);
    expect(out).toMatch(/^2\.3 holds: SPDK gives up the file system/);
    expect(out).toMatch(/\n {2}flips {2}there is no file system/);
    expect(out).toMatch(/│ 2\.3 +│ holds +│ +(\d+) of \1 │ flips +│/);
  });

  it("prints JSON", async () => {
    const { out } = await kerneltax("validate", "--claims", "2.3", "4.4", "--output-format=json");
    expect(JSON.parse(out)).toMatchObject({
      summary: { claimsHolding: 1, claimsFailing: 0, claimsNotYetExecutable: 1 },
      claims: [{ id: "2.3", counterfactual: { flipped: true } }, { id: "4.4" }],
    });
  });

  it("is red when a check does not hold", async () => {
    const [claim] = loadClaims(["2.3"]);
    if (claim?.status !== "executable") throw new Error("2.3 can be executed");
    const [check] = claim.checks;
    if (check?.kind !== "refuses") throw new Error("its first check expects a refusal");
    const wrong = { ...claim, checks: [{ ...check, option: "other" }, ...claim.checks.slice(1)] };
    const [verdict] = await withRunner((runner) =>
      judgeClaims(capturedTerminal().terminal, runner, [wrong]),
    );
    expect(verdict).toMatchObject({ verdict: "fails", checks: [{ holds: false }, {}, {}, {}, {}] });
  });

  it("knows every folder", () => {
    expect(loadClaims().map(({ id }) => id)).toEqual(claimIds());
  });
});

describe("the pool", () => {
  it("hands a refusal over as an answer, or throws it", async () => {
    const runner = openRunner({ workers: 0 });
    const workload = { kind: "raw-io" } as const;
    const inputs = [
      { backend: "null", drives: 1, runtimeUs: 100, workload },
      { backend: "bypass", options: { raid: "md0" }, workload },
    ];
    const outcomes = await runner.outcomes(inputs);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "usage"]);
    expect(outcomes[1]).toMatchObject({ message: expect.stringMatching(/^raid: /) });
    await expect(runner.run(inputs)).rejects.toThrow("raid: ");
    await runner.close();
  });
});
