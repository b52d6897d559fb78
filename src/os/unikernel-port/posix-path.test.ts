/** The way back of a request of the port: who is told, on which core, and when. */
import { expect, it } from "vitest";
import { NO_BUFFER } from "../../hardware/nvme/command-table.ts";
import { IO_OK } from "../../hardware/nvme/status.ts";
import { bareRun } from "../../testing/bare-run.ts";
import { NvmeInterrupts } from "../kernel/nvme-interrupts.ts";
import { READ, type Thread } from "../model.ts";
import { PosixPath } from "./storage/posix-path.ts";

const COSTS = { vfsLockPs: 0, bioPs: 0, driverPs: 0, wakeUpPs: 10, contextSwitchPs: 1_000 };
const BACK_PS = 10 + 1_000 + 10;

it("the caller, and whoever waits for room, is told when the completion thread has run", () => {
  const { simulation, machine } = bareRun(
    {
      backend: "unikernel-port",
      drives: 1,
      set: { "drive.queueDepthMax": 2 },
      workload: { kind: "raw-io" },
    },
    1e9,
  );
  const interrupts = new NvmeInterrupts(simulation, machine, { entryPs: 0, completionEntryPs: 0 });
  const path = new PosixPath(simulation, machine, interrupts, COSTS);
  const told: [string, number][] = [];
  const channel = (name: string): number =>
    path.addChannel({
      requestDone: (atPs) => told.push([`${name} is done`, atPs]),
      roomAgain: (atPs) => told.push([`${name} has room`, atPs]),
    });
  const [first, second] = [channel("first"), channel("second")];
  const core = machine.cores[0]!;
  const thread = { core, wake: () => {} } as unknown as Thread;
  const send = (index: number) => path.send(thread, READ, 0, 0, 512, index, NO_BUFFER);
  expect([send(first), send(second)]).toEqual([true, false]);
  const beforePs = core.cursorPs;
  expect(path.complete(first, 0, core, 50_000, IO_OK)).toBe(BACK_PS);
  expect(core.cursorPs - beforePs).toBe(BACK_PS);
  expect(told).toEqual([
    ["first is done", 50_000 + BACK_PS],
    ["second has room", 50_000 + BACK_PS],
  ]);
});
