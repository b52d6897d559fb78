/**
 * A database: buffer pool, log, catalogue and trees over one operating system.
 *
 * Interface: `create` makes an empty one in no simulated time; `open` takes over pages that are
 * consistent with a log, after recovery. Trees are created and loaded before or during a run; each
 * worker thread or task opens a session of its own.
 *
 * On each drive the log's share comes first, then pages, striped by their number. Page 0 holds the
 * catalogue and what page numbers are in use.
 */
import { assert } from "../base/assert.ts";
import { badValue, UsageError } from "../base/usage-error.ts";
import { type OperatingSystem, PAGE_BYTES, type Thread } from "../os/model.ts";
import { bulkLoad } from "./btree/bulk-load.ts";
import { Descent } from "./btree/descent.ts";
import { BTree } from "./btree/tree.ts";
import type { StructureCounts } from "./btree/tree-parts.ts";
import { Adversary } from "./buffer/adversary.ts";
import { BufferPool, NO_FRAME } from "./buffer/buffer-pool.ts";
import { RESIDENT } from "./buffer/frames.ts";
import { AllAtOnce } from "./buffer/mapped/all-at-once.ts";
import { CopyOnWrite } from "./buffer/mapped/copy-on-write.ts";
import { InPlace } from "./buffer/mapped/in-place.ts";
import { MappedFile } from "./buffer/mapped/mapped-file.ts";
import { ShadowPaging } from "./buffer/mapped/shadow-paging.ts";
import { PageIo, type PageLayout } from "./buffer/page-io.ts";
import { PageMapping } from "./buffer/page-mapping.ts";
import { Sweep } from "./buffer/sweep.ts";
import {
  addCatalogueEntry,
  type CatalogueEntry,
  catalogueEntries,
  hasRoomInCatalogue,
  TREE_NAME,
} from "./catalogue.ts";
import { checkPages, type PageSource, type TreeShape } from "./check.ts";
import { checkConfig, type DatabaseConfig } from "./engine-config.ts";
import type { EngineCounters } from "./engine-counters.ts";
import type { Database, EngineTask, Session, Tree } from "./model.ts";
import { LEAF_PAGE, META_PAGE, NEXT_PAGE_ID } from "./page/page-header.ts";
import { allocatePages } from "./page/page-memory.ts";
import { formatNode } from "./page/slotted-page.ts";
import { META_PAGE_ID, PageAllocator } from "./page-allocator.ts";
import { Checkpoints, type DirtyPages } from "./recovery/checkpoint.ts";
import { SingleWriter } from "./transaction/single-writer.ts";
import { Transactions } from "./transaction/transactions.ts";
import { type LoadOptions, TreeLoader } from "./tree-loader.ts";
import type { TransactionLog } from "./wal/change-log.ts";
import { areaBytesPerDrive, type LogArea, logArea } from "./wal/log-area.ts";
import { FIRST_LSN } from "./wal/log-record.ts";
import { eraseMaster, FIRST_MASTER } from "./wal/master-record.ts";
import { NO_LOG } from "./wal/no-log.ts";
import { shadowLog } from "./wal/shadow-log.ts";
import { WriteAheadLog } from "./wal/write-ahead-log.ts";
import { Worker } from "./worker.ts";

/** Requests that one worker keeps outstanding, where its channel allows it. */
const CHANNEL_DEPTH = 256;
/** Chunk of the array that a mapped file lies on: mdadm's default. */
const STRIPE_BYTES = 524_288;
/** Private copies at which they are applied, as a share of memory. */
const COPIES_SHARE = 1 / 16;

const NO_BYTES = new Uint8Array(0);

/** Where log and pages lie under `config`. */
export function logAreaOf(system: OperatingSystem, config: DatabaseConfig): LogArea {
  const { driveCount, needsFlushes } = system.volume;
  return logArea(driveCount, 0, config.wal ? config.logBytes : 0, needsFlushes);
}

/** The way to the pages of a database under `config`. */
export function pageIoOf(system: OperatingSystem, config: DatabaseConfig): PageIo {
  const { driveCount, media } = system.volume;
  const { pageBytes, mapped } = config;
  const dataOffset = config.wal ? areaBytesPerDrive(logAreaOf(system, config)) : 0;
  const stripePages = mapped === undefined ? 1 : STRIPE_BYTES / pageBytes;
  const layout = { pageBytes, drives: driveCount, dataOffset, stripePages };
  return new PageIo(layout, media, mapped?.updateProtocol !== "in-place");
}

export class Engine implements Database {
  readonly config: DatabaseConfig;
  readonly pool: BufferPool;
  readonly log: TransactionLog;
  readonly allocator: PageAllocator;
  readonly transactions: Transactions;
  /** Who truncates the log; undefined: there is none. */
  readonly checkpoints: Checkpoints | undefined;
  readonly structure: StructureCounts = { splits: 0, merges: 0, grown: 0 };

  readonly #system: OperatingSystem;
  readonly #io: PageIo;
  readonly #metaFrame: number;
  readonly #trees = new Map<string, BTree>();
  readonly #treesById: BTree[] = [];
  /** Whether somebody works here; until then nothing is logged. */
  #isLive: boolean;

  private constructor(
    parts: EngineParts,
    metaFrame: number,
    firstTransactionId: number,
    isLive: boolean,
  ) {
    this.#isLive = isLive;
    const { system, config, pool, io, log } = parts;
    this.#system = system;
    this.config = config;
    this.pool = pool;
    this.log = log;
    this.#io = io;
    this.#metaFrame = metaFrame;
    pool.frames.pinned[metaFrame] = 1;
    this.allocator = new PageAllocator(pool, log, metaFrame);
    this.transactions = new Transactions(
      log,
      (treeId) => this.treeById(treeId),
      config.transactionCosts,
      firstTransactionId,
    );
    if (log instanceof WriteAheadLog) {
      const { checkpointEveryBytes: every, logRoomBytes: room } = config;
      this.checkpoints = new Checkpoints(log, dirtyPages(pool), this.transactions, every, room);
      this.transactions.gate = this.checkpoints;
    } else if (this.#shadow !== undefined) this.transactions.gate = new SingleWriter();
    for (const entry of catalogueEntries(pool.memory, pool.frames.base(metaFrame))) {
      this.#addTree(entry);
    }
  }

  /** An empty database; whatever is on the drives is forgotten. No simulated time passes. */
  static create(system: OperatingSystem, config: DatabaseConfig): Engine {
    checkConfig(config);
    const area = logAreaOf(system, config);
    const { fullPageImages } = config;
    const start = { area, master: FIRST_MASTER, endLsn: FIRST_LSN, fullPageImages };
    const parts = engineParts(system, config, config.wal ? new WriteAheadLog(start) : undefined);
    const { pool, io } = parts;
    if (config.wal) eraseMaster(area, system.volume.media);
    const frame = pool.tryResidentOrCreate(META_PAGE_ID);
    const base = pool.frames.base(frame);
    formatNode(pool.memory, base, META_PAGE_ID, META_PAGE, 0, 0, NO_BYTES, undefined);
    pool.memory.words[(base >> 2) + NEXT_PAGE_ID] = META_PAGE_ID + 1;
    io.writeAtOnce(pool.memory, base, META_PAGE_ID);
    pool.file?.protocol.loaded?.();
    io.settle();
    return new Engine(parts, frame, 1, false);
  }

  /** Takes over pages that are consistent with `log`, as recovery leaves them. */
  static *open(
    system: OperatingSystem,
    config: DatabaseConfig,
    log: TransactionLog | undefined,
    worker: Worker,
    firstTransactionId: number,
  ): EngineTask<Engine> {
    checkConfig(config);
    const parts = engineParts(system, config, log);
    parts.pool.mapping?.attach(worker);
    parts.pool.file?.attach(worker);
    const open = parts.pool.file?.protocol.open?.(worker);
    if (open !== undefined) yield* open;
    const frame = yield* parts.pool.fix(META_PAGE_ID, worker);
    return new Engine(parts, frame, firstTransactionId, true);
  }

  createTree(name: string): BTree {
    if (!TREE_NAME.test(name)) {
      throw badValue("tree", name, "give 1 to 63 printable ASCII characters");
    }
    if (this.#trees.has(name)) throw badValue("tree", name, "there is one of that name already");
    if (!hasRoomInCatalogue(this.pool.memory, this.pool.frames.base(this.#metaFrame), name)) {
      throw badValue(
        "tree",
        name,
        `one page lists all trees, and it is full with ${this.#trees.size}`,
      );
    }
    const entry = { name, treeId: this.#treesById.length, rootPageId: 0 };
    return this.#addTree(this.#isLive ? this.#logNewTree(entry) : this.#placeNewTree(entry));
  }

  /** Before anybody works here, pages are simply put where they belong. */
  #placeNewTree({ name, treeId }: CatalogueEntry): CatalogueEntry {
    const rootPageId = this.allocator.takeUnlogged();
    const frame = this.pool.tryCreate(rootPageId);
    if (frame === NO_FRAME) throw noFrame();
    this.#formatRoot(frame, rootPageId, treeId);
    const entry = { name, treeId, rootPageId };
    this.#addToCatalogue(entry);
    this.#io.writeAtOnce(this.pool.memory, this.pool.frames.base(frame), rootPageId);
    this.#writeMeta();
    return entry;
  }

  /** Under shadow paging: the pages' places. */
  get #shadow(): ShadowPaging | undefined {
    const protocol = this.pool.file?.protocol;
    return protocol instanceof ShadowPaging ? protocol : undefined;
  }

  #logNewTree({ name, treeId }: CatalogueEntry): CatalogueEntry {
    const { pool, log, allocator } = this;
    const { memory, frames } = pool;
    log.beginGroup();
    const frame = allocator.tryAllocate(undefined);
    if (frame === NO_FRAME) throw noFrame();
    const entry = { name, treeId, rootPageId: allocator.newPageId };
    this.#formatRoot(frame, entry.rootPageId, treeId);
    frames.markDirty(frame, log.image(memory, frames.base(frame)));
    frames.latches.changed(frame);
    this.#addToCatalogue(entry);
    frames.markDirty(this.#metaFrame, log.image(memory, frames.base(this.#metaFrame)));
    log.endGroup();
    return entry;
  }

  #formatRoot(frame: number, rootPageId: number, treeId: number): void {
    const { memory, frames } = this.pool;
    const base = frames.base(frame);
    formatNode(memory, base, rootPageId, LEAF_PAGE, 0, treeId, NO_BYTES, undefined);
  }

  #addToCatalogue(entry: CatalogueEntry): void {
    const { memory, frames } = this.pool;
    const isAdded = addCatalogueEntry(memory, frames.base(this.#metaFrame), entry);
    assert(isAdded, "the catalogue has room for another tree");
  }

  tree(name: string): BTree {
    const tree = this.#trees.get(name);
    if (tree !== undefined) return tree;
    const names = [...this.#trees.keys()].join(", ");
    throw badValue("tree", name, names === "" ? "there are no trees" : `give one of ${names}`);
  }

  treeById(treeId: number): BTree {
    const tree = this.#treesById[treeId];
    assert(tree !== undefined, "there is no tree with this number", treeId);
    return tree;
  }

  /** Where pages lie on the drives. */
  get pageLayout(): PageLayout {
    return this.#io.layout;
  }

  get trees(): readonly BTree[] {
    return this.#treesById;
  }

  /**
   * Loads an empty tree; its pages are on the drives afterwards, and in the pool as far as it goes.
   */
  bulkLoad(
    tree: Tree,
    entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
    options: LoadOptions = {},
  ): void {
    if (this.#isLive) throw new UsageError("a tree is loaded before the first session is opened");
    const { treeId, parts } = this.tree(tree.name);
    const { rootPageId } = parts.descent;
    const { missingLevels = 0, staysInCache = false, loaded, restore } = options;
    parts.descent.standFor(missingLevels, staysInCache);
    const loader = new TreeLoader(this.pool, this.#io, this.allocator, {
      rootPageId,
      residentShare: options.residentShare ?? 1,
      dirtyShare: options.dirtyShare ?? 0,
      tree: loaded,
    });
    if (loaded !== undefined && restore !== undefined) {
      restore();
      loader.adopt(loaded);
    } else bulkLoad(loader, treeId, rootPageId, entries, options);
    this.#writeMeta();
  }

  #writeMeta(): void {
    const { memory, frames } = this.pool;
    this.#io.writeAtOnce(memory, frames.base(this.#metaFrame), META_PAGE_ID);
    this.pool.file?.protocol.loaded?.();
    this.#io.settle();
  }

  /**
   * Checks every page and tree in host time, as they are now: in the pool or else on the drives.
   * @throws InvariantError that says what is wrong.
   */
  check(): TreeShape[] {
    const { pool } = this;
    const { frames } = pool;
    const source: PageSource = {
      page: (pageId) => {
        const frame = pool.residentFrame(pageId);
        if (frame !== NO_FRAME && frames.state[frame] === RESIDENT) {
          return { memory: frames.memory, base: frames.base(frame) };
        }
        const memory = allocatePages(frames.memory.pageBytes, 1);
        const status = this.#io.readAtOnce(pageId, memory);
        assert(status === 0, "C1: a page is not intact on its drive", pageId);
        return { memory, base: 0 };
      },
      pageIdOf: (reference) => pool.translation.pageIdOf(reference),
    };
    return checkPages(
      source,
      this.#treesById.map(({ parts }) => parts.descent.rootPageId),
    );
  }

  /** What has happened so far; everything only grows. */
  counters(): EngineCounters {
    const { pool, log, structure, transactions, checkpoints } = this;
    const groups = log instanceof WriteAheadLog ? log.groupCommit : undefined;
    return {
      pageReads: pool.reads,
      pageWrites: pool.writes,
      misses: pool.misses,
      evictions: pool.writeBack.evictions,
      logBytes: groups?.writtenBytes ?? 0,
      logFlushes: groups?.batches ?? 0,
      groupCommits: groups?.shared ?? 0,
      checkpoints: checkpoints?.count ?? this.#shadow?.snapshots ?? 0,
      splits: structure.splits,
      merges: structure.merges,
      ...transactions.counts,
    };
  }

  /** From now on somebody works here: what was loaded has the memory that it needs. */
  #warm(): void {
    this.#isLive = true;
    this.pool.file?.warm(this.allocator.pageCount);
    this.pool.mapping?.warm(this.pool.frames);
  }

  /** What works inside the engine for a thread; a session has one. */
  openWorker(thread: Thread): Worker {
    if (!this.#isLive) this.#warm();
    const depth = Math.min(CHANNEL_DEPTH, this.#system.traits.channelDepthMax);
    const worker = new Worker(thread, this.#system.storage.openChannel(thread, depth));
    this.pool.mapping?.attach(worker);
    this.pool.file?.attach(worker);
    return worker;
  }

  openSession(thread: Thread): Session {
    const worker = this.openWorker(thread);
    const transaction = this.transactions.open(worker);
    return {
      begin: (level = "serializable") => transaction.begin(level),
      close: () => worker.finish(),
    };
  }

  #addTree({ name, treeId, rootPageId }: CatalogueEntry): BTree {
    const { pool, log, allocator, structure } = this;
    const descent = new Descent(pool, rootPageId);
    const parts = { treeId, pool, log, allocator, descent, counts: structure, keyScratch: [] };
    const tree = new BTree(name, parts);
    this.#trees.set(name, tree);
    this.#treesById[treeId] = tree;
    return tree;
  }
}

/** What checkpoints write of a pool, a share at a time, or of a mapped file. */
function dirtyPages({ file, frames, writeBack }: BufferPool): DirtyPages {
  if (file === undefined) return { owedBefore: (lsn) => new Sweep(frames, writeBack, lsn) };
  const { protocol } = file;
  const isFull = (): boolean => protocol.isFull();
  return { owedBefore: (lsn) => new AllAtOnce(protocol, lsn), isFull };
}

const noFrame = (): UsageError =>
  new UsageError("a tree is created while the pool has a free frame: make it larger");

interface EngineParts {
  readonly system: OperatingSystem;
  readonly config: DatabaseConfig;
  readonly pool: BufferPool;
  readonly io: PageIo;
  readonly log: TransactionLog;
}

function engineParts(
  system: OperatingSystem,
  config: DatabaseConfig,
  wal: TransactionLog | undefined,
): EngineParts {
  const io = pageIoOf(system, config);
  const adversary = config.adversary === undefined ? undefined : new Adversary(config.adversary);
  const mapping = config.buffer === "vmcache" ? pageMapping(system, config) : undefined;
  const poolPages = config.mapped?.filePages ?? config.poolPages;
  const { times } = config;
  const isShadow = config.mapped?.updateProtocol === "shadow-paging";
  const log = wal ?? (isShadow ? shadowLog(() => pool.file?.protocol as ShadowPaging) : NO_LOG);
  const pool: BufferPool = new BufferPool(
    { ...config, poolPages },
    io,
    log,
    times,
    adversary,
    mapping,
  );
  if (config.mapped !== undefined) pool.file = mappedFile(system, config, pool, io, log);
  return { system, config, pool, io, log };
}

function mappedFile(
  { memory }: OperatingSystem,
  config: DatabaseConfig,
  pool: BufferPool,
  io: PageIo,
  log: TransactionLog,
): MappedFile {
  const { mapped, poolPages, pageBytes } = config;
  assert(mapped !== undefined, "only a mapped file has an update protocol");
  if (pageBytes !== PAGE_BYTES) {
    throw badValue("pageBytes", pageBytes, `a mapping has pages of ${PAGE_BYTES} bytes`);
  }
  const { filePages, scale, updateProtocol } = mapped;
  const startBytes = io.layout.dataOffset;
  const isShadow = updateProtocol === "shadow-paging";
  const filePlaces = filePages * (isShadow ? 2 : 1);
  const request = { filePages: filePlaces, residentMax: poolPages, startBytes, scale };
  return new MappedFile(pool, io, log, memory, request, (file) => {
    if (updateProtocol === "in-place") return new InPlace(file);
    if (isShadow) return new ShadowPaging(file, io, filePages, filePlaces);
    const copiedBy = updateProtocol === "os-copy-on-write" ? "system" : "database";
    return new CopyOnWrite(file, copiedBy, Math.ceil(poolPages * COPIES_SHARE));
  });
}

function pageMapping({ memory, volume }: OperatingSystem, config: DatabaseConfig): PageMapping {
  if (config.pageBytes !== PAGE_BYTES) {
    throw badValue("pageBytes", config.pageBytes, `vmcache maps pages of ${PAGE_BYTES} bytes`);
  }
  const pages = Math.floor((volume.driveCount * volume.driveBytes) / PAGE_BYTES);
  return new PageMapping(memory, pages, config.poolPages);
}
