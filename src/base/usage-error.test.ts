import { describe, expect, it } from "vitest";
import { assert, InvariantError } from "./assert.ts";
import { badValue, UsageError } from "./usage-error.ts";

describe("an error for the user", () => {
  it("names the field, the value and what is allowed, in one line", () => {
    const error = badValue("--iodepth", 0, "give a whole number from 1 to 65536");
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe("--iodepth: 0 is not allowed; give a whole number from 1 to 65536");
  });

  it("quotes text, and shortens what is too long", () => {
    expect(badValue("rw", "raed", "…").message).toContain('rw: "raed" is');
    expect(badValue("rw", "x".repeat(500), "…").message.length).toBeLessThan(120);
  });

  it("lets no control character of the value through", () => {
    const value = "a\u001b[2J\nb";
    const { message } = badValue("backend", value, "…");
    expect([message.includes("\u001b"), message.includes("\n")]).toEqual([false, false]);
  });
});

describe("an assertion", () => {
  it("throws its message when the condition fails, and only then", () => {
    expect(() => assert(true, "I1")).not.toThrow();
    expect(() => assert(false, "I1: full")).toThrow(new InvariantError("I1: full"));
  });
});
