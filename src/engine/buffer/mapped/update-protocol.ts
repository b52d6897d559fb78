/**
 * How changed pages of a mapped file become safe. [crotty22 §3.1]
 *
 * The system may write a page of the shared mapping at any moment, before its transaction has
 * committed and before the log is durable. *In place*: it does. The others keep what is not safe
 * yet elsewhere: in private copies of the pages, made by the operating system (MAP_PRIVATE) or by
 * the database, or on pages of the file that nobody's root leads to yet (shadow paging).
 */
import type { EngineTask } from "../../model.ts";
import type { Worker } from "../../worker.ts";

export const UPDATE_PROTOCOLS = [
  "in-place",
  "os-copy-on-write",
  "user-copy-on-write",
  "shadow-paging",
] as const;
export type UpdateProtocolName = (typeof UPDATE_PROTOCOLS)[number];

export interface UpdateProtocol {
  /** Whether the frame's page carries a valid checksum whenever the system may write it. */
  isSealed(frame: number): boolean;
  /** Whether the page in `frame` is read from a place other than the mapping. */
  isElsewhere(frame: number): boolean;
  /** Which page of the file holds page `pageId` now, and which page a page of the file holds. */
  placeInFile(pageId: number): number;
  /** −1: none that matters. */
  pageAt(place: number): number;
  /** The bytes of the frame's page as they are in the shared mapping. */
  bytesInFile(frame: number): Uint8Array;
  /** Whether a store to the page in `frame` does not fault. */
  isReady(frame: number, worker: Worker): boolean;
  /** The page in `frame` is about to be stored to. */
  beforeStore(frame: number, worker: Worker | undefined): void;
  /** It has been. */
  stored(frame: number): void;
  /** Puts every page on the drives, less their caches, that was first changed before `lsn`. */
  writeOlderThan(lsn: number, worker: Worker): EngineTask<void>;
  /** Whether there is so much to be written that somebody should. */
  isFull(): boolean;
  /** Pages that it has written itself, past the mapping. */
  readonly written?: number;
  /** What was loaded is on the drives; takes no simulated time. */
  loaded?(): void;
  /** After a crash, before any page is read. */
  open?(worker: Worker): EngineTask<void>;
}
