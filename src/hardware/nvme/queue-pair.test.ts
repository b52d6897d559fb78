/** Protocol: is it legal now, and not one picosecond earlier? The controller is the test itself. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommandTable, READ } from "./command-table.ts";
import { NO_COMMAND, NO_COMPLETION, QueuePair } from "./queue-pair.ts";

/** A queue pair whose controller does nothing by itself. */
function bench(depth: number) {
  const commands = new CommandTable();
  const announced: number[] = [];
  const queuePair = new QueuePair(0, 0, depth, commands, {
    fetchFrom: (_, atPs) => announced.push(atPs),
  });
  const submit = (tag: number): boolean => queuePair.submit(READ, 0, 4_096, tag);
  /** Takes one command through the controller, its completion visible at `visiblePs`. */
  const execute = (visiblePs: number): void => queuePair.post(queuePair.fetch(), visiblePs);
  return { commands, queuePair, announced, submit, execute };
}

describe("a queue pair", () => {
  it("shows the controller a command only after the doorbell", () => {
    const { queuePair, announced, submit } = bench(8);
    submit(1);
    submit(2);
    expect(queuePair.unannounced).toBe(2);
    expect(queuePair.fetch()).toBe(NO_COMMAND);
    expect(announced).toEqual([]);
    queuePair.ringSubmissionDoorbell(50);
    submit(3);
    expect(announced).toEqual([50]);
    expect(queuePair.unannounced).toBe(1);
    expect(queuePair.fetch()).not.toBe(NO_COMMAND);
    expect(queuePair.fetch()).not.toBe(NO_COMMAND);
    expect(queuePair.fetch()).toBe(NO_COMMAND);
  });

  it("refuses when full: one slot stays empty (I1)", () => {
    const { queuePair, commands, submit, execute } = bench(4);
    expect([submit(1), submit(2), submit(3)]).toEqual([true, true, true]);
    expect(queuePair.isFull).toBe(true);
    expect(submit(4)).toBe(false);
    expect([queuePair.outstanding, commands.inFlight]).toEqual([3, 3]);
    queuePair.ringSubmissionDoorbell(0);
    execute(10);
    expect(submit(4)).toBe(false);
    expect(queuePair.poll(10)).toBe(1);
    expect([submit(4), submit(5)]).toEqual([true, false]);
  });

  it("needs at least two entries", () => {
    expect(() => bench(1)).toThrow(/at least two entries/);
  });

  it("shows a completion at its time and not a picosecond earlier", () => {
    const { queuePair, submit, execute } = bench(8);
    submit(7);
    queuePair.ringSubmissionDoorbell(0);
    execute(1_000);
    expect(queuePair.earliestVisiblePs()).toBe(1_000);
    expect(queuePair.poll(999)).toBe(NO_COMPLETION);
    expect(queuePair.outstanding).toBe(1);
    expect(queuePair.poll(1_000)).toBe(7);
    expect(queuePair.poll(1_000)).toBe(NO_COMPLETION);
    expect(queuePair.earliestVisiblePs()).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([2, 3, 8])("flips the phase tag once per lap of %i entries (I2)", (depth) => {
    const { queuePair, submit, execute } = bench(depth);
    for (let index = 0; index < 5 * depth; index++) {
      // Entries of the lap before lie in every slot: none of them may be taken for new.
      expect(queuePair.controllerPhase).toBe(Math.floor(index / depth) % 2 === 0 ? 1 : 0);
      expect(queuePair.poll(1e9)).toBe(NO_COMPLETION);
      submit(index);
      queuePair.ringSubmissionDoorbell(0);
      execute(index);
      expect(queuePair.poll(1e9)).toBe(index);
      queuePair.ringCompletionDoorbell(index);
    }
  });

  it("stalls the controller until the CQ head doorbell returns entries (I3)", () => {
    const { queuePair, submit, execute } = bench(4);
    const next = (tag: number, visiblePs: number): void => {
      submit(tag);
      queuePair.ringSubmissionDoorbell(0);
      execute(visiblePs);
    };
    for (const tag of [1, 2, 3]) {
      next(tag, 10 * tag);
      expect(queuePair.poll(100)).toBe(tag);
    }
    // Three of four entries are taken, none is returned: the queue has no free slot.
    next(4, 40);
    next(5, 900);
    expect(queuePair.earliestVisiblePs()).toBe(Number.POSITIVE_INFINITY);
    queuePair.ringCompletionDoorbell(200);
    expect(queuePair.poll(199)).toBe(NO_COMPLETION);
    expect(queuePair.poll(200)).toBe(4);
    // Its data was not there yet when the doorbell rang.
    expect(queuePair.poll(899)).toBe(NO_COMPLETION);
    expect(queuePair.poll(900)).toBe(5);
  });

  it("gives back stalled completions in order, as far as there is room", () => {
    const { queuePair, submit, execute } = bench(3);
    const served: number[] = [];
    for (let tag = 0; tag < 2; tag++) {
      submit(tag);
      queuePair.ringSubmissionDoorbell(0);
      execute(0);
      served.push(queuePair.poll(0));
    }
    for (let tag = 2; tag < 4; tag++) {
      submit(tag);
      queuePair.ringSubmissionDoorbell(0);
      execute(0);
    }
    queuePair.ringCompletionDoorbell(0);
    for (let tag = queuePair.poll(0); tag !== NO_COMPLETION; tag = queuePair.poll(0)) {
      served.push(tag);
      queuePair.ringCompletionDoorbell(0);
    }
    expect(served).toEqual([0, 1, 2, 3]);
  });

  it("orders entries by the moment at which they appear", () => {
    const { queuePair, submit, execute } = bench(8);
    for (const tag of [1, 2, 3]) submit(tag);
    queuePair.ringSubmissionDoorbell(0);
    execute(500);
    execute(100);
    execute(300);
    expect(queuePair.earliestVisiblePs()).toBe(100);
    expect([100, 300, 500].map((atPs) => queuePair.poll(atPs))).toEqual([2, 3, 1]);
  });
});

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.constant("submit" as const) },
  { weight: 3, arbitrary: fc.constant("doorbell" as const) },
  { weight: 4, arbitrary: fc.constant("execute" as const) },
  { weight: 4, arbitrary: fc.constant("poll" as const) },
  { weight: 2, arbitrary: fc.constant("return" as const) },
);

describe("a queue pair under any sequence", () => {
  it("completes every command exactly once, and holds its invariants (I1–I4)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.array(fc.tuple(operation, fc.nat(40)), { maxLength: 400 }),
        (depth, steps) => {
          const { commands, queuePair, submit } = bench(depth);
          const inFlight = new Set<number>();
          /** When each executed command may be seen; the controller executes at `nowPs`. */
          const dueByTag = new Map<number, number>();
          const announcedTags: number[] = [];
          const unannounced: number[] = [];
          let tags = 0;
          let nowPs = 0;
          const take = (): void => {
            const tag = queuePair.poll(nowPs);
            if (tag === NO_COMPLETION) return;
            expect(inFlight.delete(tag)).toBe(true);
            expect(dueByTag.get(tag)).toBeLessThanOrEqual(nowPs);
            dueByTag.delete(tag);
          };
          for (const [step, amount] of steps) {
            nowPs += amount;
            if (step === "submit") {
              expect(submit(tags)).toBe(inFlight.size < depth - 1);
              if (inFlight.size < depth - 1) {
                inFlight.add(tags);
                unannounced.push(tags);
                tags += 1;
              }
            } else if (step === "doorbell") {
              queuePair.ringSubmissionDoorbell(nowPs);
              announcedTags.push(...unannounced.splice(0));
            } else if (step === "execute") {
              const command = queuePair.fetch();
              expect(command === NO_COMMAND).toBe(announcedTags.length === 0);
              if (command !== NO_COMMAND) {
                dueByTag.set(announcedTags.shift()!, nowPs + (amount % 7) * 100);
                queuePair.post(command, nowPs + (amount % 7) * 100);
              }
            } else if (step === "poll") take();
            else queuePair.ringCompletionDoorbell(nowPs);
            expect(queuePair.outstanding).toBe(inFlight.size);
            expect(queuePair.unannounced).toBe(unannounced.length);
          }
          nowPs += 10_000;
          for (let left = 3 * depth; left > 0; left--) {
            take();
            queuePair.ringCompletionDoorbell(nowPs);
          }
          expect(dueByTag.size).toBe(0);
          expect(commands.inFlight).toBe(inFlight.size);
          expect(inFlight.size).toBe(unannounced.length + announcedTags.length);
        },
      ),
      { seed: 51, numRuns: 500 },
    );
  });
});
