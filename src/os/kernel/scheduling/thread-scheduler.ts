/** Threads over the cores of a machine, by one plan: kernel threads, light threads or tasks. */
import { assert } from "../../../base/assert.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { Simulation } from "../../../sim/simulation.ts";
import type {
  SchedulerFacet,
  StorageFacet,
  Thread,
  ThreadAttributes,
  ThreadTask,
} from "../../model.ts";
import { Dispatcher } from "./dispatcher.ts";
import { KernelThread } from "./kernel-thread.ts";
import { Reactor, type SharedChannel, TaskChannel } from "./reactor.ts";
import { RunQueue } from "./run-queue.ts";
import type { SchedulingPlan } from "./scheduling-plan.ts";
import type { Siblings } from "./siblings.ts";

export class ThreadScheduler implements SchedulerFacet, Siblings<RunQueue> {
  readonly #queues: readonly RunQueue[];
  readonly #plan: SchedulingPlan;
  readonly #dispatcher: Dispatcher | undefined;
  /** Whether there is a thread that may migrate: otherwise nobody need look for one. */
  #mayMigrate = false;
  readonly shareStorage?: (storage: StorageFacet) => StorageFacet;

  /**
   * @param coreCount cores that run threads, from the first on.
   * @param sharedChannel what a core's threads share; undefined: each has its own channel.
   */
  constructor(
    simulation: Simulation,
    machine: HostMachine,
    plan: SchedulingPlan,
    coreCount: number,
    sharedChannel?: SharedChannel,
  ) {
    this.#plan = plan;
    const shared = plan.isShared ? plan.createRunnable() : undefined;
    const { dispatcher } = plan;
    const workers = dispatcher === undefined ? coreCount : Math.max(1, coreCount - 1);
    if (dispatcher !== undefined && shared !== undefined) {
      const core = machine.cores[Math.min(workers, machine.cores.length - 1)]!;
      this.#dispatcher = new Dispatcher(simulation, core, dispatcher, shared);
    }
    this.#queues = machine.cores.slice(0, workers).map((core) => {
      const reactor = sharedChannel && new Reactor(sharedChannel);
      const runnable = shared ?? plan.createRunnable();
      const { lookaheadPs } = machine;
      const queue = new RunQueue(simulation, core, plan, runnable, this, lookaheadPs, {
        reactor,
        dispatcher: this.#dispatcher,
      });
      if (reactor !== undefined) reactor.worker = queue;
      return queue;
    });
    if (sharedChannel !== undefined) this.shareStorage = (storage) => this.#share(storage);
  }

  get preemptions(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.preemptions, 0);
  }

  /** Thread `index` goes to core `index` modulo their number, or, shared, to a free one. */
  spawn(
    index: number,
    body: (thread: Thread) => ThreadTask,
    attributes: ThreadAttributes = {},
  ): Thread {
    const queue = this.#queues[index % this.#queues.length];
    assert(queue !== undefined, "a machine has at least one core");
    const thread = new KernelThread(queue, attributes);
    thread.task = body(thread);
    if (thread.isMigratable) this.#mayMigrate = true;
    if (thread.isSleeping) return thread;
    const place = this.#plan.isShared ? this.placeFor(thread, queue) : queue;
    place.join(thread, "new", queue.simulation.nowPs);
    return thread;
  }

  settle(endPs: number): void {
    for (const queue of this.#queues) queue.settle(endPs);
    this.#dispatcher?.settle(endPs);
  }

  waiting(core: number): number {
    return this.#queues[core]?.runnable.length ?? 0;
  }

  get hasOneQueue(): boolean {
    return this.#plan.isShared;
  }

  get isDispatched(): boolean {
    return this.#dispatcher !== undefined;
  }

  placeFor(thread: KernelThread, home: RunQueue): RunQueue {
    if (home.isFree) return home;
    const near = this.#free(home, true);
    if (near !== undefined) return near;
    const { isShared } = this.#plan;
    return (isShared && thread.isUrgent && this.#preemptible()) || home;
  }

  /** A core whose thread is not urgent and has not been asked for it yet. */
  #preemptible(): RunQueue | undefined {
    return this.#queues.find(
      ({ current, wantsCoreBack }) => current?.isUrgent === false && !wantsCoreBack,
    );
  }

  /** A free core, of the same complex if there is one. */
  #free(home: RunQueue, nearFirst: boolean): RunQueue | undefined {
    let far: RunQueue | undefined;
    for (const queue of this.#queues) {
      if (!queue.isFree) continue;
      if (!nearFirst || queue.core.complex === home.core.complex) return queue;
      far ??= queue;
    }
    return far;
  }

  pullFor(idle: RunQueue): KernelThread | undefined {
    const { balancing, isShared } = this.#plan;
    if (balancing === undefined || isShared || !this.#mayMigrate) return undefined;
    let busiest: RunQueue | undefined;
    for (const queue of this.#queues) {
      if (queue.runnable.length > (busiest?.runnable.length ?? 0)) busiest = queue;
    }
    if (busiest === undefined || busiest === idle) return undefined;
    const nowPs = idle.simulation.nowPs;
    const thread = busiest.runnable.giveAway(
      (other) => other.isMigratable && nowPs - other.leftPs >= balancing.hotPs,
    );
    if (thread === undefined) return undefined;
    idle.core.charge(CAUSE.scheduler, balancing.migratePs);
    idle.runnable.add(thread, "moved");
    return idle.runnable.take(idle.core.cursorPs);
  }

  ticked(busy: RunQueue): void {
    const { balancing, isShared } = this.#plan;
    if (balancing === undefined || isShared || busy.runnable.length === 0) return;
    const free = this.#free(busy, true) ?? this.#lighter(busy);
    const thread = free && busy.runnable.giveAway((other) => other.isMigratable);
    if (thread === undefined || free === undefined) return;
    busy.core.charge(CAUSE.scheduler, balancing.migratePs);
    free.join(thread, "moved", busy.core.cursorPs, busy.core);
  }

  /** A core with at least two runnable threads less than `busy`. */
  #lighter(busy: RunQueue): RunQueue | undefined {
    const most = busy.runnable.length - 2;
    let lightest: RunQueue | undefined;
    for (const queue of this.#queues) {
      const { length } = queue.runnable;
      if (length <= most && length < (lightest?.runnable.length ?? most + 1)) lightest = queue;
    }
    return lightest;
  }

  sharedGrew(atPs: number): void {
    for (const queue of this.#queues) queue.armCheck(atPs);
  }

  #share(storage: StorageFacet): StorageFacet {
    return {
      get interrupts() {
        return storage.interrupts;
      },
      get workerSwitches() {
        return storage.workerSwitches ?? 0;
      },
      openChannel: (thread, depth) => {
        const task = thread as KernelThread;
        const workers = this.#plan.isShared ? this.#queues : [task.home as RunQueue];
        for (const worker of workers) worker.reactor!.connect(storage);
        return new TaskChannel(task, () => (task.home as RunQueue).reactor!, depth);
      },
    };
  }
}
