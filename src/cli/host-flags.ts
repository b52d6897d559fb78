/**
 * How the host compiles the simulator; no result depends on it.
 *
 * V8 stops inlining into a function after 920 bytes of bytecode. One simulated I/O passes through
 * dozens of small functions, and with three times as much room bypass takes 17 % less host time,
 * pread and io_uring 12 %, scheduling mixes 14 %; with more than that the engine gets slower.
 */
import { setFlagsFromString } from "node:v8";

/** For the whole process, its worker threads too; functions compiled before keep what they are. */
export function tuneHost(): void {
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=3000");
}
