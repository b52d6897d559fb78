/**
 * Making pages resident and releasing them again, in batches [vmcache23 §4.1, §5.5].
 *
 * Every thread works on pages of its own. One operation is one page that was given a frame, was
 * touched, and lost its frame again.
 */
import { CATCH_UP, type Thread, type ThreadTask } from "../../os/model.ts";
import { OperationCount, type VmGround, type VmPattern } from "./vm-pattern.ts";

/** A thread's pages begin at a multiple of this: 2 MiB, so that no two share a page table. */
export const PAGES_PER_THREAD = 4_096;

export class Allocation implements VmPattern {
  isStopping = false;
  readonly #batch: number;
  readonly #ground: VmGround;
  readonly #count: OperationCount;

  constructor(batch: number, ground: VmGround) {
    this.#batch = batch;
    this.#ground = ground;
    this.#count = new OperationCount(ground.window);
  }

  get outstanding(): number {
    return this.#count.outstanding;
  }

  get operations(): number {
    return this.#count.inWindow;
  }

  *body(index: number, thread: Thread): ThreadTask {
    const { memory, region } = this.#ground;
    const batch = this.#batch;
    const pages = Int32Array.from({ length: batch }, (_, i) => index * PAGES_PER_THREAD + i);
    memory.attach(thread);
    while (!this.isStopping) {
      this.#count.begin(batch);
      yield* region.populate(thread, pages, batch);
      for (let i = 0; i < batch; i++) {
        while (region.tryAccess(thread.core, pages[i]!, true) < 0) {
          yield* region.fault(thread, pages[i]!, true);
        }
        if (thread.isAhead()) yield CATCH_UP;
      }
      yield* region.release(thread, pages, batch);
      this.#count.end(batch, thread.core.cursorPs);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }
}
