/**
 * Range scans in both directions, leaf by leaf.
 *
 * Leaves are not linked: the next one is found by the fence of the last, from the root, so that a
 * scan holds nothing between two leaves and no split or merge can lead it astray. All records of a
 * leaf are visited in one step, and what a visitor gets is valid during its call. From the second
 * time on that a leaf is missing which the scan has come to from another one, its next siblings are
 * asked for with it: one, then three, then up to eight. Many scans end in their first leaf or where
 * they find the next one to be out of their range, and what is read ahead takes others' frames.
 *
 * I1  When a record is visited, there is none between it and the one visited before it; so locks of
 *     records and of the gaps before them cover all that a scan upwards has passed. Downwards the
 *     visitor has locked the gap below a record before the scan goes on.
 */
import { NO_FRAME } from "../buffer/buffer-pool.ts";
import type { Latches } from "../latch.ts";
import type { EngineTask } from "../model.ts";
import { FIRST_POSITION } from "../page/child-references.ts";
import { slotCount } from "../page/page-header.ts";
import { search } from "../page/search.ts";
import {
  copyKey,
  keyAt,
  keyLength,
  lowerFence,
  upperFence,
  valueView,
} from "../page/slotted-page.ts";
import { VISIT_NEXT, type Visitor } from "../transaction/record-access.ts";
import type { Worker } from "../worker.ts";
import type { Place } from "./descent.ts";
import type { TreeParts } from "./tree-parts.ts";

/** Most leaves that are asked for ahead of a scan. */
const READ_AHEAD_MAX = 8;

export function* scanForward(
  parts: TreeParts,
  fromKey: Uint8Array,
  visit: Visitor,
  worker: Worker,
): EngineTask<void> {
  const { pool, descent } = parts;
  const { memory, frames } = pool;
  let key = fromKey;
  /** The record that was visited last; undefined: none was. */
  let visited: Uint8Array | undefined;
  let beginsAgain = false;
  let isFirst = true;
  let ahead = 0;
  /** Leaves left behind since then, each with its version. */
  const left: number[] = [];
  while (true) {
    let frame = descent.tryLeaf(key, worker);
    if (frame === NO_FRAME) {
      const place = yield* descent.node(key, 0, worker);
      if (place === undefined) return;
      if (!isFirst) {
        readAhead(parts, place, 1, ahead, worker);
        ahead = Math.min(2 * ahead + 1, READ_AHEAD_MAX);
      }
      frame = place.frame;
    }
    if (hasChanged(frames.latches, left)) {
      // A record may have appeared between the one visited last and the one to visit now.
      left.length = 0;
      key = visited ?? fromKey;
      beginsAgain = visited !== undefined;
      continue;
    }
    const base = frames.base(frame);
    const found = search(memory, base, key);
    const from = found < 0 ? ~found : beginsAgain ? found + 1 : found;
    const last = slotCount(memory, base);
    for (let position = from; position < last; position++) {
      if (visitRecord(parts, base, position, visit) === VISIT_NEXT) continue;
      worker.charge((position - from + 1) * pool.times.scanStep);
      return;
    }
    worker.charge((last - from) * pool.times.scanStep);
    const upper = upperFence(memory, base);
    if (upper === undefined) break;
    if (from < last) {
      visited = keyAt(memory, base, last - 1);
      left.length = 0;
    }
    left.push(frame, frames.latches.version(frame));
    key = upper;
    beginsAgain = false;
    isFirst = false;
    yield* worker.catchUp();
  }
  visit(undefined, undefined);
}

/** Whether one of the frames in `left`, each with a version behind it, is another one now. */
function hasChanged(latches: Latches, left: readonly number[]): boolean {
  for (let index = 0; index < left.length; index += 2) {
    if (!latches.isUnchanged(left[index]!, left[index + 1]!)) return true;
  }
  return false;
}

export function* scanBackward(
  parts: TreeParts,
  fromKey: Uint8Array,
  visit: Visitor,
  worker: Worker,
): EngineTask<void> {
  const { pool, descent } = parts;
  const { memory, frames } = pool;
  let isFirst = true;
  let ahead = 0;
  let bound = fromKey;
  while (true) {
    let frame = isFirst ? descent.tryLeaf(bound, worker) : descent.tryLeafBefore(bound, worker);
    if (frame === NO_FRAME) {
      const place = yield* isFirst
        ? descent.node(bound, 0, worker)
        : descent.leafBefore(bound, worker);
      if (place === undefined) return;
      if (!isFirst) {
        readAhead(parts, place, -1, ahead, worker);
        ahead = Math.min(2 * ahead + 1, READ_AHEAD_MAX);
      }
      frame = place.frame;
    }
    const base = frames.base(frame);
    // A later leaf ends right below the bound, but it may have been split: search all the same.
    const found = search(memory, base, bound);
    const from = found < 0 ? ~found - 1 : isFirst ? found : found - 1;
    for (let position = from; position >= 0; position--) {
      if (visitRecord(parts, base, position, visit) === VISIT_NEXT) continue;
      worker.charge((from - position + 1) * pool.times.scanStep);
      return;
    }
    worker.charge((from + 1) * pool.times.scanStep);
    bound = lowerFence(memory, base);
    if (bound.length === 0) break;
    isFirst = false;
    yield* worker.catchUp();
  }
  visit(undefined, undefined);
}

function visitRecord(
  { pool: { memory }, keyScratch }: TreeParts,
  base: number,
  position: number,
  visit: Visitor,
): ReturnType<Visitor> {
  const length = keyLength(memory, base, position);
  keyScratch[length] ??= new Uint8Array(length);
  const key = keyScratch[length];
  copyKey(memory, base, position, key);
  return visit(key, valueView(memory, base, position));
}

/** Asks for the siblings that a scan will come to next, if they are not there. */
function readAhead(
  { pool }: TreeParts,
  place: Place,
  direction: 1 | -1,
  leaves: number,
  worker: Worker,
): void {
  const { frames, memory } = pool;
  if (place.parent === NO_FRAME) return;
  if (!frames.latches.isUnchanged(place.parent, place.parentVersion)) return;
  const last = slotCount(memory, frames.base(place.parent)) - 1;
  const pageIds: number[] = [];
  for (let step = 1; step <= leaves; step++) {
    const position = place.position + step * direction;
    if (position < FIRST_POSITION || position > last) break;
    pageIds.push(pool.childPageId(place.parent, position));
  }
  pool.prefetch(pageIds, worker);
}
