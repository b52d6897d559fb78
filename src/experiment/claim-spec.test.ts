import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { claimRuns, runClaim } from "./claim-run.ts";
import { type Claim, claimRunKey, parseClaim } from "./claim-spec.ts";
import { rawIoOf } from "./workloads/raw-io-spec.ts";

const limit = { value: 5 };
const checks = [
  { id: "fast", text: "is fast", kind: "at-least", metric: "iops", run: "a@2", limit },
  { id: "grows", text: "grows", kind: "order", metric: "iops", runs: ["a@2", "a@1", "b"] },
];
const base = {
  id: "9.1",
  status: "executable",
  statement: "a toy is fast",
  lectureSection: "9",
  sources: ["toy"],
  experiment: {
    base: { drives: 2, workload: { kind: "raw-io", ioDepth: 8 } },
    runs: {
      a: { run: { backend: "bypass" }, sweep: { path: "workload.jobs", values: [1, 2] } },
      b: { run: { backend: "linux", options: { ioengine: "libaio" } } },
    },
  },
  checks,
  counterfactual: {
    text: "free crossings",
    patches: [
      { runs: ["a"], patch: { set: { "kernel.systemCall": 0 } } },
      { runs: ["a"], patch: { set: { "kernel.driver": 0 }, workload: { jobs: 7 } } },
    ],
    flips: ["fast"],
  },
};
const pending = {
  id: "9.2",
  status: "not-yet-executable",
  statement: "a toy flies",
  lectureSection: "9",
  sources: ["toy"],
  missing: "wings",
  topic: "flight",
};
const parse = (changes: object = {}): Claim =>
  parseClaim(JSON.stringify({ ...base, ...changes }), "toy/claim.json");
const check = (changes: object): object => ({ checks: [{ ...checks[0], ...changes }] });

describe("claimRuns", () => {
  it("lists every run as it is, then the patched ones", () => {
    expect(claimRuns(parse()).map(({ name, variant }) => `${variant} ${name}`)).toEqual([
      "as-is a@1",
      "as-is a@2",
      "as-is b",
      "counterfactual a@1",
      "counterfactual a@2",
    ]);
  });

  it("merges base, run, sweep and patches, deeply and in this order", () => {
    const [first, second, , , patched] = claimRuns(parse()).map(({ input }) => input);
    expect(first).toEqual({
      drives: 2,
      backend: "bypass",
      workload: { kind: "raw-io", ioDepth: 8, jobs: 1 },
    });
    expect(second?.workload).toMatchObject({ jobs: 2 });
    expect(patched?.set).toEqual({ "kernel.systemCall": 0, "kernel.driver": 0 });
    expect(patched?.workload).toMatchObject({ jobs: 7, ioDepth: 8 });
  });

  it("runs nothing for a claim that cannot be executed yet", () => {
    expect(claimRuns(parseClaim(JSON.stringify(pending), "f"))).toEqual([]);
  });
});

describe("runClaim", () => {
  it("keeps every outcome under its variant and run", () => {
    const outcomes = runClaim(parse(), ({ workload, set }) => ({
      kind: "usage",
      message: `${rawIoOf(workload).jobs ?? "-"} ${Object.keys(set ?? {}).length}`,
    }));
    expect(outcomes.size).toBe(5);
    expect(outcomes.get(claimRunKey("as-is", "a@2"))).toMatchObject({ message: "2 0" });
    expect(outcomes.get(claimRunKey("counterfactual", "a@2"))).toMatchObject({ message: "7 2" });
  });
});

describe("parseClaim", () => {
  const wrong: readonly [string, object, RegExp][] = [
    ["an unknown metric", check({ metric: "speed" }), /checks\[0\]\.metric/],
    ["an unknown run", check({ run: "c" }), /checks\[0\] "fast": there is no run "c"/],
    ["a swept run without its point", check({ run: "a" }), /no run "a"/],
    ["a point that is not swept", check({ run: "a@3" }), /no run "a@3"/],
    ["a limit at an unknown run", check({ limit: { run: "z" } }), /no run "z"/],
    ["a check outside the closed set", check({ kind: "looks-nice" }), /checks\[0\]\.kind/],
    ["a check twice", { checks: [checks[0], checks[0]] }, /checks\[1\] "fast": .*appears twice/],
    [
      "a ratio without bounds",
      check({ kind: "ratio", of: "a@1", to: "b", run: undefined, limit: undefined }),
      /give min, max or both/,
    ],
    ["no checks", { checks: [] }, /checks/],
    ["an unknown field", { tuning: 3 }, /tuning/],
    ["an id that is no number", { id: "x" }, /such as 2\.1/],
    ["a claim without a status", { status: undefined }, /status/],
    ["flipping an unknown check", flips("slow"), /counterfactual\.flips: .*no check "slow"/],
    ["flipping nothing", { counterfactual: { ...base.counterfactual, flips: [] } }, /flips/],
    ["a patch of an unknown run", patch("c", {}), /patches\[0\]: there is no run "c"/],
    ["a flip that no patch touches", patch("b", {}), /no patch touches a run of check "fast"/],
    ["a run that is no spec", runs({ drives: -1 }), /run "a@1", as-is: .*drives/s],
    [
      "a patch that breaks the spec",
      patch("a", { seed: "x" }),
      /run "a@1", counterfactual: .*seed/s,
    ],
  ];

  it.each(wrong)("refuses %s, and names file and field", (_, changes, pattern) => {
    const parsing = (): Claim => parse(changes);
    expect(parsing).toThrow(UsageError);
    expect(parsing).toThrow(pattern);
    expect(parsing).toThrow(/^toy\/claim\.json/);
  });

  it("refuses text that is not JSON", () => {
    expect(() => parseClaim("{", "f.json")).toThrow(/f\.json is not JSON/);
  });

  it("wants to know what a claim is waiting for", () => {
    expect(parseClaim(JSON.stringify(pending), "f")).toEqual(pending);
    const { missing: _, ...without } = pending;
    expect(() => parseClaim(JSON.stringify(without), "f.json")).toThrow(/missing/);
  });
});

function flips(id: string): object {
  return { counterfactual: { ...base.counterfactual, flips: [id] } };
}

function patch(run: string, changes: object): object {
  return { counterfactual: { ...base.counterfactual, patches: [{ runs: [run], patch: changes }] } };
}

function runs(changes: object): object {
  const { experiment } = base;
  return { experiment: { ...experiment, base: { ...experiment.base, ...changes } } };
}
