/** `kerneltax lecture`: serves the lecture page, writes it, or walks it in the terminal. */
import { existsSync } from "node:fs";
import { Command } from "commander";
import { badValue, UsageError } from "../base/usage-error.ts";
import { findChapter } from "./chapters.ts";
import { serveLecture } from "./lecture-server.ts";
import { walkChapter } from "./lecture-text.ts";
import { writeAtomically } from "./output-folder.ts";
import { PROJECT_ROOT, readProjectFile } from "./project.ts";
import { untilInterrupted } from "./signals.ts";
import type { CommandContext, Terminal } from "./terminal.ts";

/** Where `npm run lecture` puts the page. */
export const LECTURE_PAGE = "dist/lecture.html";
const DEFAULT_PORT = 8017;

interface LectureFlags {
  readonly text?: string;
  readonly out?: string;
  readonly port: string;
}

export function lectureCommand({ terminal }: CommandContext): Command {
  return new Command("lecture")
    .description("serves the lecture page, or walks one case study in the terminal")
    .option("--text <number>", "walk this case study of the lecture here, without a browser")
    .option("--out <file.html>", "write the page, which needs nothing else, to this file")
    .option("--port <number>", "where to serve the page; 0: any free port", String(DEFAULT_PORT))
    .action(async (flags: LectureFlags, command: Command) => {
      checkTogether(command);
      if (flags.text !== undefined) await walkChapter(findChapter(flags.text), terminal);
      else if (flags.out !== undefined) writePage(flags.out, terminal);
      else await servePage(portOf(flags.port), terminal);
    });
}

/** @throws UsageError when two of the options exclude each other: one of them would do nothing. */
function checkTogether(command: Command): void {
  const given = ["text", "out", "port"].filter(
    (name) => command.getOptionValueSource(name) === "cli",
  );
  if (given.length <= 1) return;
  const [first, second] = given;
  throw new UsageError(`--${second}: it does nothing beside --${first}; give one of them`);
}

/**
 * Serves the built page until somebody presses Ctrl-C.
 * @throws UsageError when the page has not been built, or the port is taken.
 */
async function servePage(port: number, terminal: Terminal): Promise<void> {
  const server = await serveLecture(builtPage(), port);
  terminal.out(`The lecture page: ${server.url}\nCtrl-C ends it.\n`);
  try {
    await untilInterrupted(server.closed, () => "the page is no longer served");
  } finally {
    server.close();
  }
}

function writePage(file: string, terminal: Terminal): void {
  if (!file.endsWith(".html")) throw badValue("--out", file, "name a file that ends in .html");
  writeAtomically(file, builtPage());
  terminal.out(`${file}: open it in a browser; it needs no network\n`);
}

function builtPage(): string {
  if (existsSync(new URL(LECTURE_PAGE, PROJECT_ROOT))) return readProjectFile(LECTURE_PAGE);
  throw new UsageError("the lecture page has not been built yet: npm run lecture");
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw badValue("--port", text, "give a number from 0 to 65535");
}
