import fc from "fast-check";
import { expect, it } from "vitest";
import { kerneltax } from "../testing/captured-terminal.ts";
import { backendOptions } from "./io-options.ts";

const WILD = fc.oneof(
  fc.constantFrom("", "0", "-1", "1e9", "NaN", "4ki", "--bs", "1e308", "0x10", "999999999999999"),
  fc.string({ maxLength: 12 }),
);

/** Mostly values that mean something, sometimes anything. */
const mostly = (...values: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: WILD });

const DEVICE_NUMBERS = ["readTime", "controllerTime", "fixedLatency", "writeLatency"];

const OPTIONS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  backend: mostly("linux", "linux", "bypass", "unikernel", "null"),
  drives: mostly("1", "2", "10", "0"),
  rw: mostly("randread", "randwrite", "randrw", "read", "write", "rw"),
  bs: mostly("512", "4k", "64k", "1m"),
  iodepth: mostly("1", "3", "32", "200"),
  numjobs: mostly("1", "2", "5", "130"),
  iodepth_batch_submit: mostly("1", "4", "500"),
  fdatasync: mostly("0", "1", "3"),
  rwmixread: mostly("0", "1", "50", "100"),
  size: mostly("0", "64k", "10m", "1g"),
  seed: mostly("0", "1", "9007199254740991"),
  set: mostly(
    "cpu.clock=3",
    "cpu.idleExit=0",
    ...DEVICE_NUMBERS.map((name) => `drive.${name}=0`),
    "drive.dies=1",
    "drive.queuePairsMax=1",
    "drive.queueDepthMax=2",
    "kernel.blockLayer=0",
    "kernel.contextSwitch=1e6",
  ),
};

const backendValues = Object.fromEntries(
  Array.from(backendOptions(), ([name, { options }]) => [
    name,
    mostly(
      "0",
      "1",
      ...options.flatMap((option) => (option.type === "choice" ? option.choices : ["64"])),
    ),
  ]),
);

const argument = fc
  .constantFrom(...Object.entries({ ...OPTIONS, ...OPTIONS, ...backendValues }))
  .chain(([name, value]) => value.map((text) => `--${name}=${text}`));
const ENGINES = ["psync", "libaio", "io_uring"].map((name) => [`--ioengine=${name}`]);
const HEADS = [
  ...ENGINES,
  ["--ioengine=io_uring", "--hipri=1"],
  ["--ioengine=io_uring", "--sqthread_poll=1"],
  ["--backend=bypass"],
  ["--backend=unikernel"],
  ["--backend=unikernel", "--completion=interrupt"],
  ["--backend=null"],
];
const commandLine = fc
  .tuple(fc.constantFrom(...HEADS), fc.array(argument, { maxLength: 5 }))
  .map(([head, more]) => [...head, ...more]);

it("any command line gives a result or one message", { timeout: 120_000 }, async () => {
  const seen = { done: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(commandLine, async (args) => {
      const short = ["--runtime=100us", "--ramp_time=20us"];
      const { code, out, err } = await kerneltax("io", ...args, ...short, "--output-format=json");
      expect([0, 2], err).toContain(code);
      expect(err).not.toMatch(/internal error|\n\s+at /);
      if (code === 2) {
        seen.refused += 1;
        expect(out).toBe("");
        expect(err).toMatch(/^kerneltax: [^\n]/);
        return;
      }
      seen.done += 1;
      // JSON has no NaN: a number that is not finite would be null or a refusal to print.
      JSON.parse(out, (key, value: unknown) => {
        if (value === null) throw new Error(`${key} is null`);
        return value;
      });
    }),
    { numRuns: 500, interruptAfterTimeLimit: 40_000 },
  );
  expect(seen.done).toBeGreaterThan(10);
  expect(seen.refused).toBeGreaterThan(10);
});
