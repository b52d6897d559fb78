/** From the VFS to the drive and back, shared by all threads of the unikernel. */
import { assert } from "../../../base/assert.ts";
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import {
  type CommandTable,
  FLUSH,
  FLUSH_METADATA,
  type Opcode,
} from "../../../hardware/nvme/command-table.ts";
import type { QueuePair } from "../../../hardware/nvme/queue-pair.ts";
import type { IoStatus } from "../../../hardware/nvme/status.ts";
import type { Simulation } from "../../../sim/simulation.ts";
import { announce } from "../../isolation/announce.ts";
import type { CompletionSink, NvmeInterrupts } from "../../kernel/nvme-interrupts.ts";
import type { Thread } from "../../model.ts";
import { VfsLock } from "./vfs-lock.ts";

/** Entries of a queue pair. [osv drivers/nvme.cc NVME_IO_QUEUE_SIZE] */
const QUEUE_DEPTH = 64;

/** What the steps take, in picoseconds. */
export interface PosixPathCosts {
  readonly vfsLockPs: number;
  readonly bioPs: number;
  readonly driverPs: number;
  readonly wakeUpPs: number;
  readonly contextSwitchPs: number;
}

/** The owner of one request at a time. */
export interface PosixOwner {
  /** The request has ended with `status`, and its thread is runnable from `atPs` on. */
  requestDone(atPs: number, status: IoStatus): void;
  /** A queue pair that refused the owner's request may have room from `atPs` on. */
  roomAgain(atPs: number): void;
}

export class PosixPath implements CompletionSink {
  /** Where buffers of requests are held. */
  readonly commands: CommandTable;
  readonly #machine: HostMachine;
  readonly #interrupts: NvmeInterrupts;
  readonly #costs: PosixPathCosts;
  readonly #vfsLock: VfsLock;
  readonly #channels: PosixOwner[] = [];
  /** Queue pairs that were found full, and by which channels, the first one first. */
  readonly #refused = new Map<QueuePair, Set<number>>();
  /** Queue pair of each CPU and drive. */
  readonly #queuePairs: (QueuePair | undefined)[];

  constructor(
    simulation: Simulation,
    machine: HostMachine,
    interrupts: NvmeInterrupts,
    costs: PosixPathCosts,
  ) {
    this.#machine = machine;
    this.commands = machine.array.commands;
    this.#interrupts = interrupts;
    this.#costs = costs;
    this.#vfsLock = new VfsLock(simulation, costs.wakeUpPs);
    const slots = machine.cores.length * machine.array.shape.driveCount;
    this.#queuePairs = new Array(slots).fill(undefined);
  }

  /** Makes `channel` known; its number is the tag of its one request. */
  addChannel(channel: PosixOwner): number {
    return this.#channels.push(channel) - 1;
  }

  /**
   * Sends one request of `thread`; returns false when it has to be called again, once the thread
   * was woken: somebody has the lock, or the CPU's queue pair is full.
   */
  send(
    thread: Thread,
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    channel: number,
    buffer: number,
  ): boolean {
    const lock = this.#vfsLock;
    const { vfsLockPs } = this.#costs;
    if (!lock.tryAcquire(thread, vfsLockPs)) return false;
    const { core } = thread;
    const fromPs = core.cursorPs;
    const queuePair = this.#queuePair(core, drive);
    if (queuePair.isFull) {
      lock.release(thread, fromPs);
      return this.#refuse(queuePair, channel);
    }
    core.charge(CAUSE.fileSystem, vfsLockPs);
    lock.release(thread, fromPs);
    core.charge(CAUSE.blockLayer, this.#costs.bioPs);
    core.charge(CAUSE.driver, this.#costs.driverPs);
    // fsync is a flush bio, always sent. [osv fs/devfs/device.cc, drivers/nvme-queue.cc BIO_FLUSH]
    const command = opcode === FLUSH_METADATA ? FLUSH : opcode;
    queuePair.submit(command, offset, bytes, channel, buffer);
    announce(core, queuePair, this.#machine.guest);
    return true;
  }

  /** The handler wakes the completion thread, and that one the caller. */
  complete(channel: number, drive: number, core: Core, atPs: number, status: IoStatus): number {
    const { wakeUpPs, contextSwitchPs } = this.#costs;
    let tookPs = core.charge(CAUSE.wakeUp, wakeUpPs);
    tookPs += core.charge(CAUSE.contextSwitch, contextSwitchPs);
    tookPs += core.charge(CAUSE.wakeUp, wakeUpPs);
    this.#channels[channel]!.requestDone(atPs + tookPs, status);
    if (this.#refused.size > 0) this.#announceRoom(this.#queuePair(core, drive), atPs + tookPs);
    return tookPs;
  }

  /** `channel` has to wait until `queuePair` has room; returns false. */
  #refuse(queuePair: QueuePair, channel: number): false {
    const channels = this.#refused.get(queuePair);
    if (channels === undefined) this.#refused.set(queuePair, new Set([channel]));
    else channels.add(channel);
    return false;
  }

  /**
   * `queuePair` has an entry free again: whoever has waited for it longest has it. One thread waits
   * for the entry, holding the mutex of its own queue pair; the others wait for that mutex.
   * [osv drivers/nvme-queue.cc io_queue_pair::make_request, req_done: _sq_full_waiter]
   */
  #announceRoom(queuePair: QueuePair, atPs: number): void {
    const channels = this.#refused.get(queuePair);
    if (channels === undefined) return;
    const longest = channels.values().next().value!;
    channels.delete(longest);
    if (channels.size === 0) this.#refused.delete(queuePair);
    this.#channels[longest]!.roomAgain(atPs);
  }

  #queuePair(core: Core, drive: number): QueuePair {
    const { array, cores } = this.#machine;
    const shared = core.index % Math.min(cores.length, array.shape.queuePairsMax);
    const slot = drive * cores.length + shared;
    const existing = this.#queuePairs[slot];
    if (existing !== undefined) return existing;
    const created = array.createQueuePair(drive, Math.min(QUEUE_DEPTH, array.shape.queueDepthMax));
    const interrupted = cores[shared];
    assert(interrupted !== undefined, "queue pairs belong to cores");
    this.#interrupts.attach(created, interrupted, this);
    this.#queuePairs[slot] = created;
    return created;
  }
}
