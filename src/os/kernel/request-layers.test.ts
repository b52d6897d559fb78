import { describe, expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { DeadlineLayer } from "./request-layers.ts";

const TIMES = { nearPs: 25_000, farPs: 100_000 };
const MERGE_PS = 110_000;
const LOCK_PS = 310_000;

describe("mq-deadline", () => {
  it("takes the drive's lock to look for a neighbour, to insert and to dispatch", () => {
    const layer = new DeadlineLayer(1, MERGE_PS, LOCK_PS, TIMES);
    const core = new Core(0, 0, 1, [0, 10_000_000]);
    layer.submit(core, 0);
    core.passUntil(10_000_000, CAUSE.idle);
    const row = core.rowBetween(0, 1);
    expect(row[CAUSE.blockLayer]).toBe(MERGE_PS + 2 * LOCK_PS);
    expect(row[CAUSE.contention]).toBe(0);
  });
});
