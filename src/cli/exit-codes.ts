/** How the process ends; the README prints this table. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: "done; every verdict and comparison is as it should be" },
  failed: { code: 1, meaning: "a claim, a point or a comparison with a baseline failed" },
  usage: { code: 2, meaning: "wrong option, spec, machine or file; nothing was written" },
  internal: { code: 70, meaning: "a fault of the simulator itself; please report it" },
  interrupted: { code: 130, meaning: "stopped with Ctrl-C; what was finished is kept" },
} as const;

/** Thrown when a signal asks for the end; what is finished has been written by then. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
