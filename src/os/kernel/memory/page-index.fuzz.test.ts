/** The page index equals a plain map under any sequence of insertions and removals. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { NO_FRAME, PageFrames } from "./page-frames.ts";
import { PageIndex } from "./page-index.ts";

const FRAMES = 64;
const PAGES = 10_000;

/** Pages that come again and again, and others. */
const page = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: PAGES - 1 }));
const steps = fc.array(fc.record({ page, isAdd: fc.boolean() }), { maxLength: 400 });

function run(sequence: readonly { page: number; isAdd: boolean }[], plantFault: boolean): void {
  const frames = new PageFrames(FRAMES);
  const index = new PageIndex(PAGES, frames.page);
  const model = new Map<number, number>();
  for (const step of sequence) {
    const known = model.get(step.page);
    expect(index.find(step.page)).toBe(known ?? NO_FRAME);
    if (step.isAdd && known === undefined && frames.freeCount > 0) {
      const frame = frames.take(step.page);
      index.add(frame);
      model.set(step.page, frame);
    } else if (!step.isAdd && known !== undefined) {
      if (!plantFault) expect(index.remove(known)).toBe(true);
      frames.release(known);
      model.delete(step.page);
    }
    expect(index.size).toBe(model.size);
  }
  for (const [known, frame] of model) expect(index.find(known)).toBe(frame);
}

it("finds exactly what was added and not removed", () => {
  fc.assert(
    fc.property(steps, (sequence) => run(sequence, false)),
    { seed: 4, numRuns: 300 },
  );
});

it("is caught when a removal is forgotten", () => {
  const forgetful = () =>
    run(
      [
        { page: 3, isAdd: true },
        { page: 3, isAdd: false },
      ],
      true,
    );
  expect(forgetful).toThrow();
});

it("does not remove what is not there", () => {
  const frames = new PageFrames(4);
  const index = new PageIndex(PAGES, frames.page);
  const frame = frames.take(9);
  expect(index.remove(frame)).toBe(false);
});
