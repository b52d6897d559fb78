/** A list gives frames back in the order in which they came, whatever is taken out in between. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { LruList } from "./lru-list.ts";
import { NO_FRAME, PageFrames } from "./page-frames.ts";

const FRAMES = 12;

it("equals a plain array", () => {
  const step = fc.record({ frame: fc.integer({ min: 0, max: FRAMES - 1 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (sequence) => {
      const list = new LruList(new PageFrames(FRAMES));
      const model: number[] = [];
      for (const { frame } of sequence) {
        const position = model.indexOf(frame);
        if (position < 0) {
          list.add(frame);
          model.push(frame);
        } else {
          list.remove(frame);
          model.splice(position, 1);
        }
        expect(list.length).toBe(model.length);
        expect(list.find(() => true)).toBe(model[0] ?? NO_FRAME);
      }
      const taken = new Int32Array(FRAMES);
      const count = list.takeOldest(FRAMES, taken);
      expect([...taken.subarray(0, count)]).toEqual(model);
      expect(list.length).toBe(0);
    }),
    { seed: 4 },
  );
});

it("takes at most what is asked for, oldest first", () => {
  const list = new LruList(new PageFrames(FRAMES));
  for (const frame of [5, 1, 3]) list.add(frame);
  const taken = new Int32Array(2);
  expect(list.takeOldest(2, taken)).toBe(2);
  expect([...taken]).toEqual([5, 1]);
  expect(list.find(() => true)).toBe(3);
});

it("notices a frame that is not on it", () => {
  const list = new LruList(new PageFrames(FRAMES));
  list.add(1);
  list.remove(1);
  expect(() => list.remove(1)).toThrow("I1");
});
