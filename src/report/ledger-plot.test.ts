import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import type { RunResult } from "../experiment/result.ts";
import { CAUSES } from "../hardware/cpu/ledger.ts";
import { ledgerBar } from "./ledger-bar.ts";
import { COLOURS, ledgerSvg } from "./ledger-plot.ts";

/** Only what the chart reads. */
const result = (ios: number): RunResult =>
  ({
    clockGHz: 2.5,
    operation: "I/O",
    operations: ios,
    ledger: {
      perCore: [],
      total: { systemCall: "100000", driver: "50000", idle: "9007199254740993000" },
    },
  }) as unknown as RunResult;

describe("ledgerBar", () => {
  it("divides by the I/Os, in ns or in cycles of the run's clock", () => {
    expect(ledgerBar("x", result(2), "ns").perIo).toMatchObject({ systemCall: 50, driver: 25 });
    expect(ledgerBar("x", result(2), "cycles").perIo["systemCall"]).toBe(125);
  });

  it("refuses a run without I/O", () => {
    expect(() => ledgerBar("x", result(0), "ns")).toThrow(UsageError);
  });
});

describe("ledgerSvg", () => {
  it("has a colour of its own for every cause", () => {
    expect(Object.keys(COLOURS).sort()).toEqual([...CAUSES].sort());
    expect(new Set(Object.values(COLOURS)).size).toBe(CAUSES.length);
  });

  const bars = [
    { label: "SPDK", perIo: { driver: 30, pollingUseful: 70, idle: 1e9 } },
    { label: "libaio", perIo: { systemCall: 200, driver: 30, interrupt: 300 } },
  ];
  const causes = ["systemCall", "copy", "driver", "interrupt", "pollingUseful"];
  const draw = (): string => ledgerSvg("Cost of a read", "ns", causes, bars);

  const segments = (svg: string): { about: string; x: number; width: number; fill: string }[] =>
    [...svg.matchAll(/<g [^>]*aria-description="([^"]*: [^"]*)"[^>]*>(<rect [^>]*>)/g)].map(
      (match) => ({
        about: match[1]!,
        x: Number(/ x="([^"]*)"/.exec(match[2]!)![1]),
        width: Number(/ width="([^"]*)"/.exec(match[2]!)![1]),
        fill: / fill="([^"]*)"/.exec(match[0])![1]!,
      }),
    );

  it("stacks the causes of each bar without gaps, in proportion", () => {
    const drawn = segments(draw()).filter((segment) => segment.about.endsWith(" ns"));
    expect(drawn.map((segment) => segment.about)).toEqual([
      "driver: 30 ns",
      "polling useful: 70 ns",
      "system call: 200 ns",
      "driver: 30 ns",
      "interrupt: 300 ns",
    ]);
    const [, , call, driver, interrupt] = drawn;
    expect(call!.x + call!.width).toBeCloseTo(driver!.x, 1);
    expect(driver!.x + driver!.width).toBeCloseTo(interrupt!.x, 1);
    expect(interrupt!.width / call!.width).toBeCloseTo(1.5, 2);
  });

  it("gives a cause one colour in every bar and in the key, which names only what is drawn", () => {
    const drawn = segments(draw());
    const drivers = drawn.filter((segment) => /\bdriver\b/.test(segment.about));
    expect(drivers).toHaveLength(3);
    expect(new Set(drivers.map((segment) => segment.fill)).size).toBe(1);
    const keyed = drawn.filter((segment) => segment.about.startsWith("key: "));
    expect(keyed.map((segment) => segment.about.slice(5))).toEqual([
      "systemCall",
      "driver",
      "interrupt",
      "pollingUseful",
    ]);
    expect(new Set(keyed.map((segment) => segment.fill)).size).toBe(4);
  });

  it("is byte-stable, and leaves out causes that are not asked for", () => {
    expect(draw()).toBe(draw());
    expect(draw()).not.toContain(">idle<");
    expect(draw()).toContain(">100<");
    expect(draw()).not.toMatch(/NaN|undefined|Infinity|currentColor/);
  });
});

it("tells every two causes apart by colour", () => {
  const channels = (colour: string): number[] =>
    [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const causes = Object.entries(COLOURS);
  for (const [index, [cause, colour]] of causes.entries()) {
    for (const [other, its] of causes.slice(index + 1)) {
      const far = channels(its).map((value, channel) => value - channels(colour)[channel]!);
      expect([cause, other, Math.hypot(...far) > 20]).toEqual([cause, other, true]);
    }
  }
});
