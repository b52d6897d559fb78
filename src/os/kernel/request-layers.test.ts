import { describe, expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { READ, WRITE } from "../../hardware/nvme/command-table.ts";
import { DeadlineLayer, Ext4Layer } from "./request-layers.ts";

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

describe("ext4", () => {
  const WORK_PS = 2_000_000;
  const LOOK_UP_PS = 150_000;

  it("looks an overwrite's extent up before it takes its blocks for a read's", () => {
    for (const opcode of [READ, WRITE] as const) {
      const layer = new Ext4Layer(1, WORK_PS, LOOK_UP_PS, TIMES);
      const core = new Core(0, 0, 1, [0, 10_000_000]);
      layer.submit(core, 0, opcode);
      core.passUntil(10_000_000, CAUSE.idle);
      const lookUpsPs = opcode === WRITE ? LOOK_UP_PS : 0;
      expect(core.rowBetween(0, 1)[CAUSE.fileSystem]).toBe(WORK_PS + lookUpsPs);
    }
  });
});
