/** Memory microbenchmarks as a kind of workload: sizes of the twin, threads, metrics. */
import { assert } from "../../base/assert.ts";
import { PS_PER_NS, PS_PER_SECOND } from "../../base/units.ts";
import { badValue, UsageError } from "../../base/usage-error.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { loadLatencyPs } from "../../hardware/mmu/mmu.ts";
import {
  type MemoryCounters,
  type MemoryRegion,
  PAGE_BYTES,
  type RegionRequest,
  type SchedulerFacet,
  type Thread,
} from "../../os/model.ts";
import { Allocation, PAGES_PER_THREAD } from "../../workload/vm/allocation.ts";
import {
  type InsertionCosts,
  insertionCostMeanings,
  insertionCosts,
} from "../../workload/vm/costs.ts";
import { Insertion, type InsertionSteps } from "../../workload/vm/insertion.ts";
import { PageAccess } from "../../workload/vm/page-access.ts";
import type { VmGround, VmPattern } from "../../workload/vm/vm-pattern.ts";
import type { Metrics } from "../metric.ts";
import type {
  Measured,
  RunningWorkload,
  WorkloadGround,
  WorkloadKind,
  WorkloadResult,
  WorkloadSite,
} from "../workload-kind.ts";
import { checkAddressSpace } from "./address-space-limits.ts";
import type { VmSpec } from "./vm-spec.ts";

export const vm: WorkloadKind<VmSpec> = {
  id: "vm",
  title: "pages that are accessed, allocated, freed and evicted",
  operation: "page",
  usesMemory: () => true,
  costs: insertionCosts,
  costMeanings: insertionCostMeanings,
  // Whether two shootdowns share an interrupt is decided within less than the usual look-ahead.
  lookaheadPs: 100_000,
  threads: ({ threads }) => threads,
  resolve,
  build: (workload, site) => new VmRun(workload, site),
};

const pagesOf = (bytes: number, scale: number): number => Math.floor((bytes * scale) / PAGE_BYTES);

function resolve(workload: VmSpec, ground: WorkloadGround): VmSpec {
  const { spec, machine, memoryTraits } = ground;
  if (memoryTraits.residency === "transparent") {
    throw new UsageError(
      `access: "${workload.access}" decides itself what is resident, which this backend does not ` +
        'allow; choose "random" or "sequential"',
    );
  }
  const { access, batch, ramBytes, dataBytes, scale, threads } = workload;
  if (access === "alloc-free") {
    const least = 2 * batch * threads * PAGE_BYTES;
    if (ramBytes < least) {
      const why = `at least ${least}: two batches of ${batch} pages for each thread`;
      throw badValue("ramBytes", ramBytes, why);
    }
    // Nothing shrinks: each thread has as many pages as the batch says, and so have page tables.
    return { ...workload, scale: 1 };
  }
  checkAddressSpace(workload);
  if (pagesOf(Math.min(ramBytes, dataBytes), scale) < 1) {
    throw badValue("scale", scale, "leave at least one page of memory and data");
  }
  if (access === "page" && dataBytes > ramBytes) {
    throw badValue("dataBytes", dataBytes, `with "page" all of it has to fit into ${ramBytes}`);
  }
  if (access !== "insert") return workload;
  const frames = pagesOf(ramBytes, scale);
  if (frames < 4 * batch * threads) {
    throw new UsageError(
      `ramBytes: ${ramBytes} × scale ${scale} are ${frames} pages, too few for ${threads} ` +
        `threads that evict ${batch} at a time; give at least ${4 * batch * threads}`,
    );
  }
  if (pagesOf(dataBytes, scale) < 2 * frames) {
    throw badValue("dataBytes", dataBytes, "with insert, give at least twice the memory");
  }
  const capacity = spec.drives * machine.drive.numbers.capacity.value;
  if (dataBytes > capacity) throw badValue("dataBytes", dataBytes, `the drives have ${capacity}`);
  return workload;
}

/** In steady state as many pages are taken as given back, but for this share at the edges. */
const UNEVEN_MAX = 0.1;

/** What the counters say at the edges of the window. */
interface Sample {
  readonly counters: MemoryCounters;
  readonly steps: InsertionSteps;
}

class VmRun implements RunningWorkload {
  readonly #workload: VmSpec;
  readonly #site: WorkloadSite;
  readonly #pattern: VmPattern;
  readonly #samples: Sample[] = [];

  constructor(workload: VmSpec, site: WorkloadSite) {
    this.#workload = workload;
    this.#site = site;
    const { simulation, window, machine } = site;
    machine.mmu.scale = 1 / workload.scale;
    this.#pattern = this.#create();
    const sampler = simulation.register({ handle: () => this.#sample() });
    simulation.schedule(window.startPs, sampler, 0);
    simulation.schedule(window.endPs, sampler, 0);
  }

  start(scheduler: SchedulerFacet): readonly Thread[] {
    return Array.from({ length: this.#workload.threads }, (_, index) =>
      scheduler.spawn(index, (thread) => this.#pattern.body(index, thread)),
    );
  }

  stop(): void {
    this.#pattern.isStopping = true;
  }

  outstanding(): number {
    return this.#pattern.outstanding;
  }

  progress(): number {
    const { populated, released } = this.#site.system.memory.counters;
    return populated + released;
  }

  result(measured: Measured): WorkloadResult {
    const operations = Math.round(this.#pages());
    const { requested, acknowledged } = this.#site.machine.ipis;
    assert(acknowledged === requested, "every interrupt between cores is received");
    const { scale } = this.#workload;
    return { metrics: this.#metrics(measured), operations, scale, warnings: this.#warnings() };
  }

  #warnings(): readonly string[] {
    const { access, batch } = this.#workload;
    const [first, last] = this.#samples;
    if (access === "alloc-free") return this.#unevenWarnings();
    if (access !== "insert" || last!.counters.released > first!.counters.released) return [];
    return [
      `no page was evicted while measuring: a thread evicts ${batch} at a time, and then not ` +
        "for as many insertions; give a longer runtime or a smaller batch",
    ];
  }

  /** All threads begin with a batch that is taken: until they have drifted apart, phases show. */
  #unevenWarnings(): readonly string[] {
    const [first, last] = [this.#samples[0]!.counters, this.#samples[1]!.counters];
    const populated = last.populated - first.populated;
    const released = last.released - first.released;
    const pages = (populated + released) / 2;
    if (Math.abs(populated - released) <= UNEVEN_MAX * pages) return [];
    return [
      `${populated} pages were taken and ${released} given back while measuring, so this is no ` +
        "steady state; give a longer ramp and runtime, or a smaller batch",
    ];
  }

  #create(): VmPattern {
    const { access, batch, threads, writePercent, ramBytes, dataBytes, scale } = this.#workload;
    const { system, machine, costs } = this.#site;
    const pages = pagesOf(dataBytes, scale);
    const frames = pagesOf(ramBytes, scale);
    if (access === "page") {
      const loopPs = costs["vm.accessLoop"]!;
      // Entries of page tables come in between, too, but are few: eight bytes for each page.
      const loadPs = loadLatencyPs(machine.mmu.plan, dataBytes, 1);
      const ground = this.#ground({ pages, residentMax: pages });
      const cause = CAUSE.application;
      return new PageAccess({ pages, loopPs, loadPs, cause, writePercent }, ground);
    }
    if (access === "alloc-free") {
      const residentMax = Math.max(
        2 * batch * threads,
        Math.min(frames, PAGES_PER_THREAD * threads),
      );
      return new Allocation(
        batch,
        this.#ground({ pages: PAGES_PER_THREAD * threads, residentMax }),
      );
    }
    const { driveCount, driveBytes } = machine.array.shape;
    return new Insertion(
      {
        pages,
        frames,
        threads,
        batch,
        writePercent,
        driveCount,
        driveBytes,
        costs: costs as InsertionCosts,
        cause: CAUSE.database,
      },
      this.#ground({ pages, residentMax: frames + batch * threads }),
      system.storage,
    );
  }

  #ground(sizes: Pick<RegionRequest, "pages" | "residentMax">): VmGround {
    const { system, spec, window } = this.#site;
    const { scale } = this.#workload;
    const { memory } = system;
    const region: MemoryRegion = memory.createRegion({ ...sizes, backing: "anonymous", scale });
    return { memory, region, window, seed: spec.seed };
  }

  #sample(): void {
    const pattern = this.#pattern;
    const steps = pattern instanceof Insertion ? pattern.steps : NO_STEPS;
    const { counters } = this.#site.system.memory;
    this.#samples.push({ counters: { ...counters }, steps: { ...steps } });
  }

  /** Pages in the window, and a half of one that had come and not gone. */
  #pages(): number {
    if (this.#workload.access !== "alloc-free") return this.#pattern.operations;
    // Batches end rarely: the facet's own counters tell more finely how many pages there were.
    const [first, last] = [this.#samples[0]!.counters, this.#samples[1]!.counters];
    return (last.populated - first.populated + last.released - first.released) / 2;
  }

  #metrics({ rows, windowPs }: Measured): Metrics {
    const { access, threads } = this.#workload;
    const [first, last] = [this.#samples[0]!, this.#samples[1]!];
    const perS = (count: number): number => (count * PS_PER_SECOND) / windowPs;
    const counted = (name: keyof MemoryCounters): number =>
      last.counters[name] - first.counters[name];
    const pages = this.#pages();
    const perPageNs = (timePs: number): number => (pages === 0 ? 0 : timePs / PS_PER_NS / pages);
    const spent = (cause: number): number => rows.reduce((sum, row) => sum + row[cause]!, 0);
    const busyPs = rows.length * windowPs - spent(CAUSE.idle);
    const shootdownPs =
      spent(CAUSE.shootdownSend) + spent(CAUSE.shootdownReceive) + spent(CAUSE.shootdownWait);
    const stepNs = (name: keyof InsertionSteps): number =>
      perPageNs(last.steps[name] - first.steps[name]);
    return {
      pagesPerS: perS(pages),
      pageNsMean: perPageNs(threads * windowPs),
      cpuNsPerPage: perPageNs(busyPs),
      translationNsPerPage: perPageNs(spent(CAUSE.addressTranslation)),
      flushNsPerPage: perPageNs(counted("flushPs")),
      flushShare: counted("flushPs") / (threads * windowPs),
      shootdownsPerS: perS(counted("shootdowns")),
      shootdownIpisPerS: perS(counted("shootdownRequests")),
      shootdownShare: busyPs === 0 ? 0 : shootdownPs / busyPs,
      faultsPerS: perS(counted("faults")),
      ...(access === "insert" && {
        readNsPerPage: stepNs("readPs"),
        writeNsPerPage: stepNs("writePs"),
        evictionNsPerPage: stepNs("evictionPs"),
      }),
    };
  }
}

const NO_STEPS: InsertionSteps = { evictionPs: 0, writePs: 0, readPs: 0 };
