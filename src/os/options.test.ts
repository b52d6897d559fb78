import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { findBackend } from "../experiment/assemble.ts";
import { TESTED_BACKENDS } from "../testing/variants.ts";
import { type BackendOption, type OptionValues, resolveOptions } from "./options.ts";

const declared: readonly BackendOption[] = [
  { name: "engine", type: "choice", choices: ["a", "b"], default: "a", meaning: "which" },
  { name: "fast", type: "boolean", default: false, meaning: "whether" },
  { name: "size", type: "integer", min: 4, max: 64, default: 16, meaning: "how much" },
];
const resolve = (given: OptionValues): OptionValues => resolveOptions("toy", declared, given);

describe("resolveOptions", () => {
  it("fills in defaults in the declared order", () => {
    expect(Object.entries(resolve({}))).toEqual([
      ["engine", "a"],
      ["fast", false],
      ["size", 16],
    ]);
  });

  it("reads what a command line and a spec write", () => {
    for (const on of [true, 1, "1", "true"]) expect(resolve({ fast: on })["fast"]).toBe(true);
    for (const off of [false, 0, "0", "false"]) expect(resolve({ fast: off })["fast"]).toBe(false);
    expect(resolve({ size: "64" })["size"]).toBe(64);
    expect(resolve({ engine: "b" })["engine"]).toBe("b");
  });

  it.each([
    [{ speed: 1 }, /speed: backend "toy" has no such option; its options are: engine, fast, size/],
    [{ engine: "c" }, /engine: "c" is not allowed; choose one of: a, b/],
    [{ fast: "yes" }, /fast: "yes" is not allowed; give 0 or 1/],
    [{ fast: 2 }, /fast: 2 is not allowed/],
    [{ size: 3 }, /size: 3 is not allowed; give a whole number from 4 to 64/],
    [{ size: 65 }, /size: 65/],
    [{ size: 4.5 }, /size: 4\.5/],
    [{ size: "" }, /size: ""/],
    [{ size: true }, /size: true/],
    [{ size: "many" }, /size: "many"/],
    [{ size: Number.NaN }, /size: NaN/],
    [{ size: Number.POSITIVE_INFINITY }, /size: Infinity/],
    [{ toString: 1 } as unknown as OptionValues, /toString: backend "toy" has no such option/],
  ])("refuses %o and says what is allowed", (given, message) => {
    expect(() => resolve(given as OptionValues)).toThrow(UsageError);
    expect(() => resolve(given as OptionValues)).toThrow(message);
  });
});

describe.each(TESTED_BACKENDS)("options of %s", (id) => {
  it("are described, named once, and have defaults that they allow", () => {
    const { options } = findBackend(id);
    expect(new Set(options.map(({ name }) => name)).size).toBe(options.length);
    for (const option of options) {
      expect(option.meaning.length).toBeGreaterThan(10);
      const resolved = resolveOptions(id, options, { [option.name]: option.default });
      expect(resolved[option.name]).toBe(option.default);
    }
  });
});

describe("options that make no sense together", () => {
  it.each(["hipri", "sqthread_poll"])("%s needs io_uring, and is refused by name", (name) => {
    const { options, traits } = findBackend("linux");
    for (const ioengine of ["psync", "libaio"]) {
      const resolved = resolveOptions("linux", options, { ioengine, [name]: true });
      expect(() => traits(resolved)).toThrow(UsageError);
      expect(() => traits(resolved)).toThrow(new RegExp(`${name}: .*io_uring.*"${ioengine}"`));
    }
  });
});

describe("tlb_flush=broadcast", () => {
  it.each(["linux", "mmap", "custom", "unikernel"])("is a what-if in a guest of %s", (id) => {
    const option = findBackend(id).memory.options.find(({ name }) => name === "tlb_flush");
    expect(option?.meaning).toMatch(/INVLPGB; in a virtual machine a what-if/);
  });
});
