/**
 * How many free frames the kernel keeps, and who acts when.
 *
 * Below `low` an allocation wakes kswapd, which reclaims until `high`; an allocation that would go
 * below `min` reclaims itself. [linux-5.x mm/page_alloc.c __setup_per_zone_wmarks,
 * init_per_zone_wmark_min] The distances follow from the memory of the whole machine, not from
 * what is left for the page cache.
 */

export interface Watermarks {
  readonly min: number;
  readonly low: number;
  readonly high: number;
}

/** `min_free_kbytes` is at most this. [linux-5.x mm/page_alloc.c] */
const MIN_FREE_KIB_MAX = 262_144;
/** `watermark_scale_factor`: distance between the marks, in ten-thousandths of memory. */
const SCALE_FACTOR = 10;

/**
 * @param machineBytes memory of the machine.
 * @param scale factor of the twin, ≤ 1: everything shrinks by it.
 */
export function watermarksOf(machineBytes: number, scale: number): Watermarks {
  const machineKib = machineBytes / 1_024;
  const minKib = Math.min(Math.sqrt(machineKib * 16), MIN_FREE_KIB_MAX);
  const gapKib = Math.max(minKib / 4, (machineKib * SCALE_FACTOR) / 10_000);
  const frames = (kib: number): number => Math.max(1, Math.round((kib / 4) * scale));
  const min = frames(minKib);
  const gap = frames(gapKib);
  return { min, low: min + gap, high: min + 2 * gap };
}
