/** `npm run lecture:pictures`: photographs the built page for `results/plots/page`. */
import { mkdirSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { LECTURE_PAGE } from "../src/cli/lecture.ts";
import { PROJECT_ROOT } from "../src/cli/project.ts";
import { CHROMIUM, openBrowser, WHY_SKIPPED } from "./chromium.ts";

const FOLDER = "results/plots/page";

/** Name of the picture, state of the page, size of the screen, and how much it is shrunk. */
const PICTURES = [
  ["storage", "show=2&guess=1&reveal=1&path=1&step=5", 1280, 1640, 0.7],
  ["virtual-memory", "show=1&reveal=1&present=1&panel=chart", 1280, 720, 0.6],
  ["path-dark", "show=2&present=1&panel=path&path=1&step=5&theme=dark", 1280, 720, 0.6],
  ["phone", "show=3&reveal=1&step=4", 390, 1700, 0.6],
] as const;

if (CHROMIUM === undefined) throw new Error(WHY_SKIPPED);
mkdirSync(new URL(FOLDER, PROJECT_ROOT), { recursive: true });
const browser = await openBrowser(CHROMIUM);
for (const [name, hash, width, height, deviceScaleFactor] of PICTURES) {
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor });
  await page.goto(`${new URL(LECTURE_PAGE, PROJECT_ROOT).href}#${hash}`);
  await page.waitForSelector('body[data-pending="0"]', { timeout: 120_000 });
  const path = fileURLToPath(new URL(`${FOLDER}/${name}.png`, PROJECT_ROOT));
  await page.screenshot({ path });
  await page.close();
  process.stdout.write(`${path}\n`);
}
await browser.close();
