/** An emulated drive: who leaves the guest, and how often. */
import { describe, expect, it } from "vitest";
import { runExperiment } from "../../experiment/run.ts";
import { type ExperimentInput, parseSpec } from "../../experiment/spec.ts";
import { CAUSES } from "../../hardware/cpu/ledger.ts";
import { READ } from "../../hardware/nvme/command-table.ts";
import { bareRun, spentUntil } from "../../testing/bare-run.ts";
import { CATCH_UP } from "../model.ts";

const END_PS = 3_000_000_000;

/**
 * One thread on core 0 reads `batch` units at a time, ten times, from the drives in turn; returns
 * exits of core 0 and of all cores, as times of `vm.exit`. A polled drive has no other ones.
 */
function exits(batch: number, input: Partial<ExperimentInput>): { own: number; all: number } {
  const run = bareRun(
    {
      machine: "milan-pm1733",
      drives: 8,
      isolation: "vm",
      virtualStorage: "virtio",
      set: { "vm.virtioRequest": 0 },
      workload: { kind: "raw-io" },
      ...input,
    },
    END_PS,
  );
  const { storage, scheduler } = run.system;
  scheduler.spawn(0, function* (thread) {
    const channel = storage.openChannel(thread, batch);
    for (let round = 0; round < 10; round++) {
      for (let tag = 0; tag < batch; tag++) {
        channel.prepare(READ, tag % 8, (round * batch + tag) * 4_096, 4_096, tag);
      }
      channel.submit();
      for (let left = batch; left > 0; ) {
        const found = channel.reap(64);
        left -= found;
        if (left > 0 && found === 0) yield channel.completionWait;
        else if (thread.isAhead()) yield CATCH_UP;
      }
    }
  });
  const { hypervisor } = spentUntil(run, END_PS);
  const exitPs = run.costsPs["vm.exit"]!;
  return { own: spentOnCoreZero(run) / exitPs, all: hypervisor / exitPs };
}

const HYPERVISOR_ROW = CAUSES.indexOf("hypervisor");
const spentOnCoreZero = ({ machine }: ReturnType<typeof bareRun>): number =>
  machine.cores[0]!.rowBetween(0, 1)[HYPERVISOR_ROW]!;

const linux = (options: ExperimentInput["options"]): Partial<ExperimentInput> => ({
  options: { ioengine: "io_uring", hipri: true, ...options },
});

describe("a virtual drive's queue", () => {
  it("is announced by who fills it: with SQPOLL by the kernel thread, on its own core", () => {
    const { own, all } = exits(16, linux({ sqthread_poll: true }));
    expect(own).toBe(0);
    expect(all).toBeGreaterThanOrEqual(10 * 8);
  });

  it.each([
    [3, 3],
    [8, 8],
    [32, 8],
  ])("is announced once per drive and plug: %i requests, %i exits", (batch, each) => {
    // A plug gathers what one call sends to each of 8 drives.
    expect(exits(batch, linux({})).own).toBeCloseTo(10 * each, 6);
  });

  it("is announced once for each visit of a polling driver that has filled it", () => {
    expect(exits(32, { backend: "bypass" }).own).toBeCloseTo(10 * 8, 6);
    const unikernel = exits(32, { backend: "unikernel", options: { completion: "polling" } });
    expect(unikernel.own).toBeCloseTo(10 * 8, 6);
  });

  it.each([
    ["a driver with interrupts", "unikernel", { completion: "interrupt" }],
    ["the port", "unikernel-port", {}],
  ] as const)("is announced by who fills it, over %s", (_name, backend, options) => {
    // What else leaves the guest does so without the emulation, too.
    const own = (virtualStorage: "virtio" | "passthrough"): number =>
      exits(1, { backend, options, virtualStorage, set: { "vm.virtioRequest": 0 } }).own;
    expect(own("virtio") - own("passthrough")).toBeCloseTo(10, 6);
  });

  it("is announced by a page fault too, which leaves the guest for it", () => {
    const faults = (virtualStorage: "passthrough" | "virtio"): number =>
      Number(
        runExperiment(
          parseSpec({
            backend: "mmap",
            isolation: "vm",
            virtualStorage,
            drives: 1,
            rampUs: 200,
            runtimeUs: 1_000,
            workload: { kind: "file-access", threads: 2, scale: 0.0005 },
          }),
        ).ledger.total["hypervisor"],
      );
    expect(faults("virtio")).toBeGreaterThan(1.2 * faults("passthrough"));
  });
});
