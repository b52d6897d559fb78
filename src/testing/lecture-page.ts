/** The lecture page in a real browser, opened as a reader would; complains about any fault. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, openBrowser, WHY_SKIPPED } from "../../scripts/chromium.ts";
import { lecturePage } from "../../scripts/lecture-build.ts";

export interface LecturePage {
  /** The page as it is delivered. */
  readonly html: () => string;
  readonly address: () => string;
  readonly newContext: (options?: BrowserContextOptions) => ReturnType<Browser["newContext"]>;
  /**
   * Goes to a place of the page, does `what`, and complains about errors and about any request at
   * all. The page stays open from test to test, and knows what earlier ones made it compute.
   */
  readonly visit: (
    hash: string,
    what: (page: Page, chart: FirstSight) => Promise<void>,
    screen?: Screen,
  ) => Promise<void>;
}
/** The chart when the page had just drawn it: answers may come before a test asks for anything. */
export interface FirstSight {
  readonly busy: string | null;
  /** Pixels from the upper edge of the page. */
  readonly top: number;
}
/** What a reader looks at; unless told, a window of a desk, light, with motion. */
export interface Screen {
  readonly size: { readonly width: number; readonly height: number };
  readonly colorScheme?: "dark" | "light";
  readonly reducedMotion?: "reduce" | "no-preference";
}
const DESK: Screen = { size: { width: 1280, height: 800 } };
type Browser = Awaited<ReturnType<typeof openBrowser>>;

interface OpenPage {
  readonly page: Page;
  /** What the page has said to the console, thrown, or asked the network for. */
  readonly complaints: string[];
  readonly close: () => Promise<void>;
}

/** Tests in a browser; without one, a test that says so stands in the place of all of them. */
export function describePage(name: string, tests: (lecture: LecturePage) => void): void {
  if (CHROMIUM === undefined) {
    it(`${name}: ${WHY_SKIPPED}`, () => {
      console.warn(WHY_SKIPPED);
    });
    return;
  }
  // Simulating in a browser on a busy machine may take long; alone, all of it takes half a minute.
  describe(name, { timeout: 150_000 }, () => {
    let browser: Browser;
    let folder: string;
    let html: string;
    let address: string;

    beforeAll(async () => {
      html = await lecturePage();
      folder = mkdtempSync(join(tmpdir(), "kerneltax-page-"));
      writeFileSync(join(folder, "page.html"), html);
      address = pathToFileURL(join(folder, "page.html")).href;
      browser = await openBrowser(CHROMIUM!);
    }, 150_000);
    afterAll(async () => {
      await browser?.close();
      if (folder) rmSync(folder, { recursive: true });
    });

    let kept: OpenPage | undefined;
    const visit: LecturePage["visit"] = async (hash, what, screen = DESK) => {
      kept ??= await open(browser, address, NOTHING_TO_COMPUTE);
      await lookAt(kept.page, screen);
      const chart = await follow(kept.page, hash);
      try {
        await judged(kept, (page) => what(page, chart));
        await follow(kept.page, NOTHING_TO_COMPUTE);
      } catch (fault) {
        // Nobody knows what it shows now.
        await kept.close();
        kept = undefined;
        throw fault;
      }
    };
    const newContext: LecturePage["newContext"] = (options) => browser.newContext(options);
    tests({ html: () => html, address: () => address, newContext, visit });
  });
}

/** A view for which no worker has anything to do. */
const NOTHING_TO_COMPUTE = "show=figures";

const lookAt = (page: Page, { size, ...media }: Screen): Promise<unknown> =>
  Promise.all([
    page.setViewportSize(size),
    page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference", ...media }),
  ]);

async function open(browser: Browser, address: string, hash: string): Promise<OpenPage> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (url.split("#")[0] !== address && !/^(?:blob|data):/.test(url)) complaints.push(url);
  });
  await page.goto(`${address}#${hash}`);
  return { page, complaints, close: () => context.close() };
}

async function judged(
  { page, complaints }: OpenPage,
  what: (page: Page) => Promise<void>,
): Promise<void> {
  await page.waitForSelector("main section");
  await what(page);
  expect(complaints).toEqual([]);
}

/** As a link does: returns when the page has drawn what the new address says. */
const follow = (page: Page, hash: string): Promise<FirstSight> =>
  page.evaluate(`new Promise((done) => {
    const next = ${JSON.stringify(`#${hash}`)};
    const look = () => {
      const chart = document.querySelector("#chart");
      const top = chart?.getBoundingClientRect().top ?? 0;
      done({ busy: chart?.getAttribute("aria-busy") ?? null, top: top + scrollY });
    };
    scrollTo(0, 0);
    if (location.hash === next) look();
    else addEventListener("hashchange", look, { once: true });
    location.hash = next;
  })`);

/** Waits until the chart shows all that was asked for. */
export const settled = (page: Page): Promise<unknown> =>
  page.waitForSelector('#chart[aria-busy="false"] svg', { timeout: 120_000 });

/** Waits until nothing that the page shows is still to be computed. */
export const answered = (page: Page): Promise<unknown> =>
  page.waitForSelector('body[data-pending="0"]', { timeout: 120_000 });

/** Asks the page: `page.url()` hears of a new fragment some time after it was set. */
export const field = async (page: Page, name: string): Promise<string | null> =>
  new URLSearchParams((await page.evaluate<string>("location.hash")).slice(1)).get(name);
