/**
 * How the host compiles the simulator; no result depends on it.
 *
 * V8 stops inlining into a function after 920 bytes of bytecode. One simulated I/O passes through
 * dozens of small functions, and with three times as much room raw I/O and scheduling mixes take a
 * tenth less host time or better (`npm run speed`); with more than that the engine gets slower.
 */
import { setFlagsFromString } from "node:v8";

/** For the whole process, its worker threads too; functions compiled before keep what they are. */
export function tuneHost(): void {
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=3000");
}
