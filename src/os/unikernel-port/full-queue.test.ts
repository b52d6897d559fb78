/** More threads than a queue pair has entries: who waits for room waits for room of its own. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { bareRun, readInRounds, STEADY_DRIVES } from "../../testing/bare-run.ts";
import { runIo } from "../../testing/io-run.ts";

const END_PS = 5_000_000_000;

/** Threads on the first cores, as many on each, that read once from a drive that takes 1 ms. */
function crowd(cores: number, threadsEach: number, set: Record<string, number> = {}) {
  const run = bareRun(
    {
      backend: "unikernel-port",
      machine: "milan-pm1733",
      drives: 1,
      cores,
      set: { ...STEADY_DRIVES, "drive.fixedLatency": 1_000, ...set },
      workload: { kind: "raw-io", jobs: cores * threadsEach },
    },
    END_PS,
  );
  const { scheduler, storage } = run.system;
  const ended: number[] = [];
  for (let index = 0; index < cores * threadsEach; index++) {
    scheduler.spawn(index, function* (thread) {
      yield* readInRounds(storage, thread, 1, 1);
      ended.push(index);
    });
  }
  return { run, ended };
}

describe("a full queue pair of the port", () => {
  it("holds 63 requests of its core, and keeps nobody of another core from sending", () => {
    const { run } = crowd(3, 100);
    run.simulation.runUntil(900_000_000);
    expect(run.machine.array.commands.inFlight).toBe(3 * 63);
  });

  it("is refilled by whoever has waited longest, whose VFS work is done once", () => {
    const { run, ended } = crowd(1, 80);
    run.simulation.runUntil(END_PS);
    run.system.scheduler.settle(END_PS);
    const [core] = run.machine.cores;
    const vfsPs = core!.rowBetween(0, 1)[CAUSE.fileSystem]!;
    expect(ended).toEqual(Array.from({ length: 80 }, (_, index) => index));
    expect(vfsPs).toBe(80 * run.costsPs["port.vfsLock"]!);
  });

  it("is as small as the drive has them, and shared where it has few", () => {
    const few = { "drive.queuePairsMax": 2, "drive.queueDepthMax": 16 };
    const { run, ended } = crowd(3, 20, few);
    run.simulation.runUntil(900_000_000);
    expect(run.machine.array.commands.inFlight).toBe(2 * 15);
    run.simulation.runUntil(END_PS);
    expect(ended).toHaveLength(60);
  });

  it("has its own waiters: completions of other cores wake nobody", () => {
    // Reads of a millisecond: 100 threads of each core share 63 entries.
    const { metrics } = runIo({
      backend: "unikernel-port",
      machine: "milan-pm1733",
      drives: 1,
      cores: 4,
      set: { "drive.fixedLatency": 1_000 },
      workload: { kind: "raw-io", jobs: 400 },
      rampUs: 5_000,
      runtimeUs: 10_000,
    });
    expect(metrics.contextSwitchesPerIo).toBeLessThan(4.5);
  });
});
