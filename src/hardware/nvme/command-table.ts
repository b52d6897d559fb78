/**
 * The commands in flight of one array, in typed arrays.
 *
 * A command's number is its row here and serves as its command identifier (CID). Rows are reused,
 * so a steady state allocates nothing; a row's integers lie side by side, so that a command costs
 * one cache line and not one per field.
 */
import { IO_OK, type IoStatus } from "./status.ts";

export const READ = 0;
export const WRITE = 1;
/** Never reaches a drive: io_uring completes it in the kernel. */
export const NOP = 2;
/** Everything that has completed before is durable when this completes; offset and bytes are 0. */
export const FLUSH = 3;
/** As FLUSH, and the file's metadata too: fsync, not fdatasync. Never reaches a drive. */
export const FLUSH_METADATA = 4;
export type Opcode = typeof READ | typeof WRITE | typeof NOP | typeof FLUSH | typeof FLUSH_METADATA;

/** Bytes of one unit of a drive's address mapping. */
export const UNIT_BYTES = 4_096;

/** Handle of no buffer: only time passes. */
export const NO_BUFFER = -1;

const NONE = -1;
const FIELDS = 8;
/** Low byte: the opcode; above it the offset inside the first unit. */
const OPCODE = 0;
const OPCODE_BITS = 8;
const OPCODE_MASK = (1 << OPCODE_BITS) - 1;
const BYTES = 1;
const TAG = 2;
const QUEUE_PAIR = 3;
const FIRST_UNIT = 4;
const UNITS = 5;
/** How the command ended; of a free row: the next free one. */
const STATUS = 6;
const NEXT_FREE = 6;
const BUFFER = 7;

export class CommandTable {
  #rows = new Int32Array(64 * FIELDS);
  #free = NONE;
  #used = 0;
  #inFlight = 0;
  /** Buffers of requests on their way, by handle, and the handles that are free. */
  readonly #buffers: (Uint8Array | undefined)[] = [];
  readonly #freeBuffers: number[] = [];

  /** Commands now allocated. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * @param offset byte offset inside the drive's namespace.
   * @param tag what the submitter wants to be told at completion.
   * @param buffer handle of the data's buffer, which is let go with the command.
   */
  allocate(
    opcode: Opcode,
    offset: number,
    bytes: number,
    tag: number,
    queuePair: number,
    buffer: number,
  ): number {
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
    rows[row + OPCODE] = opcode | ((offset - firstUnit * UNIT_BYTES) << OPCODE_BITS);
    rows[row + BYTES] = bytes;
    rows[row + TAG] = tag;
    rows[row + QUEUE_PAIR] = queuePair;
    rows[row + FIRST_UNIT] = firstUnit;
    rows[row + UNITS] = Math.floor((offset + bytes - 1) / UNIT_BYTES) - firstUnit + 1;
    rows[row + STATUS] = IO_OK;
    rows[row + BUFFER] = buffer;
    return command;
  }

  /** Keeps `buffer` until the command that it belongs to is released; returns its handle. */
  hold(buffer: Uint8Array): number {
    const handle = this.#freeBuffers.pop() ?? this.#buffers.length;
    this.#buffers[handle] = buffer;
    return handle;
  }

  /** Lets go of a buffer by its handle. */
  letGo(handle: number): void {
    if (handle === NO_BUFFER) return;
    this.#buffers[handle] = undefined;
    this.#freeBuffers.push(handle);
  }

  release(command: number): void {
    const buffer = this.#rows[command * FIELDS + BUFFER]!;
    if (buffer !== NO_BUFFER) this.letGo(buffer);
    this.#rows[command * FIELDS + NEXT_FREE] = this.#free;
    this.#free = command;
    this.#inFlight -= 1;
  }

  opcode(command: number): number {
    return this.#rows[command * FIELDS + OPCODE]! & OPCODE_MASK;
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
  /** Byte offset inside the drive's namespace, modulo 2^44. */
  offset(command: number): number {
    return this.firstUnit(command) * UNIT_BYTES + this.offsetInUnit(command);
  }
  /** Byte offset inside the first unit. */
  offsetInUnit(command: number): number {
    return this.#rows[command * FIELDS + OPCODE]! >>> OPCODE_BITS;
  }
  /** Where the data is or goes; undefined: nowhere. */
  buffer(command: number): Uint8Array | undefined {
    return this.#buffers[this.#rows[command * FIELDS + BUFFER]!];
  }
  status(command: number): IoStatus {
    return this.#rows[command * FIELDS + STATUS] as IoStatus;
  }
  setStatus(command: number, status: IoStatus): void {
    this.#rows[command * FIELDS + STATUS] = status;
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
