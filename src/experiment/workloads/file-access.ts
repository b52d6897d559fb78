/** Touching a mapped file as a kind of workload: sizes of the twin, intervals, metrics. */
import { PS_PER_NS, PS_PER_SECOND } from "../../base/units.ts";
import { badValue, UsageError } from "../../base/usage-error.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import {
  type MemoryCounters,
  PAGE_BYTES,
  type SchedulerFacet,
  type Thread,
} from "../../os/model.ts";
import { FileAccess } from "../../workload/vm/file-access.ts";
import type { Metrics } from "../metric.ts";
import type { Interval } from "../result.ts";
import type {
  Measured,
  RunningWorkload,
  WorkloadGround,
  WorkloadKind,
  WorkloadResult,
  WorkloadSite,
} from "../workload-kind.ts";
import { checkAddressSpace } from "./address-space-limits.ts";
import type { FileAccessSpec } from "./file-access-spec.ts";

/** Fewer frames than this, and threads and kernel hold most of them at any moment. */
const FRAMES_MIN = 4_096;

export const fileAccess: WorkloadKind<FileAccessSpec> = {
  id: "file-access",
  title: "a file larger than memory, mapped or read by calls",
  operation: "page",
  usesMemory: () => true,
  // Nearly everything is a wait of tens of microseconds: pages per second move by less than half a
  // per cent between a tenth of a microsecond and this, shootdowns by less than four; it spares a
  // quarter of the host's time.
  lookaheadPs: 2_000_000,
  threads: ({ threads }) => threads + 1,
  // Each thread waits for one, has read ahead at most once more, and has announced others.
  mostRequests: ({ threads, willNeed }, { readPs }) =>
    ((2 + willNeed) * threads * PS_PER_SECOND) / readPs,
  resolve,
  build: (workload, site) => new FileAccessRun(workload, site),
};

const pagesOf = (bytes: number, scale: number): number => Math.floor((bytes * scale) / PAGE_BYTES);

function resolve(workload: FileAccessSpec, ground: WorkloadGround): FileAccessSpec {
  const { spec, machine, memoryTraits } = ground;
  const { ramBytes, dataBytes, scale } = workload;
  if (memoryTraits.residency !== "transparent") {
    throw new UsageError(
      `access: "${workload.access}" touches a mapped file; the memory of this backend has none, ` +
        'choose "mmap"',
    );
  }
  checkAddressSpace(workload);
  const frames = pagesOf(ramBytes, scale);
  if (frames < FRAMES_MIN) {
    throw new UsageError(
      `ramBytes: ${ramBytes} × scale ${scale} are ${frames} pages; give at least ${FRAMES_MIN}`,
    );
  }
  if (workload.lockBytes > ramBytes / 2) {
    throw badValue("lockBytes", workload.lockBytes, `give at most half of the memory, ${ramBytes}`);
  }
  if (workload.via === "pread") {
    const { willNeed, lockBytes } = workload;
    const what = "it is of a mapping, and via pread there is none, so give 0";
    if (willNeed > 0) throw badValue("willNeed", willNeed, what);
    if (lockBytes > 0) throw badValue("lockBytes", lockBytes, what);
  }
  if (workload.access !== "random" && workload.willNeed > 0) {
    throw badValue("willNeed", workload.willNeed, "only random accesses are announced, so give 0");
  }
  if (workload.residency === "mincore" && workload.willNeed === 0) {
    throw badValue("residency", "mincore", "give willNeed as well: nothing else asks");
  }
  const capacity = spec.drives * machine.drive.numbers.capacity.value;
  if (dataBytes > capacity) throw badValue("dataBytes", dataBytes, `the drives have ${capacity}`);
  return workload;
}

/** What had been counted at the edge of an interval. */
interface Sample {
  readonly atPs: number;
  readonly touched: number;
  readonly counters: MemoryCounters;
}

class FileAccessRun implements RunningWorkload {
  readonly #workload: FileAccessSpec;
  readonly #site: WorkloadSite;
  readonly #access: FileAccess;
  readonly #samples: Sample[] = [];

  constructor(workload: FileAccessSpec, site: WorkloadSite) {
    this.#workload = workload;
    this.#site = site;
    const { simulation, window, machine, system, spec } = site;
    const { access, hint, threads, ramBytes, dataBytes, blockBytes, scale, intervals } = workload;
    machine.mmu.scale = 1 / scale;
    const pages = pagesOf(dataBytes, scale);
    const region = system.memory.createRegion({
      pages,
      residentMax: pagesOf(ramBytes, scale),
      backing: "file",
      isRead: workload.via === "pread",
      hint,
      scale,
    });
    const blockPages = Math.max(1, pagesOf(blockBytes, scale));
    const plan = {
      access,
      threads,
      pages,
      blockPages,
      willNeed: workload.willNeed,
      isAsking: workload.residency === "mincore",
      lockPages: pagesOf(workload.lockBytes, scale),
      seed: spec.seed,
    };
    this.#access = new FileAccess(plan, system.memory, region);
    const sampler = simulation.register({ handle: () => this.#sample() });
    const lengthPs = window.endPs - window.startPs;
    for (let edge = 0; edge <= intervals; edge++) {
      const atPs = window.startPs + Math.round((edge / intervals) * lengthPs);
      simulation.schedule(atPs, sampler, 0);
    }
  }

  start(scheduler: SchedulerFacet): readonly Thread[] {
    return this.#access.start(scheduler);
  }

  stop(): void {
    this.#access.isStopping = true;
  }

  /** Threads under way, and what was read ahead for them. */
  outstanding(): number {
    return this.#access.running + this.#site.machine.array.commands.inFlight;
  }

  result(measured: Measured): WorkloadResult {
    const samples = this.#samples;
    const [first, last] = [samples[0]!, samples.at(-1)!];
    const { rows, windowPs } = measured;
    const operations = last.touched - first.touched;
    const idlePs = rows.reduce((sum, row) => sum + row[CAUSE.idle]!, 0);
    const busyPs = rows.length * windowPs - idlePs;
    const contentionPs = rows.reduce((sum, row) => sum + row[CAUSE.contention]!, 0);
    return {
      metrics: {
        ...this.#between(first, last),
        pageNsMean: (this.#workload.threads * windowPs) / PS_PER_NS / Math.max(1, operations),
        cpuNsPerPage: busyPs / PS_PER_NS / Math.max(1, operations),
        contentionShare: contentionPs / busyPs,
      },
      operations,
      scale: this.#workload.scale,
      warnings: this.#warnings(first, last),
      intervals: samples.slice(1).map((sample, index) => this.#interval(samples[index]!, sample)),
    };
  }

  /** Until memory is full nothing is reclaimed, and shootdowns and locks cost nothing yet. */
  #warnings(first: Sample, last: Sample): readonly string[] {
    const { ramBytes, dataBytes, scale } = this.#workload;
    const frames = pagesOf(ramBytes, scale);
    const { released, populated } = last.counters;
    if (pagesOf(dataBytes, scale) <= frames || released > first.counters.released) return [];
    const times = Math.max(2, Math.ceil(frames / Math.max(1, populated)));
    return [
      `memory was still filling: ${populated} of its ${frames} pages were read and none was ` +
        `evicted while measuring; give a ramp and runtime ${times} times as long, or less memory`,
    ];
  }

  #sample(): void {
    const { system, simulation } = this.#site;
    const { touched } = this.#access;
    this.#samples.push({
      atPs: simulation.nowPs,
      touched,
      counters: { ...system.memory.counters },
    });
  }

  #interval(from: Sample, to: Sample): Interval {
    const original = PS_PER_SECOND * this.#workload.scale;
    const { startPs } = this.#site.window;
    return {
      startS: (from.atPs - startPs) / original,
      endS: (to.atPs - startPs) / original,
      metrics: this.#between(from, to),
    };
  }

  #between(from: Sample, to: Sample): Metrics {
    const lengthPs = to.atPs - from.atPs;
    const perS = (count: number): number => (count * PS_PER_SECOND) / lengthPs;
    const counted = (name: keyof MemoryCounters): number => to.counters[name] - from.counters[name];
    return {
      pagesPerS: perS(to.touched - from.touched),
      deviceBytesPerS: perS(counted("populated") * PAGE_BYTES),
      faultsPerS: perS(counted("faults")),
      shootdownsPerS: perS(counted("shootdowns")),
      shootdownIpisPerS: perS(counted("shootdownRequests")),
      evictionsPerS: perS(counted("released")),
      directEvictionsPerS: perS(counted("releasedDirectly")),
      scansPerS: perS(counted("scanned")),
      kswapdShare: counted("backgroundPs") / lengthPs,
    };
  }
}
