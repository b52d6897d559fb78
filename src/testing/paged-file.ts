/** A file larger than memory on two drives, for tests of what reads it through the page cache. */
import { type Media, SparseMedia } from "../hardware/nvme/media.ts";
import { IO_MEDIA_ERROR } from "../hardware/nvme/status.ts";
import { type BareRun, bareRun } from "./bare-run.ts";

export const FILE_FRAMES = 4_096;
export const FILE_PAGES = 32_768;
export const FILE_THREADS = 6;
export const FILE_END_PS = 300_000_000_000;

/** A machine with the mmap backend whose memory holds an eighth of the file. */
export function pagedFileRun(): BareRun {
  return bareRun(
    {
      machine: "milan-pm1733",
      drives: 2,
      backend: "mmap",
      // With a RAID's own windows six threads would read a fifth of so little memory at a time.
      options: { machine_memory_gib: 1, read_ahead_kb: 128 },
      workload: { kind: "file-access", threads: FILE_THREADS, ramBytes: FILE_FRAMES * 4_096 },
    },
    FILE_END_PS,
  );
}

/** Media on which one page of drive 0 cannot be read. */
export class ScratchedMedia extends SparseMedia implements Media {
  override read(
    ...[drive, offset, bytes, into]: Parameters<Media["read"]>
  ): ReturnType<Media["read"]> {
    if (drive === 0 && offset <= 8_192 && offset + bytes > 8_192) return IO_MEDIA_ERROR;
    return super.read(drive, offset, bytes, into);
  }
}
