/** Which of several settings counts, and what one means that leads nowhere in a spec. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { ioRequest, parseSet, withBooleanValues } from "./io-arguments.ts";
import type { JobFile, Setting } from "./job-file.ts";

const settings = (...texts: readonly string[]): Setting[] =>
  texts.map((text) => {
    const [, name, value] = /^(\w+)=(.*)$/.exec(text)!;
    return { name: name!, value: value!, field: `--${name}` };
  });

const request = (commandLine: readonly string[], file?: JobFile) =>
  ioRequest(settings(...commandLine), {}, file);

const workloadOf = (...texts: readonly string[]) =>
  request(texts).input.workload as unknown as Record<string, unknown>;

describe("a setting", () => {
  const file: JobFile = {
    jobName: "mine",
    global: settings("iodepth=1", "numjobs=1", "bs=4k"),
    job: settings("iodepth=2", "numjobs=2"),
  };

  it("of the command line wins over the job's, and that over the global one", () => {
    const { workload } = request(["iodepth=3"], file).input;
    expect(workload).toMatchObject({ ioDepth: 3, jobs: 2, blockBytes: 4_096 });
  });

  it("wins by whichever of its names it is given", () => {
    expect(request(["blocksize=8k"], file).input.workload).toMatchObject({ blockBytes: 8_192 });
    expect(workloadOf("blocksize=8k", "bs=512")).toMatchObject({ blockBytes: 512 });
  });

  it("of drives wins over the number of file names, of which each counts once", () => {
    expect(request(["filename=a:b:a"]).input.drives).toBe(2);
    expect(request(["filename=a:b", "drives=1"]).input.drives).toBe(1);
    expect(() => request(["filename=a::b"])).toThrow(/--filename: .*a name per drive/);
  });

  it("of group_reporting may say no", () => {
    const isGrouped = ["0", "1"].map((value) => request([`group_reporting=${value}`]).isGrouped);
    expect(isGrouped).toEqual([false, true]);
  });

  it.each(["direct=0", "buffered=1"])("of buffered I/O is refused: %s", (text) => {
    expect(() => request([text])).toThrow(/buffered I\/O is not for `io`/);
  });

  it.each(["direct=1", "buffered=0"])("of direct I/O changes nothing: %s", (text) => {
    expect(request([text]).input).toEqual(request([]).input);
  });

  it.each(["bs=513", "bs=0", "iodepth=1e9", "rw=up", "runtime=0", "nothing=1"])(
    "that cannot be is refused by its name: %s",
    (text) => {
      const call = () => request([text]);
      expect(call).toThrow(UsageError);
      expect(call).toThrow(`--${text.split("=")[0]}`);
    },
  );
});

describe("--set", () => {
  it("takes a path and a number", () => {
    expect(parseSet([" a.b =-1.5e3", "c=0"])).toEqual({ "a.b": -1_500, c: 0 });
  });

  it.each(["a", "a=", "a= ", "=1", "a=1x", "a=Infinity", "__proto__=1"])("refuses %j", (entry) => {
    expect(() => parseSet([entry])).toThrow(/--set: .*path=number/);
  });
});

it("a flag without a value is switched on, and its value is no job file", () => {
  const given = ["--hipri", "a.fio", "--hipri", "0", "--ioengine", "libaio", "--direct"];
  const expected = ["--hipri=1", "a.fio", "--hipri", "0", "--ioengine", "libaio", "--direct=1"];
  expect(withBooleanValues(given)).toEqual(expected);
});
