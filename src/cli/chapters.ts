/** The lecture's case studies of `bench/lecture`, found by their folders. */
import { readdirSync } from "node:fs";
import { badValue } from "../base/usage-error.ts";
import { parseChapter } from "../experiment/chapter.ts";
import type { Chapter } from "../experiment/chapter-format.ts";
import { PROJECT_ROOT, readProjectFile } from "./project.ts";

const FOLDER = "bench/lecture";

/** All chapters, by number. */
export function loadChapters(): Chapter[] {
  return readdirSync(new URL(FOLDER, PROJECT_ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${FOLDER}/${name}/chapter.json`)
    .map((file) => parseChapter(readProjectFile(file), file))
    .sort((a, b) => a.number - b.number);
}

/** @throws UsageError naming the numbers that there are. */
export function findChapter(number: string): Chapter {
  const chapters = loadChapters();
  const found = chapters.find((chapter) => String(chapter.number) === number);
  if (found !== undefined) return found;
  const known = chapters.map((chapter) => `${chapter.number} (${chapter.title})`).join(", ");
  throw badValue("--text", number, `choose a case study: ${known}`);
}
