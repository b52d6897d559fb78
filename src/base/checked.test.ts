import { describe, expect, it } from "vitest";
import * as z from "zod";
import { checked, parseJson } from "./checked.ts";
import { UsageError } from "./usage-error.ts";

const DAYS = Array.from({ length: 30 }, (_, index) => `day-${index + 1}`);
const schema = z.strictObject({
  name: z.string(),
  size: z.strictObject({ cores: z.int().min(1), threads: z.union([z.literal(1), z.literal(2)]) }),
  kind: z.enum(["fast", "slow"]).optional(),
  day: z.enum(DAYS).optional(),
  fixed: z.strictObject({ value: z.number() }, "a fixed value has no range").optional(),
  span: z.strictObject({ range: z.array(z.number(), "a span has two ends") }).optional(),
});
const GOOD = { name: "x", size: { cores: 4, threads: 2 } };

function messageOf(input: unknown): string {
  try {
    checked(schema, input, "mine.json");
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return "nothing is wrong";
}

describe("checked", () => {
  it("returns what the schema makes of it", () => {
    expect(checked(schema, GOOD, "mine.json")).toEqual(GOOD);
  });

  it.each([
    [{ ...GOOD, size: { cores: "many", threads: 2 } }, 'size.cores: "many" is not allowed, exp'],
    [{ ...GOOD, size: { cores: 0, threads: 2 } }, "size.cores: 0 is not allowed, expected number"],
    [{ ...GOOD, size: { cores: 1, threads: 3 } }, "size.threads: 3 is not allowed, expected 1 or"],
    [{ ...GOOD, kind: "slo" }, 'kind: "slo" is not allowed, expected one of "fast"|"slow"'],
    [{ ...GOOD, day: "day-31" }, 'day: "day-31" is not allowed, one of 30 names; is it day-'],
    [{ ...GOOD, day: "Easter" }, '"Easter" is not allowed, expected one of "day-1"|'],
    [{ ...GOOD, fixed: { value: 1, range: 2 } }, '"range" in fixed: a fixed value has no range'],
    [{ ...GOOD, kind: { a: 1 } }, 'kind: {"a":1} is not allowed'],
    [{ size: GOOD.size }, "name is missing"],
    [{ ...GOOD, colour: 1 }, 'there is no field "colour"'],
    [{ ...GOOD, nmae: "y" }, 'there is no field "nmae"; is it name?'],
    [{ ...GOOD, span: {} }, "span.range is missing: a span has two ends"],
    [{ ...GOOD, size: { ...GOOD.size, colour: 1 } }, 'there is no field "colour" in size'],
    [null, "null is not allowed, expected object"],
    [{ ...GOOD, name: undefined, size: { cores: -1 } }, "size.cores: -1"],
    [{ ...GOOD, kind: "\u001b[2J\n" }, 'kind: "\\u001b[2J\\n" is not allowed'],
  ])("names the field and the value in %o", (input, start) => {
    const message = messageOf(input);
    expect(message).toMatch(/^mine\.json: /);
    expect(message.slice("mine.json: ".length)).toContain(start);
    expect(message.split("\n").length).toBe(1);
  });

  it("tells three faults, wrong values first, and how many more there are", () => {
    expect(messageOf({ kind: 1, a: 1, size: { threads: 1 } })).toMatch(
      /^mine\.json: kind: 1 .*; there is no field "a"; [\w.]+ is missing; and 1 more faults$/,
    );
  });
});

describe("parseJson", () => {
  it("reads JSON, and names the file that is none", () => {
    expect(parseJson("[1]", "a.json")).toEqual([1]);
    expect(() => parseJson("{", "a.json")).toThrow(/^a\.json is not JSON: /);
  });
});
