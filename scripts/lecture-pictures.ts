/** `npm run lecture:pictures`: photographs the built page for `results/plots/page`. */
import { mkdirSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { LECTURE_PAGE } from "../src/cli/lecture.ts";
import { PROJECT_ROOT } from "../src/cli/project.ts";
import { CHROMIUM, openBrowser, WHY_SKIPPED } from "../src/testing/chromium.ts";

const FOLDER = "results/plots/page";

/** Name of the picture, state of the page, and size of the screen. */
const PICTURES = [
  ["storage", "show=2&reveal=1&path=1&step=5", 1200, 1000],
  ["virtual-memory", "show=1&reveal=1&present=1&panel=chart", 960, 540],
  ["path-dark", "show=2&present=1&panel=path&path=1&step=5&theme=dark", 960, 540],
  ["phone", "show=3&reveal=1&step=4", 390, 844],
] as const;

if (CHROMIUM === undefined) throw new Error(WHY_SKIPPED);
mkdirSync(new URL(FOLDER, PROJECT_ROOT), { recursive: true });
const browser = await openBrowser(CHROMIUM);
for (const [name, hash, width, height] of PICTURES) {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(`${new URL(LECTURE_PAGE, PROJECT_ROOT).href}#${hash}`);
  await page.waitForSelector('body[data-pending="0"]', { timeout: 120_000 });
  const path = fileURLToPath(new URL(`${FOLDER}/${name}.png`, PROJECT_ROOT));
  await page.screenshot({ path });
  await page.close();
  process.stdout.write(`${path}\n`);
}
await browser.close();
