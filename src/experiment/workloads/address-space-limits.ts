/** What a run of `vm` can simulate at its scale: pages and frames have so many bits. */
import { UsageError } from "../../base/usage-error.ts";
import { FRAMES_MAX, PAGE_BYTES, PAGES_MAX } from "../../hardware/mmu/page-table.ts";

/** @throws UsageError when pages or frames do not fit into a page table. */
export function checkAddressSpace(sizes: {
  readonly dataBytes: number;
  readonly ramBytes: number;
  readonly scale: number;
}): void {
  const { dataBytes, ramBytes, scale } = sizes;
  check("dataBytes", dataBytes, scale, PAGES_MAX);
  check("ramBytes", ramBytes, scale, FRAMES_MAX);
}

function check(field: string, bytes: number, scale: number, pagesMax: number): void {
  const pages = Math.floor((bytes * scale) / PAGE_BYTES);
  if (pages <= pagesMax) return;
  throw new UsageError(
    `${field}: ${bytes} × scale ${scale} are ${pages} pages, more than the ${pagesMax} that can ` +
      "be simulated; give less, or a smaller scale",
  );
}
