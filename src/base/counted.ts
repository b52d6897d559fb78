/** `1 thread`, `2 threads`: a count and its noun, whose plural ends in s. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
