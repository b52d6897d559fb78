/**
 * Random accesses to pages that are all resident [vmcache23 §5.2, Table 2]: what translation costs.
 *
 * One access is a translation by the memory facet and one load of the data, whose latency follows
 * from how much data there is. Each thread draws pages from a stream of its own.
 */
import { RandomStream } from "../../base/random.ts";
import { CATCH_UP, type Thread, type ThreadTask } from "../../os/model.ts";
import { OperationCount, type VmGround, type VmPattern } from "./vm-pattern.ts";

export interface PageAccessPlan {
  readonly pages: number;
  /** What the loop takes around a load, and the wait for the data, on `cause`. */
  readonly loopPs: number;
  readonly loadPs: number;
  readonly cause: number;
  readonly writePercent: number;
}

export class PageAccess implements VmPattern {
  isStopping = false;
  readonly #plan: PageAccessPlan;
  readonly #ground: VmGround;
  readonly #count: OperationCount;

  constructor(plan: PageAccessPlan, ground: VmGround) {
    this.#plan = plan;
    this.#ground = ground;
    this.#count = new OperationCount(ground.window);
    ground.region.prefill(plan.pages);
  }

  get outstanding(): number {
    return this.#count.outstanding;
  }

  get operations(): number {
    return this.#count.inWindow;
  }

  *body(index: number, thread: Thread): ThreadTask {
    const { memory, region, seed } = this.#ground;
    const { pages, loopPs, loadPs, cause, writePercent } = this.#plan;
    const random = new RandomStream(seed, `page access ${index}`);
    memory.attach(thread);
    while (!this.isStopping) {
      const page = random.below(pages);
      const isWrite = writePercent > 0 && random.below(100) < writePercent;
      this.#count.begin(1);
      while (region.tryAccess(thread.core, page, isWrite) < 0) {
        yield* region.fault(thread, page, isWrite);
      }
      const { core } = thread;
      core.charge(cause, loopPs);
      // A sibling's loads are under way beside it.
      core.passUntil(core.cursorPs + loadPs, cause);
      this.#count.end(1, core.cursorPs);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }
}
