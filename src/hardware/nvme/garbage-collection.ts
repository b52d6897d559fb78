/**
 * What overwriting costs a drive that has been written full: copies and erases.
 *
 * Flash blocks are erased whole, so room for new data comes from moving what is still valid out of
 * old blocks. Under uniformly random overwrites, with blocks collected in the order in which they
 * were filled, a block's units survive independently until its turn comes, and the share v of them
 * that is still valid then follows from the spare room ρ alone (raw ÷ offered capacity − 1)
 * [xiang12 §3]:
 *
 *     ln v + (1 + ρ) (1 − v) = 0,  v < 1 / (1 + ρ)
 *
 * Each collected block yields 1 − v of itself, so 1 / (1 − v) units are programmed per unit that
 * the host writes: the write amplification. The best of many blocks (greedy) has a little less than
 * that.
 *
 * Not modelled: skewed and sequential overwrites, separation of hot and cold data, TRIM, wear
 * levelling; a drive is fresh or has been overwritten for long, never between.
 */
import { assert } from "../../base/assert.ts";
import { ln } from "../../base/maths.ts";

const BISECTIONS = 60;

/** Share of a block that is still valid when it is collected, 0 < v < 1, for spare room ρ > 0. */
export function validShare(spare: number): number {
  assert(spare > 0, "a drive without spare room cannot collect garbage");
  let low = 0;
  let high = 1 / (1 + spare);
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (ln(middle) + (1 + spare) * (1 - middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Units programmed per unit that the host writes, ≥ 1, for spare room ρ > 0. */
export function writeAmplification(spare: number): number {
  return 1 / (1 - validShare(spare));
}

/** What garbage collection adds to a drive's programs. */
export interface CollectionPlan {
  /** Program operations with moved data per one with data from the host: WA − 1. */
  readonly copiesPerProgram: number;
  /** Flash reads that one operation with moved data needs. */
  readonly readsPerCopy: number;
  /** Die time of one of them. */
  readonly readPs: number;
  readonly erasePs: number;
  /** Program operations on a die that fill what one erase frees. */
  readonly programsPerErase: number;
}

export interface CollectionInputs {
  readonly spare: number;
  readonly programUnits: number;
  /** Units that one flash read brings, of which only the valid ones are moved. */
  readonly pageUnits: number;
  readonly eraseUnits: number;
  readonly readPs: number;
  readonly erasePs: number;
}

/** The plan of a drive under uniformly random overwrites. */
export function planCollection(inputs: CollectionInputs): CollectionPlan {
  const { programUnits, pageUnits, readPs } = inputs;
  const valid = validShare(inputs.spare);
  const unitsPerRead = Math.max(1, pageUnits * valid);
  return {
    copiesPerProgram: valid / (1 - valid),
    readsPerCopy: programUnits / unitsPerRead,
    readPs,
    erasePs: inputs.erasePs,
    programsPerErase: Math.max(1, Math.round(inputs.eraseUnits / programUnits)),
  };
}

/**
 * Host units per second that dies can take for ever, in units per picosecond.
 *
 * The limit that simulated drives approach; not used by them.
 */
export function sustainedRate(
  dies: number,
  programUnits: number,
  programPs: number,
  plan: CollectionPlan | undefined,
): number {
  if (plan === undefined) return (dies * programUnits) / programPs;
  const operations = 1 + plan.copiesPerProgram;
  const busyPs =
    operations * (programPs + plan.erasePs / plan.programsPerErase) +
    plan.copiesPerProgram * plan.readsPerCopy * plan.readPs;
  return (dies * programUnits) / busyPs;
}
