/**
 * Judges a history of concurrent transactions: is there a serial order that explains what each saw?
 *
 * After A. Adya, B. Liskov, P. O'Neil: Generalized isolation level definitions, ICDE 2000. It knows
 * nothing of locks: a history says which version of which key each transaction read, and which
 * version each write replaced. From that follow edges "must come before" between transactions; the
 * history is serialisable exactly if they form no cycle. A range that was scanned is a read of
 * every key in it, of absent ones too, so that phantoms are edges like others.
 *
 * Versions are unique numbers; 0 means that the key was absent. A key that was removed is not
 * inserted again, so that "absent" is either before or after the key's life; `at` tells which.
 */

/** The key was absent. */
export const ABSENT = 0;

export interface ReadEvent {
  readonly kind: "read";
  readonly key: number;
  readonly version: number;
  /** Position in the order in which things happened. */
  readonly at: number;
}
export interface WriteEvent {
  readonly kind: "write";
  readonly key: number;
  readonly before: number;
  /** `ABSENT`: the key was removed. */
  readonly after: number;
  readonly at: number;
}
/** Every key with `from` ≤ key ≤ `to` was looked at. */
export interface ScanEvent {
  readonly kind: "scan";
  readonly from: number;
  readonly to: number;
  readonly seen: ReadonlyMap<number, number>;
  readonly at: number;
}
export type HistoryEvent = ReadEvent | WriteEvent | ScanEvent;

export interface HistoryTransaction {
  readonly name: string;
  readonly events: HistoryEvent[];
  /** When it ended; undefined: it has not. */
  endedAt?: number;
  isCommitted: boolean;
}

/** What is wrong with a history; empty: it is serialisable. */
export function faultsInHistory(
  transactions: readonly HistoryTransaction[],
  initial: ReadonlyMap<number, number>,
): string[] {
  const lives = new Lives(transactions, initial);
  const faults = [...lives.faults];
  const edges = new Map<HistoryTransaction, Map<HistoryTransaction, string>>();
  const before = (
    one: HistoryTransaction | undefined,
    other: HistoryTransaction | undefined,
    why: string,
  ): void => {
    if (one === undefined || other === undefined || one === other) return;
    const targets = edges.get(one) ?? new Map<HistoryTransaction, string>();
    edges.set(one, targets);
    if (!targets.has(other)) targets.set(other, why);
  };
  for (const life of lives.all()) {
    life.versions.forEach((version, index) => {
      before(life.versions[index - 1]?.writer, version.writer, `ww ${life.key}`);
    });
  }
  for (const transaction of transactions) {
    if (!transaction.isCommitted) continue;
    for (const { key, version, at } of readsOf(transaction, lives)) {
      const life = lives.of(key);
      const index = life.place(version, at, transaction);
      if (index === undefined) {
        faults.push(`${transaction.name} read version ${version} of ${key}, which never was`);
        continue;
      }
      before(life.versions[index]!.writer, transaction, `wr ${key}`);
      before(transaction, life.versions[index + 1]?.writer, `rw ${key}`);
    }
  }
  const cycle = findCycle(edges);
  if (cycle !== undefined) faults.push(`cycle: ${cycle}`);
  return faults;
}

interface Version {
  readonly number: number;
  readonly writer: HistoryTransaction | undefined;
  /** When it was there for others: the end of its writer. */
  readonly since: number;
}

/** One key's versions in the order in which they replaced each other. */
class Life {
  readonly key: number;
  readonly versions: Version[];

  constructor(key: number, first: number) {
    this.key = key;
    this.versions = [{ number: first, writer: undefined, since: 0 }];
  }

  /** Index of the version that was read; undefined: there is no such committed version. */
  place(number: number, at: number, reader: HistoryTransaction): number | undefined {
    const last = this.versions.length - 1;
    if (number !== ABSENT) {
      const found = this.versions.findIndex((version) => version.number === number);
      return found < 0 ? undefined : found;
    }
    const final = this.versions[last]!;
    const isOver = last > 0 && final.number === ABSENT;
    if (isOver && (final.since <= at || final.writer === reader)) return last;
    return this.versions[0]!.number === ABSENT ? 0 : undefined;
  }
}

class Lives {
  readonly faults: string[] = [];
  readonly #lives = new Map<number, Life>();
  readonly #initial: ReadonlyMap<number, number>;

  constructor(transactions: readonly HistoryTransaction[], initial: ReadonlyMap<number, number>) {
    this.#initial = initial;
    for (const key of initial.keys()) this.of(key);
    const committed = transactions.filter(({ isCommitted }) => isCommitted);
    const writes = committed.flatMap((writer) =>
      writer.events
        .filter((event) => event.kind === "write")
        .map((event) => ({ ...event, writer })),
    );
    for (const { key, before, after, writer } of writes.sort((one, other) => one.at - other.at)) {
      const life = this.of(key);
      const latest = life.versions.at(-1)!;
      if (latest.number !== before) {
        this.faults.push(
          `${writer.name} replaced version ${before} of ${key}, the latest was ${latest.number}`,
        );
      }
      // Only what a transaction leaves behind is a version for others.
      if (latest.writer === writer && life.versions.length > 1) life.versions.pop();
      life.versions.push({ number: after, writer, since: writer.endedAt ?? 0 });
    }
  }

  of(key: number): Life {
    const life = this.#lives.get(key) ?? new Life(key, this.#initial.get(key) ?? ABSENT);
    this.#lives.set(key, life);
    return life;
  }

  all(): Life[] {
    return [...this.#lives.values()];
  }
}

/** Every version that a transaction read and had not written itself. */
function readsOf(transaction: HistoryTransaction, lives: Lives): Omit<ReadEvent, "kind">[] {
  const own = new Set<number>();
  const reads: Omit<ReadEvent, "kind">[] = [];
  const add = (key: number, version: number, at: number): void => {
    if (!own.has(key)) reads.push({ key, version, at });
  };
  for (const event of transaction.events) {
    if (event.kind === "read") add(event.key, event.version, event.at);
    else if (event.kind === "write") {
      add(event.key, event.before, event.at);
      own.add(event.key);
    } else {
      const keys = new Set([...lives.all().map(({ key }) => key), ...event.seen.keys()]);
      for (const key of keys) {
        if (key < event.from || key > event.to) continue;
        add(key, event.seen.get(key) ?? ABSENT, event.at);
      }
    }
  }
  return reads;
}

function findCycle(
  edges: ReadonlyMap<HistoryTransaction, ReadonlyMap<HistoryTransaction, string>>,
): string | undefined {
  const state = new Map<HistoryTransaction, "open" | "done">();
  const path: string[] = [];
  const visit = (from: HistoryTransaction): boolean => {
    state.set(from, "open");
    for (const [to, why] of edges.get(from) ?? []) {
      if (state.get(to) === "done") continue;
      path.push(`${from.name} -${why}-> ${to.name}`);
      if (state.get(to) === "open" || visit(to)) return true;
      path.pop();
    }
    state.set(from, "done");
    return false;
  };
  for (const transaction of edges.keys()) {
    if (!state.has(transaction) && visit(transaction)) return path.join(", ");
  }
  return undefined;
}
