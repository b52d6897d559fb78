/** What the pointer is on stays under it, and a press counts, whatever is answered meanwhile. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { loadChapters } from "../cli/chapters.ts";
import { answered, describePage, field } from "../testing/lecture-page.ts";

const chapters = loadChapters();
const first = chapters.find(({ id }) => id === "storage")!;

describePage("the lecture page under a pointer", ({ visit }) => {
  it("takes a click although an answer comes while the button is pressed", async () => {
    await visit(`show=${first.number}&reveal=1`, async (page) => {
      const { id, options, initial } = first.knobs[0]!;
      const chosen = (initial + options.length - 1) % options.length;
      const nextFrames = () =>
        page.evaluate(async () => {
          dispatchEvent(new Event("resize"));
          for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
        });
      await page.hover(`#knob-${id}-${chosen}`);
      await answered(page);
      await page.mouse.down();
      await nextFrames();
      await page.mouse.up();
      expect(await field(page, `knob.${id}`)).toBe(String(chosen));
      await page.focus(`#knob-${id}-${initial}`);
      await page.keyboard.down("Space");
      await nextFrames();
      await page.keyboard.up("Space");
      expect(await field(page, `knob.${id}`)).toBe(null);
    });
  });

  for (const { number, title } of chapters) {
    it(`has the chart of ${title} where it was before the answers came`, async () => {
      await visit(`show=${number}&reveal=1`, async (page) => {
        const before = await topOf(page, "#chart");
        await answered(page);
        expect(Math.abs((await topOf(page, "#chart")) - before)).toBeLessThan(2);
      });
    });
  }

  it("keeps what the pointer is over under it when a panel above grows", async () => {
    await visit(`show=${first.number}`, async (page) => {
      await answered(page);
      await page.hover("#path-title");
      const { x, y, height } = (await page.locator("#path-title").boundingBox())!;
      const before = await topOf(page, "#path-title");
      await page.keyboard.press("r");
      expect(await topOf(page, "#path-title")).toBeGreaterThan(before + 2 * height);
      const under = await page.evaluate((at) => document.elementFromPoint(at.x, at.y)?.id, {
        x: x + 5,
        y: y + height / 2,
      });
      expect(under).toBe("path-title");
    });
  });
});

/** Where an element begins, from the top of the page. */
const topOf = (page: Page, selector: string): Promise<number> =>
  page.evaluate(
    (name) => document.querySelector(name)!.getBoundingClientRect().top + scrollY,
    selector,
  );
