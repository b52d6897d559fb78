/** Random variates; each takes the stream that it draws from. */
import { ln } from "./maths.ts";
import type { RandomStream } from "./random.ts";

/** Exponential variate with the given mean, in the mean's unit. */
export function exponential(stream: RandomStream, mean: number): number {
  return mean * (0 - ln(1 - stream.fraction()));
}
