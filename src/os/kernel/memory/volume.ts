/** Where the file's pages lie on the drives: one drive, or md RAID0 over several. */
import { PAGE_BYTES } from "../../model.ts";
import { READAHEAD_PAGES } from "./readahead.ts";

/** mdadm's default chunk of 512 KiB. [mdadm(8)] */
const CHUNK_PAGES = 128;

export class Volume {
  readonly drives: number;
  /** Bytes at the beginning of every drive that belong to others. */
  readonly #startBytes: number;

  constructor(drives: number, startBytes = 0) {
    this.drives = drives;
    this.#startBytes = startBytes;
  }

  /**
   * Pages of a read-ahead window: of a drive what its queue has by default, of a RAID0 twice what
   * lies in one stripe over all drives. [linux-5.x drivers/md/raid0.c raid0_run;
   * block/blk-settings.c blk_queue_update_readahead]
   */
  get readAheadPages(): number {
    return this.drives === 1 ? READAHEAD_PAGES : 2 * this.drives * CHUNK_PAGES;
  }

  driveOf(page: number): number {
    return this.drives === 1 ? 0 : Math.floor(page / CHUNK_PAGES) % this.drives;
  }

  /** Byte offset of `page` on its drive. */
  offsetOf(page: number): number {
    const chunk = Math.floor(page / CHUNK_PAGES);
    const inChunk = page - chunk * CHUNK_PAGES;
    const onDrive = Math.floor(chunk / this.drives) * CHUNK_PAGES + inChunk;
    return this.#startBytes + onDrive * PAGE_BYTES;
  }

  /** Pages from `page` on that lie together on one drive. */
  pagesToChunkEnd(page: number): number {
    if (this.drives === 1) return Number.POSITIVE_INFINITY;
    return CHUNK_PAGES - (page % CHUNK_PAGES);
  }
}
