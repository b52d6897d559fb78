/** Debian's Chromium for tests of the lecture page; nothing is downloaded for it. */
import { existsSync } from "node:fs";
import process from "node:process";
import { type Browser, chromium } from "playwright-core";

const PLACES = [
  process.env["KERNELTAX_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

export const CHROMIUM: string | undefined = PLACES.find((path) => path !== "" && existsSync(path));

export const WHY_SKIPPED =
  "skipped: there is no Chromium here (apt-get install chromium, or set KERNELTAX_CHROMIUM)";

/** A browser that talks to nobody of its own accord. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  const quiet = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath, args: quiet });
}
