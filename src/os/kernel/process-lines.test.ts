/** New pages that are given back before they have come to the LRU list leave it once. */
import { expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { PAGEVEC } from "./memory/lru-list.ts";
import { ProcessLines } from "./process-lines.ts";

it("takes the lock once more for those that leave, at the next fifteen, not ever after", () => {
  const core = new Core(0, 0, 1, [0]);
  const machine = { lineTransfer: { nearPs: 0, farPs: 0 }, cores: [core] };
  const lines = new ProcessLines(machine as unknown as HostMachine, {
    lruHoldPs: 1,
    lruPagePs: 0,
    isDrainedFirst: false,
    cgroupLevels: 0,
  });
  let page = 0;
  const add = (count: number): number => {
    const fromPs = core.cursorPs;
    for (const end = page + count; page < end; page++) lines.addPage(core, page);
    return core.cursorPs - fromPs;
  };
  expect(add(PAGEVEC - 1)).toBe(0);
  lines.removePages(core, Int32Array.of(3, 5), 2, 0);
  expect(core.cursorPs).toBe(0);
  expect([add(1), add(PAGEVEC), add(PAGEVEC)]).toEqual([2, 1, 1]);
});
