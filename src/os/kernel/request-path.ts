/**
 * The kernel's path of one direct I/O request: pinning, block layer, NVMe driver, and back.
 *
 * Every interface of Linux (read(), libaio, io_uring) walks it; what differs is how a request gets
 * in and how its result gets out. A request's tag carries the channel that owns it and the caller's
 * own tag, so the driver needs no table of requests.
 *
 * The NVMe driver keeps a queue pair per CPU and drive; where a drive offers fewer, CPUs share
 * them.
 *
 * FLUSH and FLUSH_METADATA are fdatasync and fsync of the open file (`file-sync.ts`).
 *
 * Not modelled: a submitter that sleeps while the queue pair is full (its requests stay with their
 * channel instead); request merging; splitting of large requests; partition remapping.
 */
import { assert } from "../../base/assert.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import {
  type CommandTable,
  FLUSH,
  FLUSH_METADATA,
  NO_BUFFER,
  type Opcode,
  WRITE,
} from "../../hardware/nvme/command-table.ts";
import type { QueuePair } from "../../hardware/nvme/queue-pair.ts";
import type { IoStatus } from "../../hardware/nvme/status.ts";
import { announce } from "../isolation/announce.ts";
import { PAGE_BYTES } from "../model.ts";
import { type DioOwner, DioWorkers } from "./dio-workers.ts";
import { FileSync, type SyncPath } from "./file-sync.ts";
import type { CompletionSink, NvmeInterrupts } from "./nvme-interrupts.ts";
import { PLUG_FLUSH_BYTES, PLUG_THRESHOLD, Plug } from "./plug.ts";
import type { PinningTimes, RequestCosts } from "./request-costs.ts";
import type { RequestLayer } from "./request-layers.ts";

/**
 * Entries of a queue pair as Linux sets it up. [linux-5.x drivers/nvme/host/pci.c io_queue_depth]
 */
const QUEUE_DEPTH = 1_024;
/** Low bits of a tag: the caller's own; those above: the channel. */
const CALLER_TAG_BITS = 16;
const CALLER_TAG_MASK = (1 << CALLER_TAG_BITS) - 1;
const OWNER_BITS = 15;
const OWNER_MASK = (1 << OWNER_BITS) - 1;
/** The bit above them, which is the sign: a kernel worker ends the request. */
const ENDS_IN_WORKER = 1 << (CALLER_TAG_BITS + OWNER_BITS);

const NO_PINNING: PinningTimes = { firstPs: 0, nextPs: 0 };

/** What of the path there is; what is missing costs nothing. */
export interface RequestPathShape {
  /** Each request takes and drops a reference to its open file. */
  readonly refersToFile: boolean;
  /** That file is the same one for all threads. */
  readonly sharesFile: boolean;
  /** Pages of user buffers are pinned and unpinned per request. */
  readonly pinsPages: boolean;
  /** Requests go through the block layer. */
  readonly hasBlockLayer: boolean;
  /** Open files: one per drive, or one on a RAID. */
  readonly files: number;
  /** Layers above the block layer, from the top. */
  readonly layers: readonly RequestLayer[];
  /** Files lie on a file system with a journal. */
  readonly hasJournal: boolean;
  /** Writes that nobody waits for in the kernel end in a worker; otherwise in the interrupt. */
  readonly writesEndInWorker?: boolean;
  /** Whose interrupts a queue pair raises: its core's number → the interrupted core's. */
  readonly interruptedCore: (core: number) => number;
}

/** The owner of requests: one channel. */
export interface RequestOwner {
  /** Whether its thread does not wait for a request in the kernel; absent: it does. */
  readonly isAsynchronous?: boolean;
  /**
   * The request `tag` has ended with `status`; its result is there from `atPs` on. May charge
   * `core`.
   */
  requestDone(tag: number, core: Core, atPs: number, status: IoStatus): void;
  /** A queue pair that refused the owner's request may have room from `atPs` on. */
  roomAgain(atPs: number, core: Core): void;
}

export class RequestPath implements CompletionSink, DioOwner, SyncPath {
  /** Where buffers of requests are held. */
  readonly commands: CommandTable;

  readonly #machine: HostMachine;
  readonly #costs: RequestCosts;
  /** Plugs of the owners that have sent several requests by one call. */
  readonly #plugs: (Plug | undefined)[] = [];
  readonly #interrupts: NvmeInterrupts | undefined;
  /** Owners of requests in the queue pairs, and the path that each of them uses. */
  readonly #owners: RequestOwner[];
  readonly #pathOf: RequestPath[];
  /** Queue pairs that were found full, and by which owners. */
  readonly #refused: Map<QueuePair, Set<number>>;
  /** Queue pair of each CPU and drive. */
  readonly #queuePairs: (QueuePair | undefined)[];
  /** Places of each that requests in plugs will take. */
  readonly #promised: Int32Array;
  /** Reference counts of the open files, which the threads of the process share. */
  readonly #fileReferences: readonly SharedLine[];
  readonly #shape: RequestPathShape;
  readonly #fileReferencePs: number;
  readonly #readPinning: PinningTimes;
  readonly #writePinning: PinningTimes;
  readonly #blockLayerPs: number;
  readonly #sync: FileSync;
  readonly #syncOwner: number;
  readonly #dioWorkers: DioWorkers;

  /**
   * @param interrupts undefined when completions are polled for.
   * @param beside a path of another shape into the same queue pairs: a CPU has one per drive.
   */
  constructor(
    machine: HostMachine,
    costs: RequestCosts,
    interrupts: NvmeInterrupts | undefined,
    shape: RequestPathShape,
    beside?: RequestPath,
  ) {
    this.#machine = machine;
    const drives = machine.array.shape.driveCount;
    const slots = machine.cores.length * drives;
    this.#owners = beside === undefined ? [] : beside.#owners;
    this.#pathOf = beside === undefined ? [] : beside.#pathOf;
    this.#refused = beside === undefined ? new Map() : beside.#refused;
    this.#queuePairs = beside === undefined ? new Array(slots).fill(undefined) : beside.#queuePairs;
    this.#promised = beside === undefined ? new Int32Array(slots) : beside.#promised;
    this.commands = machine.array.commands;
    this.#costs = costs;
    this.#interrupts = interrupts;
    this.#shape = shape;
    this.#readPinning = shape.pinsPages ? costs.pagePinning : NO_PINNING;
    const { zeroPagePinning } = costs;
    this.#writePinning =
      shape.pinsPages && zeroPagePinning !== undefined ? zeroPagePinning : this.#readPinning;
    const reference = shape.refersToFile ? 1 : 0;
    this.#fileReferencePs = reference * costs.fileReferencePs;
    this.#blockLayerPs = shape.hasBlockLayer ? costs.blockLayerPs : 0;
    this.#fileReferences = Array.from(
      { length: shape.files },
      () => new SharedLine(machine.lineTransfer),
    );
    this.#dioWorkers = new DioWorkers(this, costs.worker, machine.cores.length);
    const { driveCount, driveBytes, times } = machine.array.shape;
    this.#sync = new FileSync(this, costs.sync, {
      driveCount,
      driveBytes,
      isOneFile: shape.files === 1,
      hasJournal: shape.hasJournal,
      hasVolatileCache: times.hasVolatileCache,
    });
    this.#syncOwner = this.addOwner({
      requestDone: (slot, core, atPs, status) => this.#sync.commandDone(slot, core, atPs, status),
      roomAgain: (atPs, core) => this.#sync.retry(core, atPs),
    });
  }

  /** Makes `owner` known; the number goes into its requests' tags. */
  addOwner(owner: RequestOwner): number {
    const index = this.#owners.push(owner) - 1;
    this.#pathOf.push(this);
    assert(index <= OWNER_MASK, "more channels than tags can tell apart");
    return index;
  }

  /**
   * Sends one request down to the drive, charging `core`; returns false, and does nothing, when the
   * queue pair is full.
   * @param buffer handle of the data's buffer in `commands`.
   */
  send(
    core: Core,
    owner: number,
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer: number = NO_BUFFER,
  ): boolean {
    const isSync = opcode === FLUSH || opcode === FLUSH_METADATA;
    // Passthrough knows no files: its flush is the drive's own.
    if (isSync && this.#shape.hasBlockLayer) {
      // One that blocks does it itself.
      const usesWorker = this.#owners[owner]!.isAsynchronous === true;
      this.#sync.start(core, owner, opcode, drive, tag, usesWorker);
      return true;
    }
    const slot = this.#slotOf(core, drive);
    const queuePair = this.#queuePairs[slot] ?? this.#createQueuePair(core, drive);
    if (queuePair.room <= this.#promised[slot]!) return this.#refuse(queuePair, owner);
    const shape = this.#shape;
    const nextPages = isSync ? 0 : Math.ceil(bytes / PAGE_BYTES) - 1;
    this.#fileReference(drive)?.readAndSwap(core);
    core.charge(CAUSE.ioInterface, this.#fileReferencePs);
    if (!isSync) {
      const { firstPs, nextPs } = opcode === WRITE ? this.#writePinning : this.#readPinning;
      core.charge(CAUSE.pagePinning, firstPs + nextPages * nextPs);
    }
    for (const layer of shape.layers) layer.submit(core, drive, opcode);
    core.charge(CAUSE.blockLayer, this.#blockLayerPs);
    const command = opcode === FLUSH_METADATA ? FLUSH : opcode;
    const fullTag = this.#wayBack(owner, opcode) | (owner << CALLER_TAG_BITS) | tag;
    const plug = this.#plugs[owner];
    if (plug?.isOpen === true && !isSync) {
      plug.add(command, drive, slot, offset, bytes, fullTag, buffer);
      this.#promised[slot]! += 1;
      if (plug.isFull || bytes >= PLUG_FLUSH_BYTES) this.#flushPlug(core, plug);
    } else this.#dispatch(core, queuePair, command, offset, bytes, fullTag, buffer, true);
    if (opcode === WRITE && shape.hasJournal) this.#sync.wrote(drive, core.cursorPs);
    return true;
  }

  /** The bit of its tag that says where a request ends. */
  #wayBack(owner: number, opcode: Opcode): number {
    if (opcode !== WRITE || this.#shape.writesEndInWorker !== true) return 0;
    return this.#owners[owner]!.isAsynchronous === true ? ENDS_IN_WORKER : 0;
  }

  /** A call of `owner` is about to send `requests` requests, until `unplug`. */
  plug(owner: number, requests: number): void {
    const isOpen = requests > PLUG_THRESHOLD;
    const existing = this.#plugs[owner];
    if (existing !== undefined) existing.isOpen = isOpen;
    else if (isOpen) this.#plugs[owner] = new Plug(this.#queuePairs.length);
  }

  /** The call has sent its requests. */
  unplug(core: Core, owner: number): void {
    const plug = this.#plugs[owner];
    if (plug === undefined) return;
    plug.isOpen = false;
    if (plug.length > 0) this.#flushPlug(core, plug);
  }

  #flushPlug(core: Core, plug: Plug): void {
    plug.flush(({ opcode, slot, offset, bytes, tag, buffer }, isLast) => {
      this.#promised[slot]! -= 1;
      const queuePair = this.#queuePairs[slot]!;
      this.#dispatch(core, queuePair, opcode, offset, bytes, tag, buffer, isLast);
    });
  }

  /** The driver's part: the command, and the doorbell unless more follow for the same queue. */
  #dispatch(
    core: Core,
    queuePair: QueuePair,
    opcode: Opcode,
    offset: number,
    bytes: number,
    fullTag: number,
    buffer: number,
    ringsDoorbell: boolean,
  ): void {
    const costs = this.#costs;
    const nextPages = bytes === 0 ? 0 : Math.ceil(bytes / PAGE_BYTES) - 1;
    const scatterPs = nextPages > 0 ? costs.scatterSetUpPs : 0;
    core.charge(CAUSE.driver, costs.driverPs + scatterPs + nextPages * costs.driverNextPagePs);
    queuePair.submit(opcode, offset, bytes, fullTag, buffer);
    if (ringsDoorbell) announce(core, queuePair, this.#machine.guest);
  }

  /** A command of the kernel's own: no file, no user pages, no scheduler. */
  sendOwn(
    core: Core,
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    slot: number,
    lagPs: number,
  ): boolean {
    const queuePair = this.queuePair(core, drive);
    if (queuePair.isFull) return this.#refuse(queuePair, this.#syncOwner);
    core.charge(CAUSE.blockLayer, opcode === FLUSH ? 0 : this.#blockLayerPs);
    core.charge(CAUSE.driver, this.#costs.driverPs);
    queuePair.submit(opcode, offset, bytes, (this.#syncOwner << CALLER_TAG_BITS) | slot);
    announce(core, queuePair, this.#machine.guest, lagPs);
    return true;
  }

  deliver(owner: number, tag: number, core: Core, atPs: number, status: IoStatus): void {
    this.#owners[owner]!.requestDone(tag, core, atPs, status);
  }

  /** The queue pair that `core` uses for `drive`. */
  queuePair(core: Core, drive: number): QueuePair {
    return this.#queuePairs[this.#slotOf(core, drive)] ?? this.#createQueuePair(core, drive);
  }

  /** CPUs share queue pairs where the drive has fewer. */
  #sharedBy(core: Core): number {
    const { array, cores } = this.#machine;
    return core.index % Math.min(cores.length, array.shape.queuePairsMax);
  }

  #slotOf(core: Core, drive: number): number {
    return drive * this.#machine.cores.length + this.#sharedBy(core);
  }

  #createQueuePair(core: Core, drive: number): QueuePair {
    const { array, cores } = this.#machine;
    const depth = Math.min(QUEUE_DEPTH, array.shape.queueDepthMax);
    const created = array.createQueuePair(drive, depth);
    const interrupted = cores[this.#shape.interruptedCore(this.#sharedBy(core))];
    assert(interrupted !== undefined, "queue pairs belong to cores");
    this.#interrupts?.attach(created, interrupted, this);
    this.#queuePairs[this.#slotOf(core, drive)] = created;
    return created;
  }

  /** Finishes a request whose completion entry was taken; returns the time charged. */
  complete(fullTag: number, drive: number, core: Core, atPs: number, status: IoStatus): number {
    const beforePs = core.cursorPs;
    const endsInWorker = (fullTag & ENDS_IN_WORKER) !== 0;
    if (!endsInWorker) this.#leaveLayers(fullTag, drive, core);
    core.charge(CAUSE.completion, this.#costs.completionPs);
    const donePs = atPs + core.cursorPs - beforePs;
    if (endsInWorker) this.#dioWorkers.queue(fullTag, drive, core, donePs, status);
    else this.#callBack(fullTag, core, donePs, status);
    if (this.#refused.size > 0) this.#announceRoom(donePs, core);
    return core.cursorPs - beforePs;
  }

  finish(fullTag: number, drive: number, core: Core, atPs: number, status: IoStatus): number {
    const beforePs = core.cursorPs;
    this.#leaveLayers(fullTag, drive, core);
    this.#callBack(fullTag, core, atPs + core.cursorPs - beforePs, status);
    return core.cursorPs - beforePs;
  }

  handlerReturned(core: Core, atPs: number): void {
    this.#dioWorkers.run(core, atPs);
  }

  /** Switches to kernel workers so far, and back from them. */
  get workerSwitches(): number {
    return this.#dioWorkers.switches;
  }

  /** The request comes back through the layers, and its reference to the file is dropped. */
  #leaveLayers(fullTag: number, drive: number, core: Core): void {
    const owner = (fullTag >>> CALLER_TAG_BITS) & OWNER_MASK;
    const path = this.#pathOf[owner]!;
    if (owner === path.#syncOwner) return;
    for (const layer of path.#shape.layers) layer.complete(core, drive);
    path.#fileReference(drive)?.update(core);
  }

  #callBack(fullTag: number, core: Core, atPs: number, status: IoStatus): void {
    const owner = this.#owners[(fullTag >>> CALLER_TAG_BITS) & OWNER_MASK]!;
    owner.requestDone(fullTag & CALLER_TAG_MASK, core, atPs, status);
  }

  /** `owner` has to wait until `queuePair` has room; returns false. */
  #refuse(queuePair: QueuePair, owner: number): false {
    const owners = this.#refused.get(queuePair);
    if (owners === undefined) this.#refused.set(queuePair, new Set([owner]));
    else owners.add(owner);
    return false;
  }

  /**
   * Tells those that wait for a queue pair with room, and nobody else: tags and their waiters are
   * a hardware queue's own. [linux-5.x block/blk-mq-tag.c blk_mq_get_tag, bt_wait_ptr]
   */
  #announceRoom(atPs: number, core: Core): void {
    for (const [queuePair, owners] of this.#refused) {
      if (queuePair.isFull) continue;
      this.#refused.delete(queuePair);
      for (const owner of owners) this.#owners[owner]!.roomAgain(atPs, core);
    }
  }

  /**
   * The open file's reference count, if requests count there: taken by a compare-and-swap that may
   * not begin at 0, dropped by a subtraction. Undefined where no other thread uses it.
   * [linux-5.x include/linux/fs.h get_file_rcu; fs/file_table.c fput]
   */
  #fileReference(drive: number): SharedLine | undefined {
    const { refersToFile, sharesFile } = this.#shape;
    if (!refersToFile || !sharesFile) return undefined;
    const files = this.#fileReferences;
    return files[files.length === 1 ? 0 : drive]!;
  }
}
