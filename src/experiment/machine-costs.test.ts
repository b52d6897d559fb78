import { describe, expect, it } from "vitest";
import { MACHINE_IDS } from "../hardware/machines/index.ts";
import { resolveExperiment } from "./assemble.ts";
import { parseSpec } from "./spec.ts";

const resolve = (machine: string | Record<string, unknown>): unknown =>
  resolveExperiment(parseSpec({ machine, backend: "linux", workload: { kind: "raw-io" } }));

const withCost = (name: string): Record<string, unknown> => ({
  extends: "milan-pm1733",
  id: "mine",
  costs: {
    [name]: { value: 92, unit: "ns", provenance: "measured", source: "me", where: "a loop" },
  },
});

describe("costs of a machine", () => {
  it.each(MACHINE_IDS)("are all known: %s", (id) => {
    expect(() => resolve(id)).not.toThrow();
  });

  it.each(["kernel.systemCall", "custom.readCall", "engine.nodeVisit", "vm.bookkeeping"])(
    "may be of any system or workload: %s",
    (name) => {
      expect(() => resolve(withCost(name))).not.toThrow();
    },
  );

  it("are refused under a name that nothing has, with those that are near", () => {
    expect(() => resolve(withCost("kernel.sysCall"))).toThrow(
      /^costs, "kernel\.sysCall": there is no such cost; is it kernel\.systemCall or .*\?/,
    );
    expect(() => resolve(withCost("x"))).toThrow(/no such cost; `kerneltax costs` lists all$/);
  });
});
