/**
 * A plug: requests of one call that wait, behind the block layer, until the call has handed over
 * all of them; then they reach the driver queue by queue, with one doorbell for each: a drive's, or
 * two of a drive's where the caller has moved to another CPU meanwhile.
 *
 * A drive so hears of several requests at the same moment. Where they take equally long, as writes
 * into its buffer do, they complete together too, and one interrupt serves them all.
 * [linux-5.x block/blk-core.c blk_start_plug_nr_ios; block/blk-mq.c blk_mq_flush_plug_list,
 * blk_mq_plug_issue_direct]
 *
 * I1  Requests of one queue leave in the order in which they came.
 */
import type { Opcode } from "../../hardware/nvme/command-table.ts";

/**
 * Requests that a plug holds at most: BLK_MAX_REQUEST_COUNT, and twice that for several queues.
 * [linux-5.x block/blk-mq.c blk_plug_max_rq_count, since 5.16]
 */
const ONE_QUEUE_MAX = 32;
export const PLUG_REQUESTS_MAX = 64;
/** Calls with more requests than this open a plug. [linux-5.x fs/io_uring.c IO_PLUG_THRESHOLD] */
export const PLUG_THRESHOLD = 2;
/** A request of so many bytes flushes the plug. [linux-5.x block/blk-mq.c BLK_PLUG_FLUSH_SIZE] */
export const PLUG_FLUSH_BYTES = 131_072;

/** A request that waits in a plug. */
export interface PluggedRequest {
  opcode: Opcode;
  drive: number;
  /** Number of the queue pair that it will go into. */
  slot: number;
  offset: number;
  bytes: number;
  /** With the owner's number in it. */
  tag: number;
  buffer: number;
}

export class Plug {
  isOpen = true;
  readonly #requests: PluggedRequest[] = Array.from({ length: PLUG_REQUESTS_MAX }, () => ({
    opcode: 0,
    drive: 0,
    slot: 0,
    offset: 0,
    bytes: 0,
    tag: 0,
    buffer: 0,
  }));
  readonly #waiting: Int32Array;
  #count = 0;
  /** Whether requests of more than one drive wait. */
  #hasSeveralDrives = false;

  /** @param queuePairs how many there are: a request's `slot` is less. */
  constructor(queuePairs: number) {
    this.#waiting = new Int32Array(queuePairs);
  }

  get length(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === (this.#hasSeveralDrives ? PLUG_REQUESTS_MAX : ONE_QUEUE_MAX);
  }

  add(
    opcode: Opcode,
    drive: number,
    slot: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer: number,
  ): void {
    const request = this.#requests[this.#count]!;
    request.opcode = opcode;
    request.drive = drive;
    request.slot = slot;
    request.offset = offset;
    request.bytes = bytes;
    request.tag = tag;
    request.buffer = buffer;
    this.#count += 1;
    this.#waiting[slot]! += 1;
    if (drive !== this.#requests[0]!.drive) this.#hasSeveralDrives = true;
  }

  /**
   * Empties the plug: `dispatch` gets each request, queue by queue in the order of their first
   * requests, and is told which is the last one of its queue.
   */
  flush(dispatch: (request: PluggedRequest, isLast: boolean) => void): void {
    const requests = this.#requests;
    const count = this.#count;
    for (let first = 0; first < count; first++) {
      const { slot } = requests[first]!;
      for (let index = first; this.#waiting[slot]! > 0; index++) {
        const request = requests[index]!;
        if (request.slot !== slot) continue;
        this.#waiting[slot]! -= 1;
        dispatch(request, this.#waiting[slot] === 0);
      }
    }
    this.#count = 0;
    this.#hasSeveralDrives = false;
  }
}
