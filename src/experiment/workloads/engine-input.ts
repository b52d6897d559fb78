/**
 * What a spec of the engine leaves open is decided, and what cannot be run is refused: a buffer
 * that does not fit the memory facet, a twin too large for the host or too small for its clients,
 * writes that no drive's buffer can take.
 */
import { badValue, UsageError } from "../../base/usage-error.ts";
import { STRIPE_BYTES } from "../../engine/wal/log-area.ts";
import { UNIT_BYTES } from "../../hardware/nvme/command-table.ts";
import type { DriveNumbers } from "../../hardware/nvme/drive-numbers.ts";
import type { MemoryTraits } from "../../os/model.ts";
import type { TwinPages } from "../../workload/twin.ts";
import type { WorkloadGround } from "../workload-kind.ts";
import { cachedShareOf, changesEntries, clientsOf, twinOf } from "./engine-benchmarks.ts";
import type { EngineSpec } from "./engine-spec.ts";
import { enoughRam, enoughScale, pagesOf, TWIN_BYTES_MAX, twinBytes } from "./enough-scale.ts";
import { missingBuffer } from "./write-buffer-limit.ts";

/** Frames that each client may have fixed, latched or on their way at a time. */
const FRAMES_PER_CLIENT = 4;
export const FRAMES_MIN = 64;

const VALUE_BYTES: Readonly<Record<string, number>> = { lookup: 120, update: 120 };
const YCSB_VALUE_BYTES = 1_000;

/** Buffers whose pages are regions of virtual memory. */
const MAPPED_BUFFERS: readonly EngineSpec["buffer"][] = ["vmcache", "mmap"];

function bufferOf({ buffer }: EngineSpec, { residency }: MemoryTraits): EngineSpec["buffer"] {
  if (buffer !== "default") return buffer;
  return residency === "transparent" ? "mmap" : "hash-table";
}

/** Whether the spec's buffer is one of them. */
export const usesRegions = (spec: EngineSpec, traits: MemoryTraits): boolean =>
  MAPPED_BUFFERS.includes(bufferOf(spec, traits));

/** @throws UsageError when buffer, memory facet and update protocol do not fit together. */
function checkBuffer(spec: EngineSpec, { residency, translation }: MemoryTraits): void {
  const { buffer, updateProtocol, wal } = spec;
  if (buffer === "vmcache" && (residency !== "explicit" || translation !== "hardware")) {
    throw new UsageError(
      "buffer: vmcache needs memory whose pages the database itself brings and evicts, found by " +
        "the MMU; choose another memory facet or another buffer",
    );
  }
  if (buffer === "mmap" && residency !== "transparent") {
    throw new UsageError(
      "buffer: mmap needs a file mapping whose pages the system brings and evicts; choose the " +
        "memory facet mmap or another buffer",
    );
  }
  if (updateProtocol === "in-place") return;
  if (buffer !== "mmap") {
    throw badValue("updateProtocol", updateProtocol, "buffer pools know in-place only");
  }
  if (updateProtocol === "shadow-paging" && wal) {
    throw badValue("updateProtocol", updateProtocol, "it takes the place of a log: give wal off");
  }
  if (updateProtocol !== "shadow-paging" && !wal) {
    throw badValue(
      "updateProtocol",
      updateProtocol,
      "private copies wait for the log: give wal on",
    );
  }
}

/** @throws UsageError naming the field. */
export function resolveEngine(spec: EngineSpec, ground: WorkloadGround): EngineSpec {
  const { traits, memoryTraits, warnings } = ground;
  const buffer = bufferOf(spec, memoryTraits);
  checkBuffer({ ...spec, buffer }, memoryTraits);
  const resolved: EngineSpec = {
    ...spec,
    buffer,
    valueBytes: spec.valueBytes || (VALUE_BYTES[spec.benchmark] ?? YCSB_VALUE_BYTES),
    distribution:
      spec.distribution !== "default"
        ? spec.distribution
        : spec.benchmark.startsWith("ycsb")
          ? "zipfian"
          : "uniform",
  };
  if (resolved.wal && !traits.takesFlushes) {
    throw new UsageError(
      "wal: this interface takes no flush; switch the log off or choose another",
    );
  }
  if (resolved.wal && resolved.isolationLevel === "none") {
    throw badValue("isolationLevel", "none", "recovery could undo nothing: give wal off");
  }
  checkWrites(resolved, ground.machine.drive.numbers);
  const recordMax = resolved.pageBytes / 4;
  if (resolved.benchmark !== "tpcc" && resolved.valueBytes + 8 > recordMax) {
    throw badValue("valueBytes", resolved.valueBytes, `a page takes at most ${recordMax - 8}`);
  }
  // An entry's number, and a byte that an update can change.
  const recordMin = changesEntries(resolved) ? 5 : 4;
  if (resolved.valueBytes < recordMin) {
    throw badValue("valueBytes", resolved.valueBytes, `give at least ${recordMin}`);
  }
  const bytes = twinBytes(resolved);
  if (bytes > TWIN_BYTES_MAX) {
    const [field, advice] =
      resolved.warehouses > 0
        ? ["warehouses", "give fewer, or a smaller scale"]
        : ["scale", "choose a smaller scale, or 0"];
    throw new UsageError(
      `${field}: the twin would take ${bytes} bytes of the host's memory, ` +
        `at most ${TWIN_BYTES_MAX} are allowed; ${advice}`,
    );
  }
  checkInnerPages(resolved);
  checkFrames(resolved);
  if (hasTooManyHotPages(resolved)) warnings.push(HOT_PAGES_WARNING);
  if (resolved.buffer !== "mmap" && cachedShareOf(resolved) < 1) {
    warnings.push(...reachWarnings(resolved));
  }
  return resolved;
}

/** Pages, and stripes of the log, lie at whole units. */
function checkWrites({ pageBytes, wal }: EngineSpec, numbers: DriveNumbers): void {
  const bytes = wal ? Math.max(pageBytes, STRIPE_BYTES) : pageBytes;
  const needed = missingBuffer(Math.ceil(bytes / UNIT_BYTES), numbers);
  if (needed === undefined) return;
  throw badValue(
    "drive.writeBuffer",
    numbers.writeBuffer.value,
    `writes of ${bytes} bytes are one command each and take ${needed} bytes of it`,
  );
}

/**
 * A pool keeps what is above the leaves: with less memory than that all amounts would be the same.
 * @throws UsageError naming the least amount.
 */
function checkInnerPages(spec: EngineSpec): void {
  const twin = twinOf(spec);
  const { dataPages, innerPages } = pagesOf(spec);
  const least = Math.ceil(((innerPages + 1) / dataPages) * twin.originalBytes);
  if (spec.ramBytes >= least) return;
  throw badValue(
    "ramBytes",
    spec.ramBytes,
    `pools keep what is above the leaves: give at least ${least} bytes`,
  );
}

/** @throws UsageError naming a scale, or an amount of memory, that is enough for the clients. */
function checkFrames(spec: EngineSpec): void {
  const clients = clientsOf(spec);
  const frames = FRAMES_MIN + FRAMES_PER_CLIENT * clients;
  const isEnough = ({ poolPages }: TwinPages): boolean => poolPages >= frames;
  const pages = pagesOf(spec);
  if (isEnough(pages)) return;
  const [scale, bytes] = [enoughScale(spec, isEnough), enoughRam(spec, isEnough)];
  const ways = [
    ...(scale === undefined ? [] : [`a scale of ${scale}`]),
    ...(bytes === undefined ? [] : [`${bytes} bytes of memory`]),
  ];
  const advice = ways.length === 0 ? "fewer clients, or more data" : ways.join(" or ");
  throw new UsageError(
    `ramBytes: the twin's buffer pool would have ${pages.poolPages} pages, ` +
      `${clients} clients need ${frames}; give ${advice}`,
  );
}

/** TPC-C with locks, larger than memory, and scaled: see `workload/twin.ts`. */
const hasTooManyHotPages = (spec: EngineSpec): boolean =>
  spec.benchmark === "tpcc" &&
  spec.isolationLevel !== "none" &&
  cachedShareOf(spec) < 1 &&
  twinOf(spec).scale < 1;

const HOT_PAGES_WARNING =
  "a scaled TPC-C with locks that is larger than memory reads and writes more pages per " +
  "transaction than the original, and its longest are Stock-Levels that read what the original " +
  "has in memory; a larger scale has less of that, and without locks (isolation level none) its " +
  "warehouses are whole";

/** A pool so many times what all clients could evict at once hardly feels it. */
const POOL_PER_REACH = 3;

/** Batches are a share of the twin's pool that the original's are not: pages go just after use. */
function reachWarnings(spec: EngineSpec): readonly string[] {
  const clients = clientsOf(spec);
  const reach = clients * spec.evictionBatch;
  const isEnough = (pages: TwinPages): boolean => pages.poolPages >= POOL_PER_REACH * reach;
  const pages = pagesOf(spec);
  if (isEnough(pages)) return [];
  const scale = enoughScale(spec, isEnough);
  const batch = Math.floor(pages.poolPages / (POOL_PER_REACH * clients));
  const ways = [
    ...(scale === undefined ? [] : [`a scale of ${scale} or more`]),
    batch === 0 ? "fewer clients" : `batches of at most ${batch}`,
  ];
  return [
    `clients that evict a batch each reach for ${reach} pages, the twin's pool has ` +
      `${pages.poolPages}: it reads more than the original; give ${ways.join(", or ")}`,
  ];
}
