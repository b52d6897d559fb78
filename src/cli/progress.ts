/** Progress on stderr, only where somebody watches and only when it takes long. */
import { untilInterrupted } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const QUIET_MS = 2_000;
const INTERVAL_MS = 100;

export class Progress {
  readonly #terminal: Terminal;
  readonly #startedMs = performance.now();
  #printedMs = 0;
  #width = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows `text` in place of what was shown before. */
  show(text: string): void {
    if (!this.#terminal.isWatched) return;
    const nowMs = performance.now();
    if (nowMs - this.#startedMs < QUIET_MS || nowMs - this.#printedMs < INTERVAL_MS) return;
    this.#printedMs = nowMs;
    this.#terminal.err(`\r${text.padEnd(this.#width)}`);
    this.#width = text.length;
  }

  /** Removes the line. */
  clear(): void {
    if (this.#width === 0) return;
    this.#terminal.err(`\r${" ".repeat(this.#width)}\r`);
    this.#width = 0;
  }
}

/**
 * Waits for `work`, which shows its progress, until it ends or Ctrl-C comes.
 * @param kept says what has been finished so far.
 */
export async function watched<Result>(
  terminal: Terminal,
  kept: () => string,
  work: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(terminal);
  try {
    return await untilInterrupted(work(progress), kept);
  } finally {
    progress.clear();
  }
}
