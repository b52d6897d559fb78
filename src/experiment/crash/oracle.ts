/**
 * What a database must contain after a crash, from the outside: what it was asked and what it
 * acknowledged.
 *
 * A transaction that was acknowledged before the crash must be there; one whose commit was never
 * requested must not; one in between may be there or not, but as a whole. Transactions that
 * conflict were requested in the order of their effects, so of those the later one is never there
 * without the earlier.
 *
 * Positions are those of the device trace. A request at position p can be on the drives only if the
 * crash comes after p; an acknowledgement at p holds for a crash at p.
 */
import { applyRecord, SetDigest } from "./digest.ts";

/** One change: the new value of a key, undefined when it was deleted. */
interface Effect {
  readonly tree: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Above this many transactions in doubt at once the subsets would not be counted any more. */
const IN_DOUBT_MAX = 12;

const nameOf = (tree: number, key: Uint8Array): string => `${tree}:${key.join(",")}`;

/** One transaction as its workload sees it. */
export class TransactionRecord {
  readonly effects: Effect[] = [];
  requestedAt = Number.POSITIVE_INFINITY;
  acknowledgedAt = Number.POSITIVE_INFINITY;
  /** Place in the order of requests. */
  order = 0;

  /** Bytes are copied. */
  put(tree: number, key: Uint8Array, value: Uint8Array): void {
    this.effects.push({ tree, key: key.slice(), value: value.slice() });
  }

  /** Whether both change some key. */
  conflictsWith(other: TransactionRecord): boolean {
    const names = new Set(this.effects.map(({ tree, key }) => nameOf(tree, key)));
    return other.effects.some(({ tree, key }) => names.has(nameOf(tree, key)));
  }

  /** Whether `later` was requested after this one and changes some key that this one changed. */
  precedes(later: TransactionRecord): boolean {
    return later.order > this.order && this.conflictsWith(later);
  }

  remove(tree: number, key: Uint8Array): void {
    this.effects.push({ tree, key: key.slice(), value: undefined });
  }
}

/** What a database may contain. */
export interface Expectation {
  /** Digests of the permitted contents. */
  readonly digests: ReadonlySet<number>;
  readonly acknowledged: number;
  readonly inDoubt: number;
}

/** A content that can be changed and restored. */
class Content {
  readonly digest = new SetDigest();
  readonly #records = new Map<string, Effect>();

  get records(): ReadonlyMap<string, Effect> {
    return this.#records;
  }

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#set(nameOf(effect.tree, effect.key), effect);
  }

  /** The digest with `effects` applied; the content stays. */
  digestWith(effects: readonly Effect[]): number {
    const before = effects.map(({ tree, key }): readonly [string, Effect | undefined] => {
      const name = nameOf(tree, key);
      return [name, this.#records.get(name)];
    });
    this.apply(effects);
    const { value } = this.digest;
    // A key may occur twice: its oldest state was noted first.
    for (const [name, effect] of before.reverse()) this.#set(name, effect);
    return value;
  }

  #set(name: string, effect: Effect | undefined): void {
    const old = this.#records.get(name);
    if (old?.value !== undefined) applyRecord(this.digest, old.tree, old.key, old.value, -1);
    if (effect?.value === undefined) this.#records.delete(name);
    else {
      this.#records.set(name, effect);
      applyRecord(this.digest, effect.tree, effect.key, effect.value, 1);
    }
  }
}

export class CommitOracle {
  /** Where the device trace is now. */
  readonly #position: () => number;
  readonly #requested: TransactionRecord[] = [];
  readonly #content = new Content();
  /** Acknowledged transactions that `expectation` has applied. */
  readonly #applied = new Set<TransactionRecord>();
  /** Requested transactions before this place are all applied. */
  #firstOpen = 0;

  constructor(position: () => number) {
    this.#position = position;
  }

  begin(): TransactionRecord {
    return new TransactionRecord();
  }

  /** The workload asks for the commit of `transaction`. */
  requested(transaction: TransactionRecord): void {
    transaction.requestedAt = this.#position();
    transaction.order = this.#requested.push(transaction) - 1;
  }

  acknowledged(transaction: TransactionRecord): void {
    transaction.acknowledgedAt = this.#position();
  }

  /** Something that was there before the trace began. */
  loaded(tree: number, key: Uint8Array, value: Uint8Array): void {
    this.#content.apply([{ tree, key: key.slice(), value: value.slice() }]);
  }

  get commits(): number {
    return this.#requested.length;
  }

  /** What may be found after a crash at `position`; positions must not go down. */
  expectation(position: number): Expectation {
    const inDoubt: TransactionRecord[] = [];
    for (let place = this.#firstOpen; place < this.#requested.length; place++) {
      const transaction = this.#requested[place]!;
      if (transaction.requestedAt >= position && transaction.acknowledgedAt > position) break;
      if (this.#applied.has(transaction)) continue;
      if (transaction.acknowledgedAt > position) inDoubt.push(transaction);
      else {
        for (const earlier of inDoubt.filter((other) => other.conflictsWith(transaction))) {
          this.#apply(earlier);
          inDoubt.splice(inDoubt.indexOf(earlier), 1);
        }
        this.#apply(transaction);
      }
    }
    while (this.#applied.has(this.#requested[this.#firstOpen]!)) this.#firstOpen += 1;
    return {
      digests: this.#digests(inDoubt.slice(0, IN_DOUBT_MAX)),
      acknowledged: this.#applied.size,
      inDoubt: inDoubt.length,
    };
  }

  /** Keys that `found` shows otherwise than what was acknowledged, for messages. */
  differences(found: ReadonlyMap<string, string>): string[] {
    const expected = new Map(
      Array.from(this.#content.records, ([name, { value }]) => [name, String(value)]),
    );
    const names = new Set([...expected.keys(), ...found.keys()]);
    return [...names].filter((name) => expected.get(name) !== found.get(name)).sort();
  }

  #apply(transaction: TransactionRecord): void {
    this.#content.apply(transaction.effects);
    this.#applied.add(transaction);
  }

  #digests(inDoubt: readonly TransactionRecord[]): ReadonlySet<number> {
    const digests = new Set<number>();
    for (let subset = 0; subset < 2 ** inDoubt.length; subset++) {
      const isChosen = (place: number): boolean => ((subset >>> place) & 1) === 1;
      const chosen = inDoubt.filter((_, place) => isChosen(place));
      const misses = inDoubt.some((earlier, place) => {
        return !isChosen(place) && chosen.some((later) => earlier.precedes(later));
      });
      if (misses) continue;
      digests.add(this.#content.digestWith(chosen.flatMap(({ effects }) => effects)));
    }
    return digests;
  }
}
