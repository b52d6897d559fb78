/** Direct overwrites on ext4: what they cost beside reads, by interface. */
import { describe, expect, it } from "vitest";
import type { Cause } from "../../hardware/cpu/ledger.ts";
import { runIo } from "../../testing/io-run.ts";

const WAKE_UP_NS = 300;
const SWITCH_NS = 1_100;
const LOOK_UP_NS = 150;

interface Setting {
  readonly options: Record<string, string | number | boolean>;
  readonly ioDepth?: number;
}

/** One thread's time per I/O by cause, in nanoseconds, and its switches. */
function perIo(rw: "randread" | "randwrite", { options, ioDepth = 1 }: Setting) {
  const { ledger, metrics } = runIo({
    drives: 1,
    backend: "linux",
    options: { filesystem: "ext4", ...options },
    workload: { kind: "raw-io", rw, ioDepth },
    rampUs: 1_000,
    runtimeUs: 40_000,
    set: {
      "kernel.wakeUp": WAKE_UP_NS,
      "kernel.contextSwitch": SWITCH_NS,
      "linux.extentLookUp": LOOK_UP_NS,
    },
  });
  const ns = (cause: Cause) => Number(ledger.total[cause]) / metrics.simulatedIos / 1_000;
  return { ns, switches: metrics.contextSwitchesPerIo, interrupts: metrics.interruptsPerIo };
}

/** What a write costs more than a read. */
function more(setting: Setting) {
  const read = perIo("randread", setting);
  const write = perIo("randwrite", setting);
  return {
    ns: (cause: Cause) => write.ns(cause) - read.ns(cause),
    switches: write.switches - read.switches,
    read,
    write,
  };
}

describe("a direct write on ext4", () => {
  it.each(["psync", "libaio", "io_uring"])("looks the extent up once more: %s", (ioengine) => {
    const { ns } = more({ options: { ioengine } });
    expect(ns("fileSystem")).toBeCloseTo(LOOK_UP_NS, -1);
    expect(ns("pagePinning")).toBeCloseTo(0, -1);
  });

  it.each(["libaio", "io_uring"])("ends in a kernel worker: %s", (ioengine) => {
    const { ns, switches, read } = more({ options: { ioengine } });
    expect(read.switches).toBeCloseTo(1, 1);
    expect(switches).toBeCloseTo(1, 1);
    expect(ns("wakeUp")).toBeCloseTo(WAKE_UP_NS, -1);
    expect(ns("contextSwitch")).toBeCloseTo(SWITCH_NS, -2);
    expect(ns("interrupt")).toBeCloseTo(0, -1);
  });

  it("that its thread waits for in the kernel ends in the interrupt: psync", () => {
    const { ns, switches } = more({ options: { ioengine: "psync" } });
    expect(switches).toBeCloseTo(0, 1);
    expect(ns("wakeUp")).toBeCloseTo(0, -1);
    expect(ns("contextSwitch")).toBeCloseTo(0, -1);
  });

  it("ends in a kernel worker when it is polled for, too", () => {
    const { read, write } = more({ options: { ioengine: "io_uring", hipri: true } });
    expect(read.switches).toBe(0);
    expect(write.interrupts).toBe(0);
    expect(write.switches).toBeCloseTo(2, 1);
    expect(write.ns("wakeUp")).toBeCloseTo(WAKE_UP_NS, -1);
  });

  it("shares the worker's turn with what the same interrupt has found", () => {
    const options = { ioengine: "libaio", irq_coalescing_threshold: 8, irq_coalescing_time: 1 };
    const { write } = more({ options, ioDepth: 32 });
    expect(write.interrupts).toBeLessThan(0.3);
    // One wake-up for the worker and at most one for the thread.
    expect(write.ns("wakeUp")).toBeLessThan(2.1 * WAKE_UP_NS * write.interrupts);
    expect(write.switches).toBeLessThan(2.1 * write.interrupts);
    expect(write.switches).toBeGreaterThan(1.5 * write.interrupts);
  });
});

it("a write to the raw drive ends in the interrupt", () => {
  const { ns, switches } = more({ options: { filesystem: "none", ioengine: "libaio" } });
  expect(switches).toBeCloseTo(0, 1);
  expect(ns("wakeUp")).toBeCloseTo(0, -1);
});
