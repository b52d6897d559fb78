/** Where a command writes: the streams of the process, or the buffers of a test. */
import process from "node:process";

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Characters of a line, where somebody reads stdout; undefined: it goes to a file or program. */
  readonly columns?: number | undefined;
  /** Whether somebody watches stderr, so that progress makes sense. */
  readonly isWatched: boolean;
  /** Whether internal errors show their stack. */
  readonly isDebugging: boolean;
}

/** Everything that a command gets beside its options. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Exit code of the command; a command that finds a failure sets it. */
  exitCode: number;
}

/** The streams of this process. */
export const processTerminal: Terminal = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  isWatched: process.stderr.isTTY === true,
  isDebugging: process.env["KERNELTAX_DEBUG"] !== undefined,
};
