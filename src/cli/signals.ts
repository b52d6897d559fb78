/** Ctrl-C between two pieces of work: what is finished is kept, the rest is not begun. */
import process from "node:process";
import { Interrupted } from "./exit-codes.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs `work` until it ends or a signal arrives, whichever is first.
 * @param kept says what has been finished so far.
 * @throws Interrupted when a signal arrived.
 */
export async function untilInterrupted<Result>(
  work: Promise<Result>,
  kept: () => string,
): Promise<Result> {
  let stop: (signal: NodeJS.Signals) => void = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    stop = (signal) => reject(new Interrupted(`interrupted by ${signal}; ${kept()}`));
  });
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    // The loser of the race may still fail, when its workers end.
    work.catch(() => {});
  }
}
