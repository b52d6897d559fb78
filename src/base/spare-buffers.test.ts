import fc from "fast-check";
import { expect, it } from "vitest";
import { SpareBuffers } from "./spare-buffers.ts";

it("hands memory on as if it were new, the closest one first", () => {
  const spare = new SpareBuffers();
  const [small, large] = [new ArrayBuffer(100), new ArrayBuffer(300)];
  new Uint8Array(small).fill(1);
  new Uint8Array(large).fill(1);
  spare.giveBack(large, 1_000);
  spare.giveBack(small, 1_000);
  expect(spare.bytes).toBe(400);
  expect(spare.take(301)).toEqual(new ArrayBuffer(301));
  expect(spare.take(50)).toBe(small);
  expect(new Uint8Array(small)).toEqual(new Uint8Array(100).fill(1, 50));
  expect(spare.take(50)).toBe(large);
  expect(spare.bytes).toBe(0);
});

it("never keeps more than it may, and never gives one buffer to two", () => {
  const step = fc.record({ isTake: fc.boolean(), bytes: fc.nat(64), most: fc.nat(200) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const spare = new SpareBuffers();
      const used = new Set<ArrayBuffer>();
      for (const { isTake, bytes, most } of steps) {
        if (isTake) {
          const buffer = spare.take(bytes);
          expect(used.has(buffer)).toBe(false);
          expect(new Uint8Array(buffer, 0, bytes).every((byte) => byte === 0)).toBe(true);
          new Uint8Array(buffer).fill(1);
          used.add(buffer);
          continue;
        }
        const [buffer] = used;
        if (buffer === undefined) continue;
        used.delete(buffer);
        spare.giveBack(buffer, most);
        expect(spare.bytes).toBeLessThanOrEqual(most);
      }
    }),
  );
});
