/** Linux's storage facet: picks the interface and wires it to the kernel's request path. */
import { PS_PER_MS } from "../../base/units.ts";
import { UsageError } from "../../base/usage-error.ts";
import { BufferedChannel, PageCache } from "../kernel/buffered-channel.ts";
import { kernelInterruptCosts, NvmeInterrupts } from "../kernel/nvme-interrupts.ts";
import { PsyncChannel } from "../kernel/psync-channel.ts";
import { RequestPath } from "../kernel/request-path.ts";
import type {
  BufferedIo,
  FailedPages,
  Ground,
  IoChannel,
  SchedulerFacet,
  StorageFacet,
  Thread,
} from "../model.ts";
import type { LinuxCosts } from "./costs.ts";
import type { LinuxOptions } from "./options.ts";
import { linuxOptions } from "./options.ts";
import { IoPoll } from "./storage/io-poll.ts";
import { UringChannel } from "./storage/io-uring.ts";
import { LibaioChannel } from "./storage/libaio.ts";
import { linuxRequestCosts, pathShape, psyncCosts } from "./storage/path-shape.ts";
import { SqpollChannel } from "./storage/sqpoll.ts";

/** Unit of the drive's aggregation time. [nvme2.0 §5.27.1.6] */
const COALESCING_TIME_UNIT_PS = 100_000_000;

export class LinuxStorage implements StorageFacet {
  readonly #ground: Ground;
  readonly #costs: LinuxCosts;
  readonly #scheduler: SchedulerFacet;
  readonly #interrupts: NvmeInterrupts;
  readonly #options: LinuxOptions;
  readonly #path: RequestPath;
  readonly #ioPolls: (IoPoll | undefined)[] = [];
  readonly #pageCache = new PageCache();
  #helpers = 0;

  constructor(ground: Ground, scheduler: SchedulerFacet) {
    const { simulation, machine } = ground;
    const costs = ground.costs as LinuxCosts;
    this.#ground = ground;
    this.#costs = costs;
    this.#scheduler = scheduler;
    const chosen = linuxOptions(ground.options);
    this.#options = chosen;
    this.#interrupts = new NvmeInterrupts(simulation, machine, kernelInterruptCosts(costs), {
      threshold: chosen.coalescingThreshold,
      timePs: chosen.coalescingTime * COALESCING_TIME_UNIT_PS,
    });
    if (chosen.hipri) {
      checkPollers(scheduler);
      checkPolledQueues(ground, chosen.sqthreadPoll);
    }
    this.#path = new RequestPath(
      machine,
      linuxRequestCosts(costs, chosen),
      chosen.hipri ? undefined : this.#interrupts,
      pathShape(ground, chosen),
    );
  }

  get interrupts(): number {
    return this.#interrupts.count;
  }

  get workerSwitches(): number {
    return this.#path.workerSwitches;
  }

  openChannel(thread: Thread, depth: number): IoChannel {
    const { ioengine, sqthreadPoll } = this.#options;
    switch (ioengine) {
      case "psync":
        return new PsyncChannel(thread, this.#path, psyncCosts(this.#costs));
      case "libaio":
        return new LibaioChannel(thread, this.#path, this.#costs, depth);
      case "io_uring":
      case "io_uring_cmd":
        if (sqthreadPoll) return this.#openSqpoll(thread, depth);
        return new UringChannel(thread, this.#path, this.#costs, depth, this.#ioPollFor(thread));
    }
  }

  openBuffered(thread: Thread, failedPages: FailedPages): BufferedIo {
    const costs = this.#costs;
    return new BufferedChannel(
      thread,
      this.#path,
      this.#pageCache,
      {
        ...psyncCosts(costs),
        copyPagePs: costs["kernel.copyPage"],
        cachePagePs: costs["kernel.cachePage"],
      },
      failedPages,
    );
  }

  #openSqpoll(thread: Thread, depth: number): IoChannel {
    const { threadCount } = this.#ground;
    const { sqThreadIdleMs, hipri } = this.#options;
    const plan = { idlePs: sqThreadIdleMs * PS_PER_MS, isPolled: hipri };
    const channel = new SqpollChannel(thread, this.#path, this.#costs, depth, plan);
    this.#helpers += 1;
    this.#scheduler.spawn(threadCount + this.#helpers - 1, (helper) =>
      channel.kernelThread(helper, this.#ioPollFor(helper)),
    );
    return channel;
  }

  /** The poller of a thread's core; threads that share a core share its queue pairs. */
  #ioPollFor({ core }: Thread): IoPoll | undefined {
    const { machine } = this.#ground;
    if (!this.#options.hipri) return undefined;
    const existing = this.#ioPolls[core.index];
    if (existing !== undefined) return existing;
    const queuePairs = machine.array.drives.map((_, drive) => this.#path.queuePair(core, drive));
    const created = new IoPoll(this.#path, queuePairs, this.#costs);
    this.#ioPolls[core.index] = created;
    return created;
  }
}

/** Who polls looks at the queue pairs of its own CPU, so it may not leave that CPU. */
function checkPollers({ hasOneQueue, shareStorage }: SchedulerFacet): void {
  if (!hasOneQueue || shareStorage !== undefined) return;
  throw new UsageError(
    "hipri: a thread polls the queue pairs of the CPU that it began on, and with a shared run " +
      "queue it leaves it, and its requests there; choose run_queue own, or no hipri",
  );
}

/** CPUs that poll: those of the threads, or of the kernel threads behind them. */
function checkPolledQueues(ground: Ground, isByKernelThread: boolean): void {
  const { machine, threadCount, coreCount } = ground;
  const { queuePairsMax } = machine.array.shape;
  const submitting = Math.min(threadCount, coreCount);
  const polling = Math.min(isByKernelThread ? 2 * submitting : submitting, machine.cores.length);
  if (polling <= queuePairsMax) return;
  throw new UsageError(
    `hipri: polled queues belong to one CPU each; the drive offers ${queuePairsMax} queue ` +
      `pairs for ${polling} CPUs that poll`,
  );
}
