/** Requests that a thread has prepared and not yet handed over, oldest first. */
import type { Opcode } from "../hardware/nvme/command-table.ts";

export class PreparedRequests {
  readonly #opcodes: Uint8Array;
  readonly #drives: Int32Array;
  readonly #offsets: Float64Array;
  readonly #bytes: Int32Array;
  readonly #tags: Int32Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;

  /** @param capacity at least the channel's depth. */
  constructor(capacity: number) {
    let size = 2;
    while (size < capacity) size *= 2;
    this.#opcodes = new Uint8Array(size);
    this.#drives = new Int32Array(size);
    this.#offsets = new Float64Array(size);
    this.#bytes = new Int32Array(size);
    this.#tags = new Int32Array(size);
    this.#mask = size - 1;
  }

  get length(): number {
    return this.#tail - this.#head;
  }

  push(opcode: Opcode, drive: number, offset: number, bytes: number, tag: number): void {
    const slot = this.#tail & this.#mask;
    this.#opcodes[slot] = opcode;
    this.#drives[slot] = drive;
    this.#offsets[slot] = offset;
    this.#bytes[slot] = bytes;
    this.#tags[slot] = tag;
    this.#tail += 1;
  }

  /** Fields of the oldest request; meaningless when there is none. */
  get opcode(): Opcode {
    return this.#opcodes[this.#head & this.#mask] as Opcode;
  }
  get drive(): number {
    return this.#drives[this.#head & this.#mask]!;
  }
  get offset(): number {
    return this.#offsets[this.#head & this.#mask]!;
  }
  get bytes(): number {
    return this.#bytes[this.#head & this.#mask]!;
  }
  get tag(): number {
    return this.#tags[this.#head & this.#mask]!;
  }

  /** Drops the oldest request. */
  drop(): void {
    this.#head += 1;
  }
}
