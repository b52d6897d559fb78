/** The lecture page in a real browser: everything that a reader or lecturer does with it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { loadChapters } from "../cli/chapters.ts";
import { serveLecture } from "../cli/lecture-server.ts";
import { chartPoints, storyInput } from "../experiment/chapter-points.ts";
import { runExperiment } from "../experiment/run.ts";
import { parseSpec } from "../experiment/spec.ts";
import { resultHash } from "../experiment/spec-hash.ts";
import { storyOf } from "../experiment/story.ts";
import { answered, describePage, field, type Screen, settled } from "../testing/lecture-page.ts";
import { KEYS } from "./keys.ts";
import { panelsOf } from "./state.ts";

const chapters = loadChapters();
const first = chapters.find(({ id }) => id === "storage")!;
/** The case study with failures to step through. */
const failing = chapters.find(({ failures }) => failures.length > 0)!;
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

describePage("the lecture page", ({ visit, html, address, newContext }) => {
  for (const { number, title } of chapters) {
    it(`shows all of ${title} where it was before the answers came, accessibly`, async () => {
      await visit(`show=${number}&reveal=1`, async (page, { busy, top }) => {
        expect(busy).toBe("true");
        const drawings = await countDrawings(page);
        await answered(page);
        expect(Math.abs((await topOf(page, "#chart")) - top)).toBeLessThan(2);
        // Workers would wait for a page that draws every answer by itself.
        const { count, ms } = await drawings();
        expect(count).toBeLessThan(4 + ms / 250);
        expect(await page.locator("#path figure svg").count()).toBe(1);
        expect(await page.locator("#ledger figure svg rect").count()).toBeGreaterThan(1);
        expect(await page.locator(".refused").count()).toBe(0);
        expect(await accessibilityFaults(page)).toEqual([]);
      });
    });
  }

  it("computes the same results as Node, to the last bit", async () => {
    await visit(`show=${first.number}&reveal=1`, async (page) => {
      await settled(page);
      const cells = await page
        .locator(`#table-${first.id}-chart tbody tr td:last-child`)
        .evaluateAll((all) => all.map((cell) => cell.textContent));
      const points = chartPoints(first, {});
      expect(cells).toHaveLength(points.length);
      const expected = points
        .filter((_, index) => index % 7 === 0)
        .map(({ input }) => resultHash(runExperiment(parseSpec(input))));
      expect(cells.filter((_, index) => index % 7 === 0)).toEqual(expected);
    });
  });

  it("steps through every failure, as a run of it went", async () => {
    await visit(`show=${failing.number}&reveal=1`, async (page) => {
      for (const failure of failing.failures) {
        const { moments, specHash } = storyOf(parseSpec(storyInput(failing, failure, 0)));
        await page.waitForSelector(`#chart-${failing.id}-${failure.id} svg`);
        for (const [position, { who, what }] of moments.entries()) {
          if (position > 0) await page.keyboard.press("]");
          expect(await page.textContent("#moment")).toContain(`${who}: ${what}`);
        }
        expect(await page.locator("#moment .bad").count()).toBe(1);
        const csv = await saved(page, `#${failing.id}-${failure.id}-CSV`);
        expect(csv.trim().split("\n")).toHaveLength(moments.length + 1);
        expect(csv).toContain(specHash);
        await page.keyboard.press("x");
      }
    });
  });

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

  it("hides what is simulated until somebody has guessed", async () => {
    await visit(`show=${first.number}`, async (page) => {
      expect(await page.locator("#chart, #ledger, #claims, #figures").count()).toBe(0);
      await page.click("#guess-2");
      expect(await field(page, "guess")).toBe("2");
      expect(await page.locator(".option.right").count()).toBe(0);
      await page.click("#reveal");
      await page.waitForSelector(".option.right");
      expect(await page.textContent("#verdict")).toContain("Simulated");
      expect(await page.locator("#chart").count()).toBe(1);
    });
  });

  it("answers every knob, and shows the last of many quick turns", async () => {
    await visit(`show=${first.number}&reveal=1`, async (page) => {
      const before = await page.textContent("#chart .origin");
      const last: Record<string, number> = {};
      for (const { id, options, initial } of first.knobs) {
        const chosen = (initial + options.length - 1) % options.length;
        last[id] = chosen;
        for (const index of [...options.keys(), chosen]) await page.click(`#knob-${id}-${index}`);
        expect(await field(page, `knob.${id}`)).toBe(String(chosen));
      }
      await settled(page);
      expect(await page.textContent("#chart .origin")).not.toBe(before);
      const cells = await page
        .locator(`#table-${first.id}-chart tbody tr:first-child td:last-child`)
        .textContent();
      const [point] = chartPoints(first, last);
      expect(cells).toBe(resultHash(runExperiment(parseSpec(point!.input))));
    });
  });

  it("has computed ahead what one turn of any knob shows", async () => {
    await visit(`show=${first.number}&reveal=1`, async (page) => {
      await page.waitForSelector('body[data-pending="0"][data-ahead="0"]', { timeout: 120_000 });
      for (const { id, options, initial } of first.knobs) {
        await page.click(`#knob-${id}-${(initial + 1) % options.length}`);
        expect(await page.getAttribute("#chart", "aria-busy")).toBe("false");
        await page.click(`#knob-${id}-${initial}`);
      }
    });
  });

  it("obeys every key that its list names", async () => {
    await visit(`show=${first.number}&reveal=1`, async (page) => {
      await page.waitForSelector("#path figure svg");
      for (const { shown, keys } of KEYS) {
        const check = KEY_CHECKS[shown];
        expect(check, `a test for the keys ${shown}`).toBeDefined();
        const pressed: string[] = [];
        for (const key of keys) {
          await page.keyboard.press(key === " " ? "Space" : key);
          pressed.push(await page.evaluate(() => location.hash));
        }
        await check!(page, pressed);
        await page.evaluate(
          (number) => document.getElementById(`to-${number}`)?.click(),
          first.number,
        );
        await page.keyboard.press("r");
      }
      await page.keyboard.press("?");
      expect(await page.locator("#keys dt").count()).toBe(KEYS.length);
      await page.keyboard.press("Escape");
    });
  });

  it("follows a request step by step, and says what each step is charged to", async () => {
    await visit(`show=${first.number}&path=1`, async (page) => {
      await page.waitForSelector("#path figure svg");
      const seen: string[] = [];
      for (let step = 0; step < 20; step++) {
        seen.push((await page.textContent("#step")) ?? "");
        await page.keyboard.press("ArrowRight");
      }
      const all = seen.join("\n");
      for (const text of ["system call", "file system", "RAID", "block layer", "drive"]) {
        expect(all.toLowerCase()).toContain(text.toLowerCase());
      }
      expect(seen.at(-1)).toContain("The application has it");
    });
  });

  it("writes every chart as SVG, PNG and CSV, with seed, specs and version", async () => {
    await visit(`show=${first.number}&reveal=1`, async (page) => {
      await settled(page);
      for (const chart of [`${first.id}-path`, `${first.id}-chart`, `${first.id}-ledger`]) {
        const spec = /[0-9a-f]{12}/.exec((await page.textContent(`#chart-${chart} .origin`)) ?? "");
        expect(await saved(page, `#${chart}-SVG`)).toMatch(
          new RegExp(`xmlns="http://www.w3.org/2000/svg".*"seed":1.*seed 1.*${spec?.[0]}`, "s"),
        );
        expect(await saved(page, `#${chart}-CSV`)).toMatch(
          /spec.*,seed,version\n.*,1,\d+\.\d+\.\d+\n/,
        );
        const png = await saved(page, `#${chart}-PNG`);
        expect(png.startsWith("\u0089PNG")).toBe(true);
        expect(png).toContain(`tEXtComment\0kerneltax`);
      }
    });
  });

  it("presents one thing at a time, large, without controls, on a 16:9 projector", async () => {
    const screen = { size: { width: 1600, height: 900 }, reducedMotion: "reduce" } as const;
    const link = `show=${first.number}&reveal=1&present=1`;
    await visit(
      link,
      async (page) => {
        for (const panel of panelsOf(first)) {
          await page.waitForSelector(`main section#${panel}`);
          expect(await page.locator("main section").count()).toBe(1);
          expect(await page.locator(".control:visible").count()).toBe(0);
          if (panel !== "claims" && panel !== "figures") {
            const { height, width } = await sizeOf(page);
            expect([panel, Math.max(width, 1600), Math.max(height, 900)]).toEqual([
              panel,
              1600,
              900,
            ]);
          }
          await page.keyboard.press("PageDown");
        }
        const size = await page.evaluate(
          () => getComputedStyle(document.querySelector("h2")!).fontSize,
        );
        expect(Number.parseFloat(size)).toBeGreaterThan(25);
        await page.keyboard.press("Escape");
        expect(await page.locator("nav").isVisible()).toBe(true);
      },
      screen,
    );
  });

  it("fits a phone, in dark, without motion", async () => {
    const screen: Screen = {
      size: { width: 390, height: 844 },
      colorScheme: "dark",
      reducedMotion: "reduce",
    };
    await visit(
      `show=${first.number}&reveal=1`,
      async (page) => {
        await settled(page);
        expect((await sizeOf(page)).width).toBeLessThanOrEqual(390);
        expect(await page.getAttribute("html", "data-theme")).toBe("dark");
        await page.keyboard.press("Space");
        expect(await page.textContent("#step")).toContain("The application has it");
        expect(await accessibilityFaults(page)).toEqual([]);
      },
      screen,
    );
  });

  it("shows tables, costs with sources, and every published figure", async () => {
    await visit("show=table", async (page) => {
      expect(await page.locator("#tables table").count()).toBeGreaterThan(1);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.keyboard.press("$");
      await page.waitForSelector("#costs table");
      expect(await page.textContent("#costs table")).toContain("kernel.systemCall");
      await page.keyboard.press("f");
      const ids = await page
        .locator("#figure option")
        .evaluateAll((all) => all.map((option) => (option as HTMLOptionElement).value));
      expect(ids.length).toBeGreaterThan(10);
      for (const id of ids) {
        await page.selectOption("#figure", id);
        await page.waitForSelector(`#chart-${id} svg`);
      }
      expect(await accessibilityFaults(page)).toEqual([]);
    });
  });

  it("judges the claims, and shows what the mechanism switched off does to them", async () => {
    await visit(`show=${first.number}&reveal=1`, async (page) => {
      await page.locator("#claims").scrollIntoViewIfNeeded();
      await page.waitForSelector(".claim.holds .switch", { timeout: 100_000 });
      const id = await page.locator(".claim.holds").first().getAttribute("id");
      await page.keyboard.press("w");
      const verdict = page.locator(`[id="${id}"] .verdict`);
      expect(await verdict.textContent()).toContain("no longer true");
      expect(await field(page, "without")).toBe(first.claims.join(" "));
    });
  });

  it("lets nothing else run and nothing be loaded", async () => {
    // The planted faults: each of them would work without the policy.
    const context = await newContext();
    const page = await context.newPage();
    await page.goto(`${address()}#show=table`);
    const refused = await page.evaluate(async () => {
      const blocked: string[] = [];
      addEventListener("securitypolicyviolation", (event) =>
        blocked.push(event.effectiveDirective),
      );
      const script = document.createElement("script");
      script.textContent = "document.documentElement.dataset.broken = 'yes'";
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.body.append(script, style);
      await fetch("data:text/plain,hello").catch(() => {});
      await new Promise((done) => setTimeout(done, 100));
      return { broken: document.documentElement.dataset["broken"], blocked: blocked.sort() };
    });
    await context.close();
    const blocked = ["connect-src", "script-src-elem", "style-src-elem"];
    expect(refused).toEqual({ broken: undefined, blocked });
  });

  it("works inside a sandboxed frame of another site", async () => {
    const inner = await serveLecture(html(), 0);
    const source = `${inner.url}#show=${first.number}`;
    const frame = `<iframe sandbox="allow-scripts" width="900" height="700" src="${source}">`;
    const outer = await serveLecture(`<!doctype html>${frame}</iframe>`, 0);
    const context = await newContext();
    try {
      const page = await context.newPage();
      await page.goto(outer.url);
      const content = page.frameLocator("iframe");
      await content.locator("#path figure svg").waitFor();
      await content.locator("#step-on").click();
      expect(await content.locator("#step").textContent()).toContain("step 1 of");
    } finally {
      await context.close();
      inner.close();
      outer.close();
    }
  });

  async function saved(page: Page, button: string): Promise<string> {
    const [file] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
    const encoding = button.endsWith("PNG") ? "latin1" : "utf8";
    return readFileSync(await file.path(), encoding);
  }

  const sizeOf = (page: Page): Promise<{ width: number; height: number }> =>
    page.evaluate(() => {
      const { scrollWidth: width, scrollHeight: height } = document.documentElement;
      return { width, height };
    });

  async function accessibilityFaults(page: Page): Promise<string[]> {
    await page.evaluate(readFileSync(AXE, "utf8"));
    return page.evaluate(async () => {
      type Axe = {
        run(
          node: Document,
          options: object,
        ): Promise<{
          violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
        }>;
      };
      const { axe } = globalThis as unknown as { axe: Axe };
      const { violations } = await axe.run(document, { preload: false });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 120)} ${node.failureSummary ?? ""}`),
      );
    });
  }
});

/** How often the page is drawn anew until it is asked, and in what time. */
async function countDrawings(page: Page): Promise<() => Promise<{ count: number; ms: number }>> {
  const counter = await page.evaluateHandle(() => {
    const seen = { count: 0, sinceMs: performance.now() };
    const observer = new MutationObserver(() => {
      seen.count += 1;
    });
    observer.observe(document.getElementById("page")!, { childList: true });
    return { seen, observer };
  });
  return () =>
    counter.evaluate(({ seen, observer }) => {
      observer.disconnect();
      return { count: seen.count, ms: performance.now() - seen.sinceMs };
    });
}

/** Where an element begins, from the top of the page. */
const topOf = (page: Page, selector: string): Promise<number> =>
  page.evaluate(
    (name) => document.querySelector(name)!.getBoundingClientRect().top + scrollY,
    selector,
  );

type KeyCheck = (page: Page, hashes: readonly string[]) => Promise<void> | void;

const has =
  (...texts: readonly string[]): KeyCheck =>
  (_, hashes) => {
    texts.forEach((text, index) => {
      expect(hashes[index]).toContain(text);
    });
  };

/** Goes to a chapter whose failures can be stepped through, and waits for the first. */
async function toFailures(page: Page): Promise<void> {
  await page.evaluate((number) => {
    location.hash = `show=${number}&reveal=1`;
  }, failing.number);
  await page.waitForSelector("#failures figure svg");
}

/** What each key must have done, by its name in the list. */
const KEY_CHECKS: Readonly<Record<string, KeyCheck>> = {
  // The first press is at the beginning already.
  "← →": (_, [back, on]) => {
    expect(back).not.toContain("step=");
    expect(on).toContain("step=1");
  },
  "Home End": (_, [, end]) => expect(end).toMatch(/step=\d+/),
  "↑ ↓": (_, [up, down]) => {
    expect(up).toContain(`path=${first.path.variants.length - 1}`);
    expect(down).not.toContain("path=");
  },
  space: async (page) => {
    await page.waitForFunction(() => location.hash.includes("step=1"));
    await page.keyboard.press("Space");
  },
  "A B C D": has("guess=0", "guess=1", "guess=2", "guess=3"),
  R: (_, [hidden]) => expect(hidden).not.toContain("reveal=1"),
  K: async (page) => expect(await page.locator(".turned").count()).toBe(1),
  "+ −": (_, [more, less]) => {
    expect(more).toContain("knob.drives=3");
    expect(less).not.toContain("knob.drives");
  },
  "[ ]": async (page) => {
    await toFailures(page);
    await page.keyboard.press("]");
    await page.waitForFunction(() => location.hash.includes("moment=1"));
    await page.keyboard.press("[");
    await page.waitForFunction(() => !location.hash.includes("moment="));
  },
  X: async (page) => {
    await toFailures(page);
    await page.keyboard.press("x");
    await page.waitForFunction(() => location.hash.includes("failure=1"));
  },
  L: has("tax="),
  M: has("metric=1"),
  ", .": has("at=2", "at=3"),
  W: has("without="),
  "1 – 9": async (page) => {
    await page.waitForSelector("main section");
    expect(await page.evaluate(() => location.hash)).toContain(
      `show=${Math.max(...chapters.map(({ number }) => number))}`,
    );
  },
  O: has("show=table"),
  $: has("show=costs"),
  F: has("show=figures"),
  P: async (page, hashes) => {
    expect(hashes[0]).toContain("present=1");
    await page.keyboard.press("p");
  },
  // Only in presenter mode: elsewhere these keys scroll.
  "PgDn PgUp": has("show=", "show="),
  T: has("theme=dark"),
  "?": async (page) => {
    expect(await page.locator("#keys").isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    expect(await page.locator("#keys").isVisible()).toBe(false);
  },
  Esc: has("show="),
};
