/** Whose lines are still in a core's caches when it is switched to. */
import { describe, expect, it } from "vitest";
import { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { FairQueue } from "./fair-queue.ts";
import { KernelThread, type ThreadHome } from "./kernel-thread.ts";
import { freePlan, switchPs } from "./scheduling-plan.ts";

const COLD_PS = 1_000;
const WARM_PS = 300;
const WITHIN_PS = 50_000;
const NOW_PS = 1_000_000;
const TIMES = { latencyPs: 1, minGranularityPs: 1, wakeupGranularityPs: 1, tickPs: 1 };
const PLAN = {
  ...freePlan(() => new FairQueue(TIMES), CAUSE.idle),
  contextSwitchPs: COLD_PS,
  warm: { switchPs: WARM_PS, withinPs: WITHIN_PS },
};

/** What it takes to switch core 0 to a thread that left `from` `awayPs` ago. */
function takes({ from = 0, awayPs = 0, readyPs = 0, hasIdled = false, plan = PLAN } = {}): number {
  const cores = [0, 1].map((index) => new Core(index, 0, 1, []));
  cores[0]!.cursorPs = NOW_PS;
  const thread = new KernelThread({ core: cores[from]!, residents: 0 } as ThreadHome, {});
  return switchPs(
    plan,
    cores[0]!,
    Object.assign(thread, { leftPs: NOW_PS - awayPs, readyPs }),
    hasIdled,
  );
}

describe("a switch", () => {
  it("is warm to a thread that left the core a moment ago", () => {
    expect(takes({ awayPs: WITHIN_PS })).toBe(WARM_PS);
  });

  it.each([
    ["it has been away for longer", { awayPs: WITHIN_PS + 1 }],
    ["it ran on another core", { from: 1 }],
    ["the core has had nothing to run since", { hasIdled: true }],
    ["the core has still to wait for it", { readyPs: NOW_PS + 1 }],
    ["the scheduler's switches are all alike", { plan: { ...PLAN, warm: undefined as never } }],
  ])("is not when %s", (_, setting) => {
    expect(takes(setting)).toBe(COLD_PS);
  });
});
