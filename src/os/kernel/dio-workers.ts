/**
 * The kernel workers, one per CPU, in which a file system's asynchronous direct writes end.
 *
 * What a write has left to do when its bio ends may sleep (convert an extent, commit), so iomap
 * does not do it in the interrupt: unless somebody waits inside the kernel for the write, the
 * handler puts a work item into the queue of its own CPU, whose worker does the rest and calls the
 * interface back. Polled writes take the same way, and overwrites that have nothing left to do.
 * [linux-5.x fs/iomap/direct-io.c iomap_dio_bio_end_io, sb_init_dio_done_wq; kernel/workqueue.c
 * insert_work, worker_thread] From 6.6 on polled writes end inline, and io_uring's overwrites in
 * the submitter's own context (IOMAP_DIO_CALLER_COMP); that is not modelled.
 *
 * The worker is no thread of the run queue: its time is charged to the interrupted core as soon as
 * the handler has returned, between two switches. A core that had no thread goes from the worker
 * to whom it has woken, which pays for that switch itself.
 *
 * I1  Items of a core are finished in the order in which they were queued, each once.
 * I2  A worker that runs is neither woken nor switched to: it takes whatever is queued meanwhile.
 *
 * Not modelled: a thread that keeps the core although the worker is runnable, because it is inside
 * the kernel or because the worker has had its share; interrupts that lengthen the worker's time.
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { IoStatus } from "../../hardware/nvme/status.ts";
import type { WorkerCosts } from "./request-costs.ts";

/** Whoever queues work. */
export interface DioOwner {
  /** The worker runs on `core` and ends request `tag` at `atPs`; returns how long that took. */
  finish(tag: number, drive: number, core: Core, atPs: number, status: IoStatus): number;
}

/** One CPU's worker. Its lists keep their length, so that queueing allocates nothing. */
interface Worker {
  readonly tags: number[];
  readonly drives: number[];
  readonly statuses: IoStatus[];
  /** Items `head` to `count` are queued. */
  head: number;
  count: number;
  /** It has been woken and not run yet. */
  isWoken: boolean;
  /** When it has done, or had done, all that was queued. */
  untilPs: number;
}

export class DioWorkers {
  /** Switches to workers so far, and back to threads that they interrupted. */
  switches = 0;

  readonly #owner: DioOwner;
  readonly #costs: WorkerCosts;
  readonly #workers: readonly Worker[];

  constructor(owner: DioOwner, costs: WorkerCosts, cores: number) {
    this.#owner = owner;
    this.#costs = costs;
    this.#workers = Array.from({ length: cores }, () => ({
      tags: [],
      drives: [],
      statuses: [],
      head: 0,
      count: 0,
      isWoken: false,
      untilPs: Number.NEGATIVE_INFINITY,
    }));
  }

  /** The bio of write `tag` has ended on `core` at `atPs`; returns how long queueing took. */
  queue(tag: number, drive: number, core: Core, atPs: number, status: IoStatus): number {
    const worker = this.#workers[core.index]!;
    worker.tags[worker.count] = tag;
    worker.drives[worker.count] = drive;
    worker.statuses[worker.count] = status;
    worker.count += 1;
    if (worker.isWoken || atPs < worker.untilPs) return 0;
    worker.isWoken = true;
    return core.charge(CAUSE.wakeUp, this.#costs.wakeUpPs);
  }

  /** Whoever queued has left the core at `atPs`: its worker runs. */
  run(core: Core, atPs: number): void {
    const worker = this.#workers[core.index]!;
    if (worker.head === worker.count) return;
    const hasSwitched = worker.isWoken;
    worker.isWoken = false;
    const leftPs = worker.untilPs;
    worker.untilPs = Math.max(leftPs, atPs);
    if (hasSwitched) worker.untilPs += this.#switch(core, atPs - leftPs);
    while (worker.head < worker.count) {
      const item = worker.head++;
      const tag = worker.tags[item]!;
      const drive = worker.drives[item]!;
      const status = worker.statuses[item]!;
      worker.untilPs += this.#owner.finish(tag, drive, core, worker.untilPs, status);
    }
    worker.head = 0;
    worker.count = 0;
    if (hasSwitched && core.isOccupied) this.#switch(core, 0);
  }

  /** Switches to a thread that left `core` so long ago: warm as in the run queue's `switchPs`. */
  #switch(core: Core, awayPs: number): number {
    const { contextSwitchPs, warmSwitchPs, warmPeriodPs } = this.#costs;
    this.switches += 1;
    const isWarm = core.isOccupied && awayPs <= warmPeriodPs;
    return core.charge(CAUSE.contextSwitch, isWarm ? warmSwitchPs : contextSwitchPs);
  }
}
