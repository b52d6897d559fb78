/** What one request does on its way, beside costing time. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { QueuePair } from "../../hardware/nvme/queue-pair.ts";
import { bareRun, STEADY_DRIVES, TWO_CORES } from "../../testing/bare-run.ts";
import { IO_OK, READ } from "../model.ts";
import { NvmeInterrupts } from "./nvme-interrupts.ts";
import { requestCosts } from "./request-costs.ts";
import { RequestPath } from "./request-path.ts";

const END_PS = 100_000_000;
const OWNER = { requestDone: () => {}, roomAgain: () => {} };

/** A path to drives that take 20 µs, and two cores far apart. */
function bench() {
  const run = bareRun(
    {
      machine: TWO_CORES,
      drives: 2,
      backend: "linux",
      workload: { kind: "raw-io" },
      set: { ...STEADY_DRIVES },
    },
    END_PS,
  );
  const { machine, simulation } = run;
  const path = new RequestPath(machine, requestCosts(run.costsPs as never), undefined, {
    refersToFile: true,
    sharesFile: true,
    pinsPages: true,
    hasBlockLayer: true,
    files: 1,
    layers: [],
    hasJournal: false,
    interruptedCore: (core) => core,
  });
  const owner = path.addOwner(OWNER);
  const send = (core: number, bytes = 4_096, drive = 0): boolean =>
    path.send(machine.cores[core]!, owner, READ, drive, 0, bytes, 1);
  /** Requests of core 0 that the first drive knows of. */
  const handedOver = (): number => path.queuePair(machine.cores[0]!, 0).outstanding;
  return { machine, simulation, path, owner, send, handedOver };
}

describe("a plug", () => {
  it.each([
    [2, 1],
    [3, 0],
  ])("is opened by a call of more than two requests: %d", (requests, known) => {
    const { path, owner, send, handedOver } = bench();
    path.plug(owner, requests);
    send(0);
    expect(handedOver()).toBe(known);
  });

  it("lets go of what it holds with a request of 128 KiB, and with none that is smaller", () => {
    const { path, owner, send, handedOver } = bench();
    path.plug(owner, 8);
    send(0);
    send(0, 126_976);
    expect(handedOver()).toBe(0);
    send(0, 131_072);
    expect(handedOver()).toBe(3);
  });

  it("is its owner's: what others send does not wait in it, but its places are taken", () => {
    const { machine, path, owner, send, handedOver } = bench();
    const core = machine.cores[0]!;
    path.plug(owner, 3);
    send(0);
    send(0);
    const other = path.addOwner(OWNER);
    let sent = 0;
    while (sent < 5_000 && path.send(core, other, READ, 0, 0, 4_096, 1)) sent += 1;
    expect(sent).toBe(1_021);
    expect(handedOver()).toBe(1_021);
    path.unplug(core, owner);
    expect(handedOver()).toBe(1_023);
  });
});

describe("a queue pair", () => {
  it("is as deep as Linux makes it: 1024 entries, one of which stays empty", () => {
    const { machine, send } = bench();
    expect(machine.array.shape.queueDepthMax).toBeGreaterThanOrEqual(1_024);
    let sent = 0;
    while (sent < 5_000 && send(0)) sent += 1;
    expect(sent).toBe(1_023);
  });
});

it("a request has its file's count move to it to be read, to be raised and to be lowered", () => {
  const { machine, path, owner, send } = bench();
  const [first, second] = machine.cores;
  send(0);
  second!.passUntil(10_000_000, CAUSE.idle);
  send(1);
  for (const core of [first!, second!]) {
    core.passUntil(20_000_000 * (1 + core.index), CAUSE.idle);
    path.complete((owner << 16) | 1, 0, core, core.cursorPs, IO_OK);
  }
  const contention = [first!, second!].map((core) => {
    core.passUntil(END_PS, CAUSE.idle);
    return core.rowBetween(0, 1)[CAUSE.contention]! / machine.lineTransfer.farPs;
  });
  // The first one finds it free at first; a transfer may have to wait for its turn for a moment.
  expect(contention.map(Math.round)).toEqual([1, 3]);
});

it("handlers of one core run one after the other", () => {
  const { machine, simulation } = bench();
  const core = machine.cores[0]!;
  const WORK_PS = 3_000_000;
  const beganPs: number[] = [];
  const interrupts = new NvmeInterrupts(simulation, machine, { entryPs: 0, completionEntryPs: 0 });
  const pairs: QueuePair[] = [0, 1].map((drive) => machine.array.createQueuePair(drive, 8));
  for (const pair of pairs) {
    interrupts.attach(pair, core, {
      complete: (_tag, _drive, on, atPs) => {
        beganPs.push(atPs);
        return on.charge(CAUSE.completion, WORK_PS);
      },
    });
    pair.submit(READ, 0, 4_096, 1);
    pair.ringSubmissionDoorbell(0);
  }
  simulation.runUntil(END_PS);
  expect(beganPs).toHaveLength(2);
  expect(beganPs[1]! - beganPs[0]!).toBeGreaterThanOrEqual(WORK_PS);
});
