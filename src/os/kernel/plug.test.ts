import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { READ } from "../../hardware/nvme/command-table.ts";
import { runIo } from "../../testing/io-run.ts";
import { PLUG_REQUESTS_MAX, Plug } from "./plug.ts";

/** What a plug hands over: tag and drive of each request, and whether the doorbell follows. */
function handedOver(drives: readonly number[]): { tag: number; drive: number; isLast: boolean }[] {
  const plug = new Plug(4);
  drives.forEach((drive, tag) => {
    plug.add(READ, drive, drive, 0, 4096, tag, 0);
  });
  const seen: { tag: number; drive: number; isLast: boolean }[] = [];
  plug.flush(({ tag, drive }, isLast) => seen.push({ tag, drive, isLast }));
  expect(plug.length).toBe(0);
  return seen;
}

describe("Plug", () => {
  it("hands over drive by drive, one doorbell each", () => {
    expect(handedOver([2, 0, 2, 1, 0])).toEqual([
      { tag: 0, drive: 2, isLast: false },
      { tag: 2, drive: 2, isLast: true },
      { tag: 1, drive: 0, isLast: false },
      { tag: 4, drive: 0, isLast: true },
      { tag: 3, drive: 1, isLast: true },
    ]);
  });

  it("rings two queues of one drive, if whoever fills it has changed the CPU", () => {
    const plug = new Plug(8);
    const slots = [1, 5, 1];
    slots.forEach((slot, tag) => {
      plug.add(READ, 1, slot, 0, 4096, tag, 0);
    });
    const rung: number[] = [];
    plug.flush(({ slot }, isLast) => {
      if (isLast) rung.push(slot);
    });
    expect(rung).toEqual([1, 5]);
  });

  it.each([
    { drives: 1, most: 32 },
    { drives: 2, most: PLUG_REQUESTS_MAX },
  ])("holds $most requests for $drives drives", ({ drives, most }) => {
    const plug = new Plug(4);
    let held = 0;
    for (; !plug.isFull; held++) plug.add(READ, held % drives, held % drives, 0, 4096, held, 0);
    expect(held).toBe(most);
  });

  it("holds 32 for one drive again after it has held some for two", () => {
    const plug = new Plug(4);
    for (const drive of [0, 1]) plug.add(READ, drive, drive, 0, 4096, drive, 0);
    plug.flush(() => {});
    let held = 0;
    for (; !plug.isFull; held++) plug.add(READ, 0, 0, 0, 4096, held, 0);
    expect(held).toBe(32);
  });

  it("loses and reorders nothing within a drive (I1)", () => {
    const drives = fc.array(fc.nat({ max: 3 }), { maxLength: PLUG_REQUESTS_MAX });
    fc.assert(
      fc.property(drives, (given) => {
        const seen = handedOver(given);
        expect(seen.map(({ tag }) => tag).sort((a, b) => a - b)).toEqual([...given.keys()]);
        for (const drive of [0, 1, 2, 3]) {
          const own = seen.filter((request) => request.drive === drive);
          expect(own.map(({ tag }) => tag)).toEqual(
            own.map(({ tag }) => tag).sort((a, b) => a - b),
          );
          expect(own.filter(({ isLast }) => isLast)).toHaveLength(own.length > 0 ? 1 : 0);
        }
      }),
    );
  });
});

describe("a batch of submissions", () => {
  const run = (submitBatch: number, rw: "randread" | "randwrite", sqthread_poll = false) =>
    runIo({
      machine: "genoa-cm7",
      drives: 8,
      backend: "linux",
      options: { ioengine: "io_uring", sqthread_poll },
      workload: { kind: "raw-io", rw, jobs: 1, ioDepth: 512, submitBatch },
      rampUs: 4_000,
      runtimeUs: 6_000,
    }).metrics.interruptsPerIo;

  it("reaches each drive at once: requests share interrupts, writes more than reads", () => {
    expect(run(1, "randwrite")).toBeGreaterThan(0.9);
    expect(run(32, "randread")).toBeLessThan(0.75);
    expect(run(32, "randwrite")).toBeLessThan(0.4);
  });

  it("does so too where a kernel thread submits it", () => {
    expect(run(32, "randwrite", true)).toBeLessThan(0.4);
  });
});
