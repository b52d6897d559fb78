/**
 * Queue entries by position: command number and the moment from which the other side can see it.
 *
 * Positions count up for ever. Memory follows what is really queued, not the queue's depth: a host
 * with a queue pair per CPU and drive has a thousand of them, most of them nearly empty.
 */
const FIELDS = 2;
const INITIAL_CAPACITY = 2;

export class EntryRing {
  #rows = new Float64Array(INITIAL_CAPACITY * FIELDS);
  #mask = INITIAL_CAPACITY - 1;

  /** Writes an entry at `position`; entries from `oldest` on must stay readable. */
  write(position: number, oldest: number, command: number, visiblePs: number): void {
    while (position - oldest > this.#mask) this.#grow(oldest, position);
    const row = (position & this.#mask) * FIELDS;
    this.#rows[row] = command;
    this.#rows[row + 1] = visiblePs;
  }

  command(position: number): number {
    return this.#rows[(position & this.#mask) * FIELDS]! | 0;
  }

  visiblePs(position: number): number {
    return this.#rows[(position & this.#mask) * FIELDS + 1]!;
  }

  #grow(oldest: number, end: number): void {
    const rows = new Float64Array(2 * this.#rows.length);
    const mask = rows.length / FIELDS - 1;
    for (let position = oldest; position < end; position++) {
      rows[(position & mask) * FIELDS] = this.#rows[(position & this.#mask) * FIELDS]!;
      rows[(position & mask) * FIELDS + 1] = this.visiblePs(position);
    }
    this.#rows = rows;
    this.#mask = mask;
  }
}
