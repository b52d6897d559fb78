import { expect, it } from "vitest";
import { NO_FRAME, NO_PAGE, PageFrames } from "./page-frames.ts";

it("hands out every frame once, and again only after it came back", () => {
  const frames = new PageFrames(5);
  const taken = Array.from({ length: 5 }, (_, page) => frames.take(page));
  expect([...taken].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(frames.take(9)).toBe(NO_FRAME);
  frames.release(taken[2]!);
  expect(frames.freeCount).toBe(1);
  expect(frames.page[taken[2]!]).toBe(NO_PAGE);
  expect(frames.take(9)).toBe(taken[2]);
});

it("notices a frame that is freed twice, or in the middle of its I/O", () => {
  const frames = new PageFrames(2);
  const frame = frames.take(7);
  frames.io[frame] = 1;
  expect(() => frames.release(frame)).toThrow("I1");
  frames.io[frame] = 0;
  frames.release(frame);
  expect(() => frames.release(frame)).toThrow("I1");
});
