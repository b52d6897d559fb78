/**
 * From the root to a node: optimistic latch coupling.
 *
 * The plain way goes down in one step; nobody else runs meanwhile, so nothing needs validating.
 * When a page is missing, locked, or the adversary strikes, the generator takes over: at each node
 * it notes the version, finds and fixes the child, and, if that suspended, validates the node
 * before it goes on to the child. A node that has changed meanwhile means beginning again at the
 * root.
 *
 * A key belongs to the node whose fences include it; *before* a key means the node that holds what
 * is right below it.
 */
import { type BufferPool, NO_FRAME } from "../buffer/buffer-pool.ts";
import { LAST_LEVEL, MEMORY } from "../leaf-caches.ts";
import type { EngineTask } from "../model.ts";
import {
  childPosition,
  childPositionBefore,
  childWord,
  FIRST_POSITION,
} from "../page/child-references.ts";
import { LEAF_PAGE, pageKind, pageLevel, slotCount } from "../page/page-header.ts";
import type { Worker } from "../worker.ts";

/** No frame ever has this version. */
const CHANGED = Number.NaN;

/** A node as it was when its version was noted, and the parent through which it was reached. */
export interface Place {
  readonly frame: number;
  readonly version: number;
  /** `NO_FRAME` for the root. */
  readonly parent: number;
  readonly parentVersion: number;
  /** Position of the node in its parent. */
  readonly position: number;
}

export class Descent {
  readonly rootPageId: number;
  readonly #pool: BufferPool;
  /** Time for one node on the way down, and for a call as such. */
  readonly #visitPs: number;
  readonly #operationPs: number;
  /** What the original of a scaled tree is: its further levels, and whether caches hold it. */
  #missingLevels = 0;
  #missingPs = 0;
  #staysInCache = false;
  readonly #coldLeafPs: number;
  readonly #cachedLeafPs: number;
  /** Times that a descent had to begin again. */
  restarts = 0;

  constructor(pool: BufferPool, rootPageId: number) {
    const { times } = pool;
    this.#pool = pool;
    this.rootPageId = rootPageId;
    this.#visitPs = times.nodeVisit + (pool.translation.isDirect ? 0 : times.hashLookup);
    this.#operationPs = times.operation;
    this.#coldLeafPs = times.coldLeaf;
    this.#cachedLeafPs = times.cachedLeaf;
  }

  /** This tree is a scaled one: its original has more levels, or fits into the cores' caches. */
  standFor(missingLevels: number, staysInCache: boolean): void {
    this.#missingLevels = missingLevels;
    this.#missingPs = missingLevels * this.#visitPs;
    this.#staysInCache = staysInCache;
  }

  /** The leaf for `key`, without suspending; or `NO_FRAME`. */
  tryLeaf(key: Uint8Array, worker: Worker): number {
    const pool = this.#pool;
    const { memory, frames } = pool;
    let frame = pool.tryFix(this.rootPageId);
    let visits = 1;
    while (frame !== NO_FRAME) {
      const base = frames.base(frame);
      if (!pool.touch(frame, worker)) {
        frame = NO_FRAME;
        break;
      }
      if (pageKind(memory, base) === LEAF_PAGE) break;
      frame = pool.tryFixChild(frame, childPosition(memory, base, key));
      visits += 1;
    }
    // Whoever suspends goes down again, and that is charged: it is one descent.
    if (frame === NO_FRAME) return NO_FRAME;
    pool.visits += visits + this.#missingLevels;
    const nodesPs = visits * this.#visitPs + this.#missingPs;
    worker.charge(this.#operationPs + nodesPs);
    this.#fetch(frame, worker);
    return frame;
  }

  /** Brings a leaf's lines into the caches of the worker's core, unless they are there. */
  #fetch(leaf: number, worker: Worker): void {
    const { caches, leafLines, frames } = this.#pool;
    const { core } = worker.thread;
    const pageId = frames.pageIds[leaf]!;
    leafLines.visit(core, pageId);
    if (this.#staysInCache) return;
    const from = caches.visit(core, pageId);
    if (from === LAST_LEVEL) worker.charge(this.#cachedLeafPs);
    else if (from === MEMORY) worker.waitForMemory(this.#coldLeafPs);
  }

  /** As `tryLeaf`, but it costs nothing and lets the adversary be: to look at a neighbour. */
  tryResident(key: Uint8Array): number {
    const { memory, frames, translation } = this.#pool;
    let frame = this.#pool.residentFrame(this.rootPageId);
    while (frame !== NO_FRAME && !frames.latches.isLocked(frame)) {
      const base = frames.base(frame);
      if (pageKind(memory, base) === LEAF_PAGE) return frame;
      const word = childWord(memory, base, childPosition(memory, base, key));
      frame = translation.childFrame(frame, word);
    }
    return NO_FRAME;
  }

  /** The leaf with the keys right below `bound` (undefined: with the last keys), or `NO_FRAME`. */
  tryLeafBefore(bound: Uint8Array | undefined, worker: Worker): number {
    const pool = this.#pool;
    const { memory, frames } = pool;
    let frame = pool.tryFix(this.rootPageId);
    let visits = 1;
    while (frame !== NO_FRAME) {
      const base = frames.base(frame);
      if (!pool.touch(frame, worker)) {
        frame = NO_FRAME;
        break;
      }
      if (pageKind(memory, base) === LEAF_PAGE) break;
      frame = pool.tryFixChild(frame, this.#positionBefore(base, bound));
      visits += 1;
    }
    if (frame === NO_FRAME) return NO_FRAME;
    pool.visits += visits + this.#missingLevels;
    worker.charge(visits * this.#visitPs + this.#missingPs);
    this.#fetch(frame, worker);
    return frame;
  }

  /** The node of `level` for `key`; undefined when the tree is not that high. */
  node(key: Uint8Array, level: number, worker: Worker): EngineTask<Place | undefined> {
    if (level === 0) worker.charge(this.#operationPs);
    return this.#descend((base) => childPosition(this.#pool.memory, base, key), level, worker);
  }

  /** The leaf with the keys right below `bound`. */
  leafBefore(bound: Uint8Array | undefined, worker: Worker): EngineTask<Place | undefined> {
    return this.#descend((base) => this.#positionBefore(base, bound), 0, worker);
  }

  *#descend(
    choose: (base: number) => number,
    level: number,
    worker: Worker,
  ): EngineTask<Place | undefined> {
    const pool = this.#pool;
    const { memory, frames } = pool;
    const { latches } = frames;
    while (true) {
      let frame = pool.tryFix(this.rootPageId);
      if (frame === NO_FRAME) frame = yield* pool.fix(this.rootPageId, worker);
      while (!pool.touch(frame, worker)) yield* pool.bring(frame, worker);
      let version = latches.version(frame);
      let parent = NO_FRAME;
      let parentVersion = 0;
      let position = FIRST_POSITION;
      pool.visits += 1;
      worker.charge(this.#visitPs);
      while (pageLevel(memory, frames.base(frame)) > level) {
        const next = choose(frames.base(frame));
        let child = pool.tryFixChild(frame, next);
        if (child === NO_FRAME) {
          child = yield* pool.fix(pool.childPageId(frame, next), worker);
          if (!latches.isUnchanged(frame, version)) {
            version = CHANGED;
            break;
          }
        }
        if (!pool.touch(child, worker)) {
          yield* pool.bring(child, worker);
          if (!latches.isUnchanged(frame, version)) {
            version = CHANGED;
            break;
          }
          continue;
        }
        pool.visits += 1;
        worker.charge(this.#visitPs);
        parent = frame;
        parentVersion = version;
        position = next;
        frame = child;
        version = latches.version(child);
      }
      if (latches.isUnchanged(frame, version)) {
        const found = pageLevel(memory, frames.base(frame));
        if (found === level) {
          if (level === 0) {
            pool.visits += this.#missingLevels;
            worker.charge(this.#missingPs);
            this.#fetch(frame, worker);
          }
          return { frame, version, parent, parentVersion, position };
        }
        if (found < level) return undefined;
      }
      this.restarts += 1;
    }
  }

  #positionBefore(base: number, bound: Uint8Array | undefined): number {
    const { memory } = this.#pool;
    if (bound === undefined) return slotCount(memory, base) - 1;
    return childPositionBefore(memory, base, bound);
  }
}
