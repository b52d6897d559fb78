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
  const draw = (): string => ledgerSvg("Cost of a read", "I/O", "ns", causes, bars);

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

describe("a bar that would hide the others", () => {
  const causes = ["database", "copy", "contention", "pollingEmpty"];
  const texts = (svg: string): string[] =>
    [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text!);
  const widths = (svg: string, about: string): number[] =>
    [
      ...svg.matchAll(
        new RegExp(`aria-description="${about}"[^>]*><rect[^>]* width="([^"]*)"`, "g"),
      ),
    ].map(([, width]) => Number(width));
  const breaks = (svg: string): number => svg.split('"break"').length - 1;

  it("is broken, says its length, and ends with its largest cause", () => {
    const svg = ledgerSvg("x", "I/O", "cycles", causes, [
      { label: "pread", perIo: { database: 10_000, copy: 10_000 } },
      { label: "mmap", perIo: { database: 7_000, copy: 90_000, contention: 4_000_000 } },
      { label: "SPDK", perIo: { database: 10_000 } },
    ]);
    expect(breaks(svg)).toBe(2);
    expect(texts(svg)).toEqual(expect.arrayContaining(["4097000", "4000000", "90000", "20000"]));
    expect(widths(svg, "database: 10000 cycles")).toHaveLength(2);
    for (const width of widths(svg, "database: 10000 cycles")) expect(width).toBeGreaterThan(150);
    expect(svg).toContain("a broken bar is longer than drawn");
  });

  it("is broken where it waits in vain, however many do so", () => {
    const perIo = { database: 1_000, pollingEmpty: 50_000 };
    const svg = ledgerSvg("x", "I/O", "cycles", causes, [
      { label: "pread", perIo: { database: 1_000, copy: 500 } },
      { label: "SPDK", perIo },
      { label: "no operating system", perIo },
    ]);
    expect(breaks(svg)).toBe(4);
    expect(widths(svg, "polling empty: 50000 cycles")).toHaveLength(2);
    for (const width of widths(svg, "database: 1000 cycles")) expect(width).toBeGreaterThan(150);
  });

  it("stays whole beside one that it does not hide, and alone", () => {
    const large = { label: "shadow paging", perIo: { database: 90_000, copy: 810_000 } };
    const small = { label: "in place", perIo: { database: 260_000 } };
    for (const bars of [[large, small], [large]]) {
      expect(breaks(ledgerSvg("x", "I/O", "cycles", causes, bars))).toBe(0);
    }
    const nothing = { label: "nothing", perIo: {} };
    expect(breaks(ledgerSvg("x", "I/O", "cycles", causes, [large, nothing]))).toBe(0);
  });

  it.each([
    ["Cost of a read", ["Cost of a read"]],
    [
      `${"every ".repeat(8)}operating-system model: 16 cores, data ${"larger than ".repeat(4)}it`,
      [
        `${"every ".repeat(8)}operating-system model:`,
        `16 cores, data ${"larger than ".repeat(4)}it`,
      ],
    ],
  ])("has a title that ends within the chart: %s", (title, wanted) => {
    const svg = ledgerSvg(title, "transaction", "cycles", causes, [
      { label: "x", perIo: { database: 1 } },
    ]);
    const lines = [...svg.matchAll(/font-size="16"[^>]*>(?:<[^>]*>)*([^<]+)</g)];
    expect(lines.map(([, line]) => line)).toEqual(wanted);
    expect(svg).toContain("time of all cores per transaction [cycles]");
  });

  it("has a title of any length", () => {
    const title = "larger than memory ".repeat(12).trim();
    const svg = ledgerSvg(title, "transaction", "cycles", causes, [
      { label: "x", perIo: { database: 1 } },
    ]);
    const lines = [...svg.matchAll(/font-size="16"[^>]*>(?:<[^>]*>)*([^<]+)</g)];
    expect(lines.map(([, line]) => line).join(" ")).toBe(title);
    for (const [, line] of lines) expect(line!.length).toBeLessThan(90);
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
