import { describe, expect, expectTypeOf, it } from "vitest";
import { type Sourced, type SourceUnit, sourcedDuration, workDuration } from "./sourced.ts";
import { gigahertz } from "./units.ts";

function number(value: number, unit: SourceUnit, atGHz?: number): Sourced {
  const origin = { provenance: "published", source: "toy", where: "Table 1" } as const;
  return atGHz === undefined ? { value, unit, ...origin } : { value, unit, atGHz, ...origin };
}

describe("a sourced number", () => {
  it("becomes time from every unit of time", () => {
    expect(sourcedDuration(number(620, "ns"))).toBe(620_000);
    expect(sourcedDuration(number(1.5, "µs"))).toBe(1_500_000);
    expect(sourcedDuration(number(2, "s"))).toBe(2e12);
    expect(sourcedDuration(number(300, "cycles", 3))).toBe(100_000);
  });

  it("is refused as a time when it is none, or when its clock is missing", () => {
    for (const unit of ["GHz", "GiB/s", "B", "GiB", "1/s", "1", "cycles"] as const) {
      expect(() => sourcedDuration(number(1, unit))).toThrow(RangeError);
    }
  });

  it("takes longer on a slower core, in proportion", () => {
    const cost = number(600, "ns");
    expect(workDuration(cost, gigahertz(3), gigahertz(3))).toBe(600_000);
    expect(workDuration(cost, gigahertz(3), gigahertz(2))).toBe(900_000);
    expect(workDuration(cost, gigahertz(2), gigahertz(4))).toBe(300_000);
  });

  it("needs a range when assumed, and an origin always", () => {
    const assumed = { value: 1, unit: "ns", source: "toy", where: "guess" } as const;
    expectTypeOf<typeof assumed & { provenance: "assumed" }>().not.toExtend<Sourced>();
    expectTypeOf<
      typeof assumed & { provenance: "assumed"; range: readonly [0, 2] }
    >().toExtend<Sourced>();
    expectTypeOf<{ value: 1; unit: "ns"; provenance: "published" }>().not.toExtend<Sourced>();
  });
});
