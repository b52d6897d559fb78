/** What an interrupt costs before its handler's first step, and after its last. */
import { describe, expect, it } from "vitest";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { bareRun, STEADY_DRIVES, TWO_CORES } from "../../testing/bare-run.ts";
import { HaltedCore } from "../isolation/halted-core.ts";
import { READ } from "../model.ts";
import { NvmeInterrupts } from "./nvme-interrupts.ts";

const US = 1_000_000;
const END_PS = 200 * US;
const ENTRY_PS = 2 * US;

/** One completion that interrupts core 0, in the state that `prepare` brings it into. */
function interrupted(isolation: "bare" | "vm", prepare: (core: Core) => void) {
  const { machine, simulation } = bareRun(
    {
      machine: TWO_CORES,
      drives: 1,
      backend: "linux",
      isolation,
      workload: { kind: "raw-io" },
      // 2,200 cycles at 2.2 GHz: a microsecond.
      set: {
        ...STEADY_DRIVES,
        ...(isolation === "vm" && { "vm.exit": 2_200, "vm.resume": 10_000, "vm.haltPollMax": 0 }),
      },
    },
    END_PS,
  );
  const core = machine.cores[0]!;
  if (machine.guest !== undefined) core.halted = new HaltedCore(machine.guest.halt);
  prepare(core);
  const costs = { entryPs: ENTRY_PS, completionEntryPs: 0 };
  const interrupts = new NvmeInterrupts(simulation, machine, costs);
  const pair = machine.array.createQueuePair(0, 8);
  let handledPs = 0;
  interrupts.attach(pair, core, {
    complete: (_tag, _drive, _core, atPs) => {
      handledPs = atPs;
      return 0;
    },
  });
  pair.submit(READ, 0, 4_096, 1);
  pair.ringSubmissionDoorbell(0);
  simulation.runUntil(END_PS);
  if (core.waitsUntilPs > 0) core.endWait();
  const endPs = core.cursorPs;
  core.passUntil(END_PS, CAUSE.idle);
  const row = core.rowBetween(0, 1);
  return { handledPs, endPs, entryPs: row[CAUSE.interrupt]!, hypervisorPs: row[CAUSE.hypervisor]! };
}

describe("an interrupt", () => {
  it("makes an idle core leave its idle state first", () => {
    const shallow = interrupted("bare", (core) => {
      core.idleExitPs = 0;
    });
    const deep = interrupted("bare", (core) => {
      core.idleExitPs = 5 * US;
    });
    const busy = interrupted("bare", (core) => {
      core.idleExitPs = 5 * US;
      core.isOccupied = true;
    });
    expect(deep.handledPs - shallow.handledPs).toBe(5 * US);
    expect(busy.handledPs).toBe(shallow.handledPs);
    expect([shallow, deep, busy].map(({ entryPs }) => entryPs)).toEqual(Array(3).fill(ENTRY_PS));
  });

  it("steals from a wait of its core, and holds it up if it ends later", () => {
    const { handledPs } = interrupted("bare", (core) => {
      core.isOccupied = true;
    });
    for (const spareNs of [-500, 500]) {
      const waitsUntilPs = handledPs + spareNs * 1_000;
      const { endPs } = interrupted("bare", (core) => {
        core.isOccupied = true;
        core.beginWait(waitsUntilPs, CAUSE.contention);
      });
      expect(endPs).toBe(Math.max(handledPs, waitsUntilPs));
    }
  });

  it("leaves a guest that runs twice: when it arrives and when it ends", () => {
    const { hypervisorPs } = interrupted("vm", (core) => {
      core.isOccupied = true;
    });
    expect(hypervisorPs).toBe(2 * US);
  });

  it("finds a core that has halted outside: its way back and the interrupt's end remain", () => {
    const { hypervisorPs } = interrupted("vm", () => {});
    expect(hypervisorPs).toBe((1 + 10 + 1) * US);
  });
});
