/** What a nice value is worth. */

/**
 * Weights of nice −20 … 19: each step is worth 10 % of a core to two threads that compete.
 * [linux-5.x kernel/sched/core.c sched_prio_to_weight]
 */
const WEIGHTS: readonly number[] = [
  88_761, 71_755, 56_483, 46_273, 36_291, 29_154, 23_254, 18_705, 14_949, 11_916, 9_548, 7_620,
  6_100, 4_904, 3_906, 3_121, 2_501, 1_991, 1_586, 1_277, 1_024, 820, 655, 526, 423, 335, 272, 215,
  172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
];
export const NICE_MIN = -20;
export const NICE_MAX = 19;
/** Weight of nice 0, at which virtual time is time. */
export const NICE_0_WEIGHT = 1_024;

/** @param nice −20 … 19. */
export function weightOfNice(nice: number): number {
  const weight = WEIGHTS[nice - NICE_MIN];
  if (weight === undefined) throw new RangeError(`nice ${nice} is not between −20 and 19`);
  return weight;
}
