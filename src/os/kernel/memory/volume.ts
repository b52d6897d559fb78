/** Where the file's pages lie on the drives: one drive, or md RAID0 over several. */

export const PAGE_BYTES = 4_096;
/** mdadm's default chunk of 512 KiB. [mdadm(8)] */
const CHUNK_PAGES = 128;

export class Volume {
  readonly drives: number;

  constructor(drives: number) {
    this.drives = drives;
  }

  driveOf(page: number): number {
    return this.drives === 1 ? 0 : Math.floor(page / CHUNK_PAGES) % this.drives;
  }

  /** Byte offset of `page` on its drive. */
  offsetOf(page: number): number {
    const chunk = Math.floor(page / CHUNK_PAGES);
    const inChunk = page - chunk * CHUNK_PAGES;
    return (Math.floor(chunk / this.drives) * CHUNK_PAGES + inChunk) * PAGE_BYTES;
  }

  /** Pages from `page` on that lie together on one drive. */
  pagesToChunkEnd(page: number): number {
    if (this.drives === 1) return Number.POSITIVE_INFINITY;
    return CHUNK_PAGES - (page % CHUNK_PAGES);
  }
}
