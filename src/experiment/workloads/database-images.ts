/**
 * Databases that were loaded lately, as they lay on the drives before the first transaction.
 *
 * The points of a figure nearly always begin with the same database, and building it takes half of
 * many runs. Whoever runs several specs in one process says how much memory images may take; what
 * they leave of it keeps the memory of pools and drives that no run uses any more.
 *
 * I1  An image follows from its key alone: results do not depend on what has run before.
 * I2  Images and unused memory take at most what was allowed; a run takes from it before it asks
 *     the host.
 */
import { SpareBuffers } from "../../base/spare-buffers.ts";
import type { BufferSource, PageMemory } from "../../engine/page/page-memory.ts";
import type { LoadedTree } from "../../engine/tree-loader.ts";
import { type MediaImage, SparseMedia } from "../../hardware/nvme/media.ts";
import { SlabStore } from "../../hardware/nvme/slabs.ts";
import type { ExperimentInput } from "../spec.ts";

export interface DatabaseImage {
  readonly media: MediaImage;
  readonly trees: ReadonlyMap<string, LoadedTree>;
}

let bytesMax = 0;
/** The one that was used last comes last. */
const images = new Map<string, DatabaseImage>();
const unused = new SlabStore();
const unusedPools = new SpareBuffers();

/** From now on images take up to `bytes` of host memory; 0: none is kept, as before any call. */
export function keepDatabaseImages(bytes: number): void {
  bytesMax = bytes;
  forgetBeyond(bytesMax);
  shrinkUnused();
}

/** Drives for a run to write to. */
export const newMedia = (driveCount: number): SparseMedia => new SparseMedia(driveCount, unused);

/** Memory for a run's pool. */
export const frameSource: BufferSource = (bytes) => unusedPools.take(bytes);

/** A run has ended, and nobody looks at its drives and its pool any more. */
export function endDatabase(media: SparseMedia, pool: PageMemory): void {
  unusedPools.giveBack(pool.buffer, bytesMax - heldBytes());
  unused.giveBack(media.takeSlabs(), roomForSlabs());
  shrinkUnused();
}

/** What was loaded under this name, if it is kept. */
export function databaseImage(key: string): DatabaseImage | undefined {
  const image = images.get(key);
  if (image === undefined) return undefined;
  images.delete(key);
  images.set(key, image);
  return image;
}

/** A database of about `bytes` will be built: others give way before it takes memory. */
export function makeRoomForDatabase(bytes: number): void {
  forgetBeyond(bytesMax - bytes);
}

/** Keeps what has been loaded, unless that is more than all images may take. */
export function keepDatabase(
  key: string,
  media: SparseMedia,
  trees: ReadonlyMap<string, LoadedTree>,
): void {
  const bytes = media.heldBytes;
  if (bytes > bytesMax) return;
  forgetBeyond(bytesMax - bytes);
  images.set(key, { media: media.image(), trees });
  shrinkUnused();
}

/** Forgets those that have not been used for longest, until the others take at most `bytes`. */
function forgetBeyond(bytes: number): void {
  for (const [key, { media }] of images) {
    if (heldBytes() <= bytes) return;
    images.delete(key);
    unused.giveBack(media.slabs, roomForSlabs());
  }
}

/** Memory of pools goes first: each run wants all of one, and all of it cleared. */
function shrinkUnused(): void {
  unusedPools.shrinkTo(bytesMax - heldBytes());
  unused.shrinkTo(roomForSlabs());
}

const roomForSlabs = (): number => bytesMax - heldBytes() - unusedPools.bytes;

const heldBytes = (): number =>
  [...images.values()].reduce((sum, { media }) => sum + media.heldBytes, 0);

/**
 * A name that specs share which are likely to begin with the same database; undefined: there is
 * none. Whoever spreads specs over processes goes by it.
 */
export function databaseNameOf({ machine, drives, workload }: ExperimentInput): string | undefined {
  if (workload?.kind !== "engine") return undefined;
  const { benchmark, dataBytes, pageBytes, valueBytes, scale, warehouses } = workload;
  const rows = [benchmark, dataBytes, pageBytes, valueBytes, scale, warehouses];
  return JSON.stringify([machine, drives, ...rows, workload.wal, workload.updateProtocol]);
}
