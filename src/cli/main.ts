#!/usr/bin/env node
/** Entry point of `kerneltax`: connects the program to the streams of the process. */
import process from "node:process";
import { EXIT_CODES } from "./exit-codes.ts";
import { tuneHost } from "./host-flags.ts";
import { runProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // The reader, `head` perhaps, has seen enough.
    if (error.code === "EPIPE") process.exit(EXIT_CODES.ok.code);
    throw error;
  });
}

tuneHost();
process.exitCode = await runProgram(process.argv.slice(2), processTerminal);
