/**
 * Requests that a thread has prepared and not yet handed over, oldest first.
 *
 * One array for all fields, so that a request costs one cache line.
 */
import { NO_BUFFER, type Opcode } from "../hardware/nvme/command-table.ts";

const FIELDS = 8;
const OPCODE = 0;
const DRIVE = 1;
const OFFSET = 2;
const BYTES = 3;
const TAG = 4;
const BUFFER = 5;
const INITIAL_CAPACITY = 2;

export class PreparedRequests {
  #rows = new Float64Array(INITIAL_CAPACITY * FIELDS);
  #mask = INITIAL_CAPACITY - 1;
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  /** @param buffer handle of the data's buffer in the array's command table. */
  push(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer: number = NO_BUFFER,
  ): void {
    if (this.length > this.#mask) this.#grow();
    const row = (this.#tail & this.#mask) * FIELDS;
    const rows = this.#rows;
    rows[row + OPCODE] = opcode;
    rows[row + DRIVE] = drive;
    rows[row + OFFSET] = offset;
    rows[row + BYTES] = bytes;
    rows[row + TAG] = tag;
    rows[row + BUFFER] = buffer;
    this.#tail += 1;
  }

  /** Fields of the oldest request; meaningless when there is none. */
  get opcode(): Opcode {
    return this.#field(OPCODE) as Opcode;
  }
  get drive(): number {
    return this.#field(DRIVE) | 0;
  }
  get offset(): number {
    return this.#field(OFFSET);
  }
  get bytes(): number {
    return this.#field(BYTES) | 0;
  }
  get tag(): number {
    return this.#field(TAG) | 0;
  }
  get buffer(): number {
    return this.#field(BUFFER) | 0;
  }

  /** Drops the oldest request. */
  drop(): void {
    this.#head += 1;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
  }

  #field(field: number): number {
    return this.#rows[(this.#head & this.#mask) * FIELDS + field]!;
  }

  #grow(): void {
    const count = this.length;
    const rows = new Float64Array(2 * this.#rows.length);
    for (let position = 0; position < count; position++) {
      const from = ((this.#head + position) & this.#mask) * FIELDS;
      rows.set(this.#rows.subarray(from, from + FIELDS), position * FIELDS);
    }
    this.#rows = rows;
    this.#mask = rows.length / FIELDS - 1;
    this.#head = 0;
    this.#tail = count;
  }
}
