/**
 * `npm run lecture`: builds the lecture page and serves it.
 *
 * `--build-only` stops after building; `--port N` serves elsewhere.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { LECTURE_PAGE } from "../src/cli/lecture.ts";
import { writeAtomically } from "../src/cli/output-folder.ts";
import { runProgram } from "../src/cli/program.ts";
import { PROJECT_ROOT } from "../src/cli/project.ts";
import { processTerminal } from "../src/cli/terminal.ts";
import { lecturePage } from "./lecture-build.ts";

const page = await lecturePage();
writeAtomically(fileURLToPath(new URL(LECTURE_PAGE, PROJECT_ROOT)), page);
const kilobytes = (bytes: number): number => Math.ceil(bytes / 1_000);
process.stdout.write(
  `${LECTURE_PAGE}: ${kilobytes(Buffer.byteLength(page))} kB, ` +
    `${kilobytes(gzipSync(page).length)} kB compressed\n`,
);
const args = process.argv.slice(2);
if (!args.includes("--build-only")) {
  process.exitCode = await runProgram(["lecture", ...args], processTerminal);
}
