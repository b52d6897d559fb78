/**
 * A plain sorted map behind the engine's contract: the oracle for workloads and for the engine.
 *
 * Transactions run one at a time; abort restores what was there. Nothing ever suspends.
 */
import {
  type Database,
  type EngineTask,
  type IsolationLevel,
  MISS,
  type Session,
  type Transaction,
  type Tree,
} from "../engine/model.ts";

/** Keys as texts of one character per byte, which sort as the bytes do. */
const textOf = (key: Uint8Array): string => String.fromCharCode(...key);
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

export class ModelTree implements Tree {
  readonly name: string;
  readonly #rows = new Map<string, Uint8Array>();
  #sorted: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Uint8Array | undefined {
    return this.#rows.get(key);
  }

  set(key: string, value: Uint8Array): void {
    if (!this.#rows.has(key)) this.#sorted.splice(this.#position(key), 0, key);
    this.#rows.set(key, value);
  }

  remove(key: string): void {
    if (this.#rows.delete(key)) this.#sorted.splice(this.#position(key), 1);
  }

  /** Every entry, ascending. */
  entries(): [key: Uint8Array, value: Uint8Array][] {
    return this.#sorted.map((key) => [bytesOf(key), this.#rows.get(key)!]);
  }

  scan(from: string, direction: 1 | -1, visit: (key: Uint8Array, value: Uint8Array) => boolean) {
    let at = this.#position(from);
    if (direction < 0 && this.#sorted[at] !== from) at -= 1;
    for (; at >= 0 && at < this.#sorted.length; at += direction) {
      const key = this.#sorted[at]!;
      if (!visit(bytesOf(key), this.#rows.get(key)!)) return;
    }
  }

  /** Position of the first key that is not below `key`. */
  #position(key: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** An answer that is there at once, in the form of a task. */
// biome-ignore lint/correctness/useYield: the model never suspends
function* answer<T>(work: () => T): EngineTask<T> {
  return work();
}

class ModelTransaction implements Transaction {
  readonly #undo: (() => void)[] = [];
  readonly #end: () => void;
  readonly #alwaysMisses: boolean;

  constructor(end: () => void, alwaysMisses: boolean) {
    this.#end = end;
    this.#alwaysMisses = alwaysMisses;
  }

  tryGet(tree: ModelTree, key: Uint8Array): Uint8Array | undefined | typeof MISS {
    return this.#alwaysMisses ? MISS : tree.get(textOf(key));
  }

  get(tree: ModelTree, key: Uint8Array): EngineTask<Uint8Array | undefined> {
    return answer(() => tree.get(textOf(key)));
  }

  insert(tree: ModelTree, key: Uint8Array, value: Uint8Array): EngineTask<boolean> {
    return answer(() => {
      const isNew = tree.get(textOf(key)) === undefined;
      if (isNew) this.#set(tree, textOf(key), value.slice());
      return isNew;
    });
  }

  put(tree: ModelTree, key: Uint8Array, value: Uint8Array): EngineTask<void> {
    return answer(() => this.#set(tree, textOf(key), value.slice()));
  }

  update(
    tree: ModelTree,
    key: Uint8Array,
    change: (value: Uint8Array) => void,
  ): EngineTask<boolean> {
    return answer(() => this.#update(tree, textOf(key), change));
  }

  tryUpdate(
    tree: ModelTree,
    key: Uint8Array,
    change: (value: Uint8Array) => void,
  ): boolean | typeof MISS {
    return this.#alwaysMisses ? MISS : this.#update(tree, textOf(key), change);
  }

  delete(tree: ModelTree, key: Uint8Array): EngineTask<boolean> {
    return answer(() => {
      const text = textOf(key);
      const before = tree.get(text);
      if (before === undefined) return false;
      tree.remove(text);
      this.#undo.push(() => tree.set(text, before));
      return true;
    });
  }

  scan(
    tree: ModelTree,
    fromKey: Uint8Array,
    direction: 1 | -1,
    visit: (key: Uint8Array, value: Uint8Array) => boolean,
  ): EngineTask<void> {
    return answer(() => tree.scan(textOf(fromKey), direction, visit));
  }

  tryCommit(): boolean {
    if (this.#alwaysMisses || this.#undo.length > 0) return false;
    this.#end();
    return true;
  }

  commit(): EngineTask<void> {
    return answer(this.#end);
  }

  abort(): EngineTask<void> {
    return answer(() => {
      for (const undo of this.#undo.reverse()) undo();
      this.#end();
    });
  }

  #update(tree: ModelTree, key: string, change: (value: Uint8Array) => void): boolean {
    const value = tree.get(key)?.slice();
    if (value === undefined) return false;
    change(value);
    this.#set(tree, key, value);
    return true;
  }

  #set(tree: ModelTree, key: string, value: Uint8Array): void {
    const before = tree.get(key);
    tree.set(key, value);
    this.#undo.push(() => (before === undefined ? tree.remove(key) : tree.set(key, before)));
  }
}

export class ModelDatabase implements Database {
  /** Transactions begun, and ended by commit or abort. */
  begun = 0;
  ended = 0;
  readonly #trees = new Map<string, ModelTree>();
  readonly #alwaysMisses: boolean;

  /** @param alwaysMisses `tryGet` always says that it would have to suspend. */
  constructor(alwaysMisses = false) {
    this.#alwaysMisses = alwaysMisses;
  }

  createTree(name: string): ModelTree {
    const tree = new ModelTree(name);
    this.#trees.set(name, tree);
    return tree;
  }

  tree(name: string): ModelTree {
    const tree = this.#trees.get(name);
    if (tree === undefined) throw new RangeError(`there is no tree ${name}`);
    return tree;
  }

  bulkLoad(tree: Tree, entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>): void {
    let last = "";
    for (const [key, value] of entries) {
      const text = textOf(key);
      if (text <= last) throw new RangeError(`${tree.name}: keys do not ascend`);
      (tree as ModelTree).set(text, value.slice());
      last = text;
    }
  }

  openSession(): Session {
    return {
      begin: (_level?: IsolationLevel): Transaction => {
        if (this.begun > this.ended) throw new RangeError("the model runs one at a time");
        this.begun += 1;
        return new ModelTransaction(() => {
          this.ended += 1;
        }, this.#alwaysMisses);
      },
      close: () => answer(() => {}),
    };
  }
}

/** Runs a task that does not suspend to its end. */
export function finish<T>(task: EngineTask<T>): T {
  const step = task.next();
  if (step.done !== true) throw new RangeError("the task suspended");
  return step.value;
}
