/**
 * Databases that were loaded lately, as they lay on the drives before the first transaction.
 *
 * The points of a figure nearly always begin with the same database, and building it takes half of
 * many runs. Whoever runs several specs in one process says how much memory images may take.
 *
 * I1  An image follows from its key alone: results do not depend on what has run before.
 */
import type { LoadedTree } from "../../engine/tree-loader.ts";
import { type MediaImage, PIECE_BYTES } from "../../hardware/nvme/media.ts";
import type { ExperimentInput } from "../spec.ts";

export interface DatabaseImage {
  readonly media: MediaImage;
  readonly trees: ReadonlyMap<string, LoadedTree>;
}

let bytesMax = 0;
/** The one that was used last comes last. */
const images = new Map<string, DatabaseImage>();

/** From now on images take up to `bytes` of host memory; 0: none is kept, as before any call. */
export function keepDatabaseImages(bytes: number): void {
  bytesMax = bytes;
  forgetBeyond(bytesMax);
}

export const areImagesKept = (): boolean => bytesMax > 0;

export function databaseImage(key: string): DatabaseImage | undefined {
  const image = images.get(key);
  if (image === undefined) return undefined;
  images.delete(key);
  images.set(key, image);
  return image;
}

export function keepDatabaseImage(key: string, image: DatabaseImage): void {
  if (bytesOf(image) > bytesMax) return;
  forgetBeyond(bytesMax - bytesOf(image));
  images.set(key, image);
}

/** Forgets those that have not been used for longest, until the others take at most `bytes`. */
function forgetBeyond(bytes: number): void {
  let held = [...images.values()].reduce((sum, image) => sum + bytesOf(image), 0);
  for (const [key, image] of images) {
    if (held <= bytes) return;
    held -= bytesOf(image);
    images.delete(key);
  }
}

const bytesOf = ({ media }: DatabaseImage): number =>
  media.reduce((sum, pieces) => sum + pieces.size * PIECE_BYTES, 0);

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
