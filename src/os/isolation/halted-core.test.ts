/** A virtual core that halts: what rouses it, and what that takes, as KVM does it. */
import { describe, expect, it } from "vitest";
import { type MetricName, metricOf } from "../../experiment/metric.ts";
import { runExperiment } from "../../experiment/run.ts";
import { type ExperimentInput, parseSpec } from "../../experiment/spec.ts";
import { Core } from "../../hardware/cpu/core.ts";
import { CAUSE, emptyLedgerRow } from "../../hardware/cpu/ledger.ts";
import { STEADY_DRIVES, TWO_CORES } from "../../testing/bare-run.ts";
import { HaltedCore } from "./halted-core.ts";

const US = 1_000_000;
const TIMES = { leavePs: 10, enterPs: 20, resumePs: 3_000, pollStartPs: 10 * US };
const IDLE_EXIT_PS = 500;

/** What each of several halts, so many picoseconds long, takes beyond its length. */
function delays(haltsPs: readonly number[], pollMaxPs: number): number[] {
  const core = new Core(0, 0, 1, [1e12, 2e12]);
  core.idleExitPs = IDLE_EXIT_PS;
  core.halted = new HaltedCore({ ...TIMES, pollMaxPs });
  const delaysPs = haltsPs.map((haltPs) => {
    const eventPs = core.cursorPs + haltPs;
    expect(core.leaveIdle(eventPs)).toBe(true);
    return core.cursorPs - eventPs;
  });
  const spentPs = core.cursorPs;
  core.passUntil(1e12, CAUSE.application);
  core.passUntil(2e12, CAUSE.application);
  expect(spentPs).toBe(haltsPs.reduce((sum, ps) => sum + ps, 0) + delaysPs.reduce((a, b) => a + b));
  return delaysPs;
}

const BLOCKED = IDLE_EXIT_PS + TIMES.resumePs + TIMES.enterPs;
const SEEN = TIMES.enterPs;

describe("a halted core", () => {
  it("is looked at longer and longer while halts are short, then is never blocked", () => {
    // 0, 10, 20, 40, 80 µs of looking; a halt of 70 µs.
    const halts = new Array<number>(7).fill(70 * US);
    expect(delays(halts, 200 * US)).toEqual([
      ...new Array<number>(4).fill(BLOCKED),
      ...new Array<number>(3).fill(SEEN),
    ]);
  });

  it("is not looked at after a halt beyond the longest time", () => {
    const halts = [5, 5, 300, 5, 5].map((us) => us * US);
    expect(delays(halts, 200 * US)).toEqual([BLOCKED, SEEN, BLOCKED, BLOCKED, SEEN]);
  });

  it("is looked at no longer than that, however often it blocks", () => {
    const halts = [5, 15, 25, 35, 5].map((us) => us * US);
    expect(delays(halts, 30 * US)).toEqual([BLOCKED, BLOCKED, BLOCKED, BLOCKED, BLOCKED]);
  });

  it("is looked at as long as before after a halt of just as long, or of the longest time", () => {
    const { leavePs, resumePs, pollStartPs } = TIMES;
    const seenPs = pollStartPs + leavePs;
    // From when it is out to when the host's thread runs again.
    const blockedPs = 200 * US + leavePs - IDLE_EXIT_PS - resumePs;
    const halts = [5 * US, seenPs, blockedPs, seenPs, 15 * US];
    expect(delays(halts, 200 * US)).toEqual([BLOCKED, SEEN, BLOCKED, SEEN, BLOCKED]);
  });

  it("blocks at once where the host does not look", () => {
    expect(delays([US, US, US], 0)).toEqual([BLOCKED, BLOCKED, BLOCKED]);
  });

  it("goes back at once when its event is there before it is out", () => {
    expect(delays([4], 0)).toEqual([TIMES.leavePs - 4 + TIMES.enterPs]);
  });

  it("charges the host's work to the hypervisor and the rest to idling", () => {
    const core = new Core(0, 0, 1, [0, 100_000]);
    core.idleExitPs = IDLE_EXIT_PS;
    core.halted = new HaltedCore({ ...TIMES, pollMaxPs: 0 });
    core.leaveIdle(50_000);
    core.passUntil(100_000, CAUSE.application);
    const expected = emptyLedgerRow();
    expected[CAUSE.hypervisor] = TIMES.leavePs + TIMES.resumePs + TIMES.enterPs;
    expected[CAUSE.idle] = 50_000 - TIMES.leavePs + IDLE_EXIT_PS;
    expected[CAUSE.application] = 100_000 - 50_000 - BLOCKED;
    expect(core.rowBetween(0, 1)).toEqual(expected);
  });
});

const GUEST = {
  machine: { ...TWO_CORES },
  isolation: "vm",
  drives: 1,
  cores: 2,
  rampUs: 400,
  runtimeUs: 4_000,
} as const;
const IDLE_EXIT_NS = 1_000;
const RESUME_NS = 700;

/** Nanoseconds of an operation; times of the processor are those of one clock. */
function timeOf(input: ExperimentInput, metric: MetricName): number {
  const set = {
    ...STEADY_DRIVES,
    "cpu.idleExit": IDLE_EXIT_NS,
    "vm.resume": RESUME_NS,
    ...input.set,
  };
  const spec = parseSpec({ ...GUEST, ...input, set });
  return metricOf(runExperiment(spec, { allowLong: true }), metric);
}

describe.each([
  ["a read", { workload: { kind: "raw-io" } }, "latencyNsMean"],
  [
    "a turn of two threads",
    { workload: { kind: "sched", work: { pattern: "ping-pong", isSameCore: false } } },
    "operationNsMean",
  ],
] satisfies [string, ExperimentInput, MetricName][])("%s in a guest", (_, input, metric) => {
  const time = (
    set: Readonly<Record<string, number>>,
    options: ExperimentInput["options"] = {},
  ): number => timeOf({ ...input, set: { ...set }, options }, metric);

  it("halts by default, by one mechanism", () => {
    expect(time({}, { idle: "guest-halt" })).toBe(time({}));
  });

  it("takes an idle exit and a switch of the host more where its core has blocked", () => {
    const more = time({ "vm.haltPollMax": 0 }) - time({});
    const atClock = time({ "vm.haltPollMax": 0 }) - time({ "vm.haltPollMax": 0, "vm.resume": 0 });
    expect(more).toBeCloseTo(IDLE_EXIT_NS + atClock, 0);
    expect(atClock / RESUME_NS).toBeGreaterThan(0.8);
    expect(atClock / RESUME_NS).toBeLessThan(1.2);
  });

  it("pays no idle exit while the host looks for its event", () => {
    expect(time({})).toBe(time({ "cpu.idleExit": 0 }));
  });

  it("halts in a guest only", () => {
    expect(() =>
      timeOf({ ...input, isolation: "bare", options: { idle: "guest-halt" } }, metric),
    ).toThrow(/idle: "guest-halt" is not allowed; only virtual machines have it/);
  });
});
