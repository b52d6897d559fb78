/**
 * A ring's list of requests to be polled for, in the order in which they were submitted.
 *
 * Polling finishes whatever the drives have completed, but results enter the completion ring from
 * the oldest finished request on, up to the next one that is not: the others wait in the list for
 * a later pass. So a saturated core gets its requests back in order, whichever drive they went to.
 * [linux-5.x fs/io_uring.c io_do_iopoll, ctx->iopoll_list]
 *
 * The finished ones are in a heap, ordered by age, so that nobody walks over the others.
 */
import type { IoStatus } from "../../../hardware/nvme/status.ts";
import type { CompletionRing } from "../../completion-ring.ts";

const INITIAL_CAPACITY = 16;
/** The node before the first and after the last. */
const END = 0;

export class PollList {
  /** By node, which is its request's tag + 1: neighbours, drive, age, and how it ended. */
  #next = new Int32Array(INITIAL_CAPACITY);
  #previous = new Int32Array(INITIAL_CAPACITY);
  #drive = new Int32Array(INITIAL_CAPACITY);
  #number = new Float64Array(INITIAL_CAPACITY);
  #isFinished = new Uint8Array(INITIAL_CAPACITY);
  #status = new Uint8Array(INITIAL_CAPACITY);
  #submitted = 0;
  /** Finished nodes, the oldest at the top. */
  #heap = new Int32Array(INITIAL_CAPACITY);
  #finished = 0;

  get hasFinished(): boolean {
    return this.#finished > 0;
  }

  /** Whether the oldest request has finished: its result can be posted without a look. */
  get isOldestFinished(): boolean {
    const oldest = this.#next[END]!;
    return oldest !== END && this.#isFinished[oldest] === 1;
  }

  /** The drive of the oldest request; meaningless when there is none. */
  get oldestDrive(): number {
    return this.#drive[this.#next[END]!]!;
  }

  add(tag: number, drive: number): void {
    const node = tag + 1;
    while (node >= this.#next.length) this.#grow();
    const last = this.#previous[END]!;
    this.#previous[node] = last;
    this.#next[node] = END;
    this.#next[last] = node;
    this.#previous[END] = node;
    this.#drive[node] = drive;
    this.#number[node] = this.#submitted++;
    this.#isFinished[node] = 0;
  }

  finish(tag: number, status: IoStatus): void {
    const node = tag + 1;
    this.#isFinished[node] = 1;
    this.#status[node] = status;
    this.#rise(this.#finished++, node);
  }

  /** Posts the oldest finished request and those right behind it; returns how many. */
  post(ring: CompletionRing, atPs: number): number {
    let posted = 0;
    let node: number = END;
    while (this.#finished > 0 && (posted === 0 || this.#heap[0] === node)) {
      const oldest = this.#takeTop();
      ring.push(oldest - 1, atPs, this.#status[oldest]! as IoStatus);
      node = this.#next[oldest]!;
      this.#unlink(oldest);
      posted += 1;
    }
    return posted;
  }

  #unlink(node: number): void {
    const next = this.#next[node]!;
    const previous = this.#previous[node]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  /** Puts `node` at `hole` of the heap, or where its age belongs above it. */
  #rise(hole: number, node: number): void {
    const heap = this.#heap;
    const number = this.#number[node]!;
    let position = hole;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const above = heap[parent]!;
      if (this.#number[above]! < number) break;
      heap[position] = above;
      position = parent;
    }
    heap[position] = node;
  }

  #takeTop(): number {
    const heap = this.#heap;
    const top = heap[0]!;
    this.#finished -= 1;
    const count = this.#finished;
    const last = heap[count]!;
    const number = this.#number[last]!;
    let position = 0;
    while (true) {
      let child = 2 * position + 1;
      if (child >= count) break;
      const isRightOlder =
        child + 1 < count && this.#number[heap[child + 1]!]! < this.#number[heap[child]!]!;
      if (isRightOlder) child += 1;
      if (this.#number[heap[child]!]! > number) break;
      heap[position] = heap[child]!;
      position = child;
    }
    heap[position] = last;
    return top;
  }

  #grow(): void {
    const capacity = 2 * this.#next.length;
    this.#next = copied(this.#next, new Int32Array(capacity));
    this.#previous = copied(this.#previous, new Int32Array(capacity));
    this.#drive = copied(this.#drive, new Int32Array(capacity));
    this.#number = copied(this.#number, new Float64Array(capacity));
    this.#isFinished = copied(this.#isFinished, new Uint8Array(capacity));
    this.#status = copied(this.#status, new Uint8Array(capacity));
    this.#heap = copied(this.#heap, new Int32Array(capacity));
  }
}

function copied<Numbers extends Int32Array | Float64Array | Uint8Array>(
  from: Numbers,
  to: Numbers,
): Numbers {
  to.set(from);
  return to;
}
