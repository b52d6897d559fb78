/**
 * The commands in flight of one array, as columns of typed arrays.
 *
 * A command's number is its row here and serves as its command identifier (CID). Rows are reused, so
 * a steady state allocates nothing.
 */
export const READ = 0;
export const WRITE = 1;
export type Opcode = typeof READ | typeof WRITE;

const NONE = -1;

export class CommandTable {
  opcode = new Uint8Array(64);
  bytes = new Int32Array(64);
  /** Byte offset inside the drive's namespace. */
  offset = new Float64Array(64);
  /** What the submitter wants to be told at completion. */
  tag = new Int32Array(64);
  queuePair = new Int32Array(64);
  #nextFree = new Int32Array(64);
  #free = NONE;
  #used = 0;
  #inFlight = 0;

  /** Commands now allocated. */
  get inFlight(): number {
    return this.#inFlight;
  }

  allocate(
    opcode: Opcode,
    offset: number,
    bytes: number,
    tag: number,
    queuePair: number,
  ): number {
    let command = this.#free;
    if (command !== NONE) this.#free = this.#nextFree[command]!;
    else {
      if (this.#used === this.opcode.length) this.#grow();
      command = this.#used++;
    }
    this.#inFlight += 1;
    this.opcode[command] = opcode;
    this.offset[command] = offset;
    this.bytes[command] = bytes;
    this.tag[command] = tag;
    this.queuePair[command] = queuePair;
    return command;
  }

  release(command: number): void {
    this.#nextFree[command] = this.#free;
    this.#free = command;
    this.#inFlight -= 1;
  }

  #grow(): void {
    const size = 2 * this.opcode.length;
    const copyInto = <Column extends Uint8Array | Int32Array | Float64Array>(
      column: Column,
      old: Column,
    ): Column => {
      column.set(old);
      return column;
    };
    this.opcode = copyInto(new Uint8Array(size), this.opcode);
    this.bytes = copyInto(new Int32Array(size), this.bytes);
    this.offset = copyInto(new Float64Array(size), this.offset);
    this.tag = copyInto(new Int32Array(size), this.tag);
    this.queuePair = copyInto(new Int32Array(size), this.queuePair);
    this.#nextFree = copyInto(new Int32Array(size), this.#nextFree);
  }
}
