/**
 * Small transactions over few keys with large values: conflicts, splits, merges and rollbacks
 * within a few milliseconds.
 *
 * It fills the tree for a while and empties it for a while, so that nodes split and merge again.
 */
import type { RandomStream } from "../../base/random.ts";
import type { EngineTask, Transaction, Tree } from "../../engine/model.ts";
import type { TransactionSource } from "../../workload/transaction-source.ts";

const KEYS = 150;
/** Transactions of one client in one direction. */
const PHASE = 25;
const ROLLBACK_PERCENT = 15;

interface Change {
  readonly kind: "put" | "delete" | "update";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export class KeySource implements TransactionSource {
  readonly #tree: Tree;
  readonly #random: RandomStream;
  readonly #valueStepBytes: number;
  #drawn = 0;
  #changes: Change[] = [];
  #isWanted = true;

  /** @param pageBytes pages into which a few of the values fit. */
  constructor(tree: Tree, random: RandomStream, pageBytes: number) {
    this.#tree = tree;
    this.#random = random;
    this.#valueStepBytes = Math.floor((100 * pageBytes) / 4_096);
  }

  draw(): void {
    const random = this.#random;
    const isFilling = Math.floor(this.#drawn / PHASE) % 2 === 0;
    this.#drawn += 1;
    this.#isWanted = random.below(100) >= ROLLBACK_PERCENT;
    this.#changes = Array.from({ length: 1 + random.below(4) }, (): Change => {
      const number = random.below(KEYS);
      const dice = random.below(10);
      const kind = dice < 2 ? "update" : dice < 8 === isFilling ? "put" : "delete";
      // Keys of different lengths, values that make a leaf split after a few of them.
      const key = new Uint8Array(4 + (number % 7)).fill(number);
      const value = new Uint8Array(this.#valueStepBytes * (1 + random.below(10)));
      for (let at = 0; at < value.length; at++) value[at] = random.below(256);
      return { kind, key, value };
    });
  }

  *run(transaction: Transaction): EngineTask<boolean> {
    const tree = this.#tree;
    for (const { kind, key, value } of this.#changes) {
      if (kind === "put") yield* transaction.put(tree, key, value);
      else if (kind === "delete") yield* transaction.delete(tree, key);
      else {
        yield* transaction.update(tree, key, (old) => {
          for (let at = 0; at < old.length; at++) old[at] = (old[at]! + 1) & 255;
        });
      }
    }
    return this.#isWanted;
  }
}
