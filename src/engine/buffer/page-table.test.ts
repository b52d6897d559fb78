/** Does the page table find what was put in, and only that? */
import fc from "fast-check";
import { expect, it } from "vitest";
import { NO_FRAME, PageTable } from "./page-table.ts";

it("equals a map under any additions and removals", () => {
  const change = fc.tuple(fc.nat(40), fc.boolean());
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const table = new PageTable(16);
      const model = new Map<number, number>();
      for (const [index, [page, add]] of changes.entries()) {
        // Far apart and close together.
        const pageId = page < 20 ? page : page * 65_536;
        if (model.has(pageId)) {
          table.remove(pageId);
          model.delete(pageId);
        } else if (add && model.size < 16) {
          table.add(pageId, index);
          model.set(pageId, index);
        }
        for (const other of [0, 1, 7, 19, 20 * 65_536, pageId, ...model.keys()]) {
          expect(table.get(other)).toBe(model.get(other) ?? NO_FRAME);
        }
      }
    }),
  );
});
