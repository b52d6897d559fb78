import { describe, expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { IO_OK } from "../../hardware/nvme/status.ts";
import { DioWorkers } from "./dio-workers.ts";

const END_PS = 100_000_000;
const COSTS = {
  wakeUpPs: 300_000,
  contextSwitchPs: 1_100_000,
  warmSwitchPs: 160_000,
  warmPeriodPs: 20_000_000,
};
const FINISH_PS = 50_000;

/** A core's worker, and when it has finished which request. */
function bench({ isOccupied }: { isOccupied: boolean }) {
  const finished: [tag: number, atPs: number][] = [];
  const owner = {
    finish: (tag: number, _drive: number, core: Core, atPs: number) => {
      const tookPs = core.charge(CAUSE.completion, FINISH_PS);
      finished.push([tag, atPs + tookPs]);
      return tookPs;
    },
  };
  const core = new Core(0, 0, 1, [0, END_PS]);
  core.isOccupied = isOccupied;
  const workers = new DioWorkers(owner, COSTS, 1);
  return {
    workers,
    finished,
    /** An interrupt's run at `atPs` ends these writes. */
    interrupt: (atPs: number, tags: readonly number[]) => {
      let nowPs = atPs;
      for (const tag of tags) nowPs += workers.queue(tag, 0, core, nowPs, IO_OK);
      workers.run(core, nowPs);
    },
    spent: () => {
      core.passUntil(END_PS, CAUSE.idle);
      return core.rowBetween(0, 1);
    },
  };
}

describe("the worker of direct writes", () => {
  it("is woken and switched to once for all that one interrupt has found", () => {
    const { interrupt, spent, finished, workers } = bench({ isOccupied: false });
    interrupt(0, [7, 8, 9]);
    const startPs = COSTS.wakeUpPs + COSTS.contextSwitchPs;
    const at = (items: number) => startPs + items * FINISH_PS;
    expect(finished).toEqual([
      [7, at(1)],
      [8, at(2)],
      [9, at(3)],
    ]);
    const row = spent();
    expect(row[CAUSE.wakeUp]).toBe(COSTS.wakeUpPs);
    expect(row[CAUSE.contextSwitch]).toBe(COSTS.contextSwitchPs);
    expect(workers.switches).toBe(1);
  });

  it("gives the core back to the thread that it has interrupted", () => {
    const { interrupt, spent, workers } = bench({ isOccupied: true });
    interrupt(0, [1]);
    // It has not run here yet; the thread is back before it is cold.
    expect(spent()[CAUSE.contextSwitch]).toBe(COSTS.contextSwitchPs + COSTS.warmSwitchPs);
    expect(workers.switches).toBe(2);
  });

  it("is warm when it ran a moment ago, unless the core has idled since", () => {
    const { contextSwitchPs, warmSwitchPs } = COSTS;
    for (const isOccupied of [true, false]) {
      const { interrupt, spent } = bench({ isOccupied });
      interrupt(0, [1]);
      interrupt(10_000_000, [2]);
      const expected = isOccupied ? contextSwitchPs + 3 * warmSwitchPs : 2 * contextSwitchPs;
      expect(spent()[CAUSE.contextSwitch]).toBe(expected);
    }
  });

  it("takes what is queued while it runs", () => {
    const { interrupt, spent, finished } = bench({ isOccupied: false });
    interrupt(0, [1]);
    // In the middle of the switch to it.
    interrupt(COSTS.wakeUpPs + 100_000, [2]);
    const firstPs = COSTS.wakeUpPs + COSTS.contextSwitchPs + FINISH_PS;
    expect(finished).toEqual([
      [1, firstPs],
      [2, firstPs + FINISH_PS],
    ]);
    expect(spent()[CAUSE.wakeUp]).toBe(COSTS.wakeUpPs);
  });

  it("does nothing when nothing was queued", () => {
    const { interrupt, spent } = bench({ isOccupied: true });
    interrupt(0, []);
    expect(spent()[CAUSE.idle]).toBe(END_PS);
  });
});
