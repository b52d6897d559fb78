/** Runs a command line in this process and keeps what it printed. */
import { runProgram } from "../cli/program.ts";
import type { Terminal } from "../cli/terminal.ts";

export interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * A terminal that nobody watches, and the text that it was given.
 * @param columns as if somebody read stdout on a terminal so wide.
 */
export function capturedTerminal(columns?: number): {
  terminal: Terminal;
  text: { out: string; err: string };
} {
  const text = { out: "", err: "" };
  const terminal: Terminal = {
    out: (part) => {
      text.out += part;
    },
    err: (part) => {
      text.err += part;
    },
    columns,
    isWatched: false,
    isDebugging: false,
  };
  return { terminal, text };
}

/** `kerneltax args…`. */
export async function kerneltax(...args: readonly string[]): Promise<Captured> {
  const { terminal, text } = capturedTerminal();
  const code = await runProgram(args, terminal);
  return { code, ...text };
}
