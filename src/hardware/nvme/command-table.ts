/**
 * The commands in flight of one array, in typed arrays.
 *
 * A command's number is its row here and serves as its command identifier (CID). Rows are reused,
 * so a steady state allocates nothing; a row's integers lie side by side, so that a command costs
 * one cache line and not one per field.
 */
export const READ = 0;
export const WRITE = 1;
/** Never reaches a drive: io_uring completes it in the kernel. */
export const NOP = 2;
export type Opcode = typeof READ | typeof WRITE | typeof NOP;

/** Bytes of one unit of a drive's address mapping. */
export const UNIT_BYTES = 4_096;

const NONE = -1;
const FIELDS = 8;
const OPCODE = 0;
const BYTES = 1;
const TAG = 2;
const QUEUE_PAIR = 3;
const FIRST_UNIT = 4;
const UNITS = 5;
const NEXT_FREE = 6;

export class CommandTable {
  #rows = new Int32Array(64 * FIELDS);
  #free = NONE;
  #used = 0;
  #inFlight = 0;

  /** Commands now allocated. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * @param offset byte offset inside the drive's namespace.
   * @param tag what the submitter wants to be told at completion.
   */
  allocate(opcode: Opcode, offset: number, bytes: number, tag: number, queuePair: number): number {
    let command = this.#free;
    if (command !== NONE) this.#free = this.#rows[command * FIELDS + NEXT_FREE]!;
    else {
      if (this.#used * FIELDS === this.#rows.length) this.#grow();
      command = this.#used++;
    }
    this.#inFlight += 1;
    const firstUnit = Math.floor(offset / UNIT_BYTES);
    const row = command * FIELDS;
    const rows = this.#rows;
    rows[row + OPCODE] = opcode;
    rows[row + BYTES] = bytes;
    rows[row + TAG] = tag;
    rows[row + QUEUE_PAIR] = queuePair;
    rows[row + FIRST_UNIT] = firstUnit;
    rows[row + UNITS] = Math.floor((offset + bytes - 1) / UNIT_BYTES) - firstUnit + 1;
    return command;
  }

  release(command: number): void {
    this.#rows[command * FIELDS + NEXT_FREE] = this.#free;
    this.#free = command;
    this.#inFlight -= 1;
  }

  opcode(command: number): number {
    return this.#rows[command * FIELDS + OPCODE]!;
  }
  bytes(command: number): number {
    return this.#rows[command * FIELDS + BYTES]!;
  }
  tag(command: number): number {
    return this.#rows[command * FIELDS + TAG]!;
  }
  queuePair(command: number): number {
    return this.#rows[command * FIELDS + QUEUE_PAIR]!;
  }
  /** Number of the first unit touched, modulo 2^32. */
  firstUnit(command: number): number {
    return this.#rows[command * FIELDS + FIRST_UNIT]! >>> 0;
  }
  /** How many units are touched. */
  units(command: number): number {
    return this.#rows[command * FIELDS + UNITS]!;
  }

  #grow(): void {
    const rows = new Int32Array(2 * this.#rows.length);
    rows.set(this.#rows);
    this.#rows = rows;
  }
}
