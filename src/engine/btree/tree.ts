/**
 * A B+-tree of records with keys and values of any length.
 *
 * Every call first tries the plain way: down to the leaf and done, with nothing to wait for. If a
 * page is missing or somebody is in the way, the generator goes down by optimistic latch coupling,
 * takes the leaf's latch by its version, and does the same to the leaf. A leaf without room is
 * split, one that is almost empty merges, before or after the change, never with its latch held.
 */
import { badValue } from "../../base/usage-error.ts";
import { NO_FRAME } from "../buffer/buffer-pool.ts";
import { type EngineTask, MISS, type Miss } from "../model.ts";
import { slotCount } from "../page/page-header.ts";
import { search } from "../page/search.ts";
import { keyAt, keyBytesMax, recordBytesMax, upperFence, valueView } from "../page/slotted-page.ts";
import {
  BLOCKED,
  DONE,
  type GapGuard,
  type Outcome,
  REFUSED,
  type RecordAccess,
  type Visitor,
} from "../transaction/record-access.ts";
import type { LogOwner } from "../wal/change-log.ts";
import type { Worker } from "../worker.ts";
import { LeafRecords } from "./leaf.ts";
import { isUnderfull, mergeUpwards } from "./merge.ts";
import { scanBackward, scanForward } from "./scan.ts";
import { splitNode } from "./split.ts";
import type { TreeParts } from "./tree-parts.ts";

/** A change found no room: split, and try again. */
const NO_ROOM = 3;
/** The next leaf is not in memory: bring it, and try again. */
const NO_NEXT = 4;
type Attempt = Outcome | typeof NO_ROOM | typeof NO_NEXT;

export class BTree implements RecordAccess {
  readonly name: string;
  readonly treeId: number;
  readonly parts: TreeParts;
  readonly #leaf: LeafRecords;

  constructor(name: string, parts: TreeParts) {
    this.name = name;
    this.treeId = parts.treeId;
    this.parts = parts;
    this.#leaf = new LeafRecords(parts.pool, parts.log);
  }

  tryLookup(worker: Worker, key: Uint8Array): Uint8Array | undefined | Miss {
    const { descent, pool } = this.parts;
    const frame = descent.tryLeaf(key, worker);
    if (frame === NO_FRAME) return MISS;
    const { memory } = pool;
    const base = pool.frames.base(frame);
    const position = search(memory, base, key);
    return position >= 0 ? valueView(memory, base, position) : undefined;
  }

  *lookup(worker: Worker, key: Uint8Array): EngineTask<Uint8Array | undefined> {
    const { memory, frames } = this.parts.pool;
    const place = yield* this.parts.descent.node(key, 0, worker);
    if (place === undefined) return undefined;
    const base = frames.base(place.frame);
    const position = search(memory, base, key);
    return position >= 0 ? valueView(memory, base, position) : undefined;
  }

  *insert(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    value: Uint8Array,
    guard: GapGuard | undefined,
  ): EngineTask<Outcome> {
    this.#check(key, value);
    const attempt = (frame: number): Attempt =>
      this.#insertInto(worker, frame, owner, key, value, guard);
    const isFull = (base: number): boolean => this.#leaf.isFull(base, key.length, value.length);
    return yield* this.#change(worker, key, attempt, isFull);
  }

  *remove(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    guard: GapGuard | undefined,
  ): EngineTask<Outcome> {
    let isAlmostEmpty = false;
    const attempt = (frame: number): Attempt => {
      const { memory, frames } = this.parts.pool;
      const base = frames.base(frame);
      const position = search(memory, base, key);
      if (position < 0) return REFUSED;
      const verdict = this.#askGuard(frame, position + 1, guard);
      if (verdict !== DONE) return verdict;
      this.#leaf.remove(worker, owner, frame, position, key);
      isAlmostEmpty = isUnderfull(memory, base);
      return DONE;
    };
    const outcome = yield* this.#change(worker, key, attempt, neverFull);
    if (isAlmostEmpty) yield* mergeUpwards(this.parts, key, worker);
    return outcome;
  }

  *replace(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    value: Uint8Array,
  ): EngineTask<boolean> {
    this.#check(key, value);
    const { memory, frames } = this.parts.pool;
    const isFull = (base: number): boolean => {
      const position = search(memory, base, key);
      return position >= 0 && this.#leaf.isTooFull(base, position, value.length);
    };
    const attempt = (frame: number): Attempt => {
      const base = frames.base(frame);
      const position = search(memory, base, key);
      if (position < 0) return REFUSED;
      if (this.#leaf.isTooFull(base, position, value.length)) return NO_ROOM;
      this.#leaf.replace(worker, owner, frame, position, key, value);
      return DONE;
    };
    return (yield* this.#change(worker, key, attempt, isFull)) === DONE;
  }

  tryUpdate(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    change: (value: Uint8Array) => void,
  ): boolean | Miss {
    const { descent, pool } = this.parts;
    const frame = descent.tryLeaf(key, worker);
    if (frame === NO_FRAME) return MISS;
    const position = search(pool.memory, pool.frames.base(frame), key);
    if (position < 0) return false;
    if (!pool.isReady(frame, worker)) return MISS;
    this.#chargeChange(worker, frame);
    this.#leaf.change(worker, owner, frame, position, key, change);
    pool.frames.latches.changed(frame);
    return true;
  }

  *update(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    change: (value: Uint8Array) => void,
  ): EngineTask<boolean> {
    const { memory, frames } = this.parts.pool;
    const attempt = (frame: number): Attempt => {
      const position = search(memory, frames.base(frame), key);
      if (position < 0) return REFUSED;
      this.#leaf.change(worker, owner, frame, position, key, change);
      return DONE;
    };
    return (yield* this.#change(worker, key, attempt, neverFull)) === DONE;
  }

  scan(worker: Worker, fromKey: Uint8Array, direction: 1 | -1, visit: Visitor): EngineTask<void> {
    return direction === 1
      ? scanForward(this.parts, fromKey, visit, worker)
      : scanBackward(this.parts, fromKey, visit, worker);
  }

  /**
   * Makes one change of one leaf: `attempt` is called, once or again, when the leaf for `key` is
   * latched or nobody else runs, and changes it or says why not.
   */
  *#change(
    worker: Worker,
    key: Uint8Array,
    attempt: (frame: number) => Attempt,
    isFull: (base: number) => boolean,
  ): EngineTask<Outcome> {
    const { descent, pool } = this.parts;
    const { latches } = pool.frames;
    let frame = descent.tryLeaf(key, worker);
    while (true) {
      let attempted: Attempt;
      if (frame !== NO_FRAME) {
        if (!pool.isReady(frame, worker)) {
          yield* pool.makeReady(frame, worker);
          frame = descent.tryLeaf(key, worker);
          continue;
        }
        attempted = attempt(frame);
        if (attempted === DONE) latches.changed(frame);
      } else {
        const place = yield* descent.node(key, 0, worker);
        if (place === undefined) continue;
        if (!pool.isReady(place.frame, worker)) {
          yield* pool.makeReady(place.frame, worker);
          continue;
        }
        if (!latches.tryHold(place.frame, place.version, worker)) continue;
        frame = place.frame;
        if (pool.adversary !== undefined) yield* pool.adversary.interfere(worker);
        attempted = attempt(frame);
        latches.release(frame, worker);
      }
      if (attempted === NO_ROOM) yield* splitNode(this.parts, key, 0, isFull, worker);
      else if (attempted === NO_NEXT) yield* this.#bringNext(key, worker);
      else {
        this.#chargeChange(worker, frame);
        return attempted;
      }
      frame = descent.tryLeaf(key, worker);
    }
  }

  #insertInto(
    worker: Worker,
    frame: number,
    owner: LogOwner,
    key: Uint8Array,
    value: Uint8Array,
    guard: GapGuard | undefined,
  ): Attempt {
    const { memory, frames } = this.parts.pool;
    const base = frames.base(frame);
    const found = search(memory, base, key);
    if (found >= 0) return REFUSED;
    if (this.#leaf.isFull(base, key.length, value.length)) return NO_ROOM;
    const verdict = this.#askGuard(frame, ~found, guard);
    if (verdict === DONE) this.#leaf.insert(worker, owner, frame, ~found, key, value);
    return verdict;
  }

  /** @param next position, in the leaf, of the first record above the key in question. */
  #askGuard(frame: number, next: number, guard: GapGuard | undefined): Attempt {
    if (guard === undefined || guard.isIdle()) return DONE;
    const key = this.#nextKey(frame, next);
    if (key === MISS) return NO_NEXT;
    return guard.allows(key) ? DONE : BLOCKED;
  }

  /** The key at `position` of a leaf or, if it ends there, the first one behind it. */
  #nextKey(frame: number, position: number): Uint8Array | undefined | Miss {
    const { pool, descent } = this.parts;
    const { memory, frames } = pool;
    let base = frames.base(frame);
    while (position >= slotCount(memory, base)) {
      const upper = upperFence(memory, base);
      if (upper === undefined) return undefined;
      const next = descent.tryResident(upper);
      if (next === NO_FRAME) return MISS;
      base = frames.base(next);
      position = 0;
    }
    return keyAt(memory, base, position);
  }

  /** Brings the leaves up to the next key into memory. */
  *#bringNext(key: Uint8Array, worker: Worker): EngineTask<void> {
    const { descent, pool } = this.parts;
    const { memory, frames } = pool;
    let bound: Uint8Array | undefined = key;
    while (bound !== undefined) {
      const place: { frame: number } | undefined = yield* descent.node(bound, 0, worker);
      if (place === undefined) return;
      const base = frames.base(place.frame);
      if (bound !== key && slotCount(memory, base) > 0) return;
      bound = upperFence(memory, base);
    }
  }

  #chargeChange({ thread }: Worker, frame: number): void {
    const { leafLines, frames, times } = this.parts.pool;
    leafLines.change(thread.core, frames.pageIds[frame]!, times.leafChange);
  }

  #check(key: Uint8Array, value: Uint8Array): void {
    const { pageBytes } = this.parts.pool.memory;
    if (key.length > keyBytesMax(pageBytes)) {
      throw badValue("key", `${key.length} bytes`, `keep to ${keyBytesMax(pageBytes)} bytes`);
    }
    const bytes = key.length + value.length;
    if (bytes > recordBytesMax(pageBytes)) {
      const most = recordBytesMax(pageBytes);
      throw badValue("record", `${bytes} bytes`, `keep key and value to ${most} bytes`);
    }
  }
}

const neverFull = (): boolean => false;
