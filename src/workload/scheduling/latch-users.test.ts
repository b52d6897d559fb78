/** When may a user of a latch be preempted, and what counts as his wait? */
import { expect, it } from "vitest";
import { CAUSE, type Thread, type Wait } from "../../os/model.ts";
import { Simulation } from "../../sim/simulation.ts";
import { LatchUsers } from "./latch-users.ts";

const PLAN = { threads: 2, outsidePs: 5_000, insidePs: 2_000, isMasked: true, lookPs: 10, seed: 1 };

/** A user of the latch, led step by step. */
function user(users: LatchUsers, index: number) {
  const thread = {
    core: { cursorPs: 0 },
    masks: 0,
    maskPreemption() {
      thread.masks += 1;
    },
    unmaskPreemption() {
      thread.masks -= 1;
    },
  };
  const body = users.body(index, thread as unknown as Thread);
  return {
    /** Goes on after `ps`; what he does next, and how often he has masked preemption. */
    next(ps: number): readonly [doing: string, masks: number] {
      thread.core.cursorPs += ps;
      const wait = body.next().value as Wait;
      const isInside = wait.kind === "compute" && wait.cause === CAUSE.database;
      if (isInside) expect(wait.remainingPs).toBe(PLAN.insidePs);
      return [isInside ? "inside" : wait.kind === "poll" ? "spins" : "outside", thread.masks];
    },
  };
}

it("masks preemption inside the latch, and neither outside nor while he spins for it", () => {
  const users = new LatchUsers(PLAN, new Simulation(), { startPs: 0, endPs: 1e9 });
  const [one, other] = [user(users, 0), user(users, 1)];
  expect([one.next(0), other.next(0)]).toEqual([
    ["outside", 0],
    ["outside", 0],
  ]);
  expect([one.next(500), other.next(500)]).toEqual([
    ["inside", 1],
    ["spins", 0],
  ]);
  expect(one.next(2_000)).toEqual(["outside", 0]);
  expect(other.next(2_000)).toEqual(["inside", 1]);
  expect(other.next(2_000)).toEqual(["outside", 0]);
  // The first has had it at once, the second when the first was through.
  const { shortPs, wakeDelayPs } = users.statistics;
  expect([shortPs.min, shortPs.max]).toEqual([2_000, 4_000]);
  expect([wakeDelayPs.min, wakeDelayPs.max]).toEqual([0, 2_000]);
});
