/**
 * Layers under the operating system: bare metal, container, virtual machine, both.
 *
 * A container is the same kernel with a filter in front of every system call. A virtual machine is
 * the same machine whose page walks have a second dimension, whose interrupts pass the host, and
 * whose idle cores halt; its drives are passed through, or emulated by the host (virtio).
 *
 * Law: with exits, halts and the second dimension at no cost, a virtual machine is bare metal.
 */
import type { CostTable } from "../../base/sourced.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import type { CostMeanings, IoChannel, Opcode, StorageFacet, Thread, Wait } from "../model.ts";
import { containerCostMeanings, containerCosts, vmCostMeanings, vmCosts } from "./costs.ts";

/** What lies between the operating system and the machine, as a spec says it. */
export interface Isolation {
  readonly isolation: "bare" | "container" | "vm" | "vm+container";
  readonly virtualStorage: "passthrough" | "virtio";
  /** Whether memory that the guest releases goes back to the host: a second shootdown. */
  readonly returnsMemory: boolean;
}

const hasVm = ({ isolation }: Isolation): boolean => isolation.startsWith("vm");
const hasContainer = ({ isolation }: Isolation): boolean => isolation.endsWith("container");

/** Costs that a run has because of its isolation. */
export function isolationCosts(isolation: Isolation): CostTable {
  return { ...(hasVm(isolation) && vmCosts), ...(hasContainer(isolation) && containerCosts) };
}

export const isolationCostMeanings: CostMeanings = { ...vmCostMeanings, ...containerCostMeanings };

/** The costs of software under `isolation`: a container filters whatever enters the kernel. */
export function isolatedCosts(
  isolation: Isolation,
  costs: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const filterPs = costs["container.systemCall"];
  const callPs = costs["kernel.systemCall"];
  if (!hasContainer(isolation) || filterPs === undefined || callPs === undefined) return costs;
  return { ...costs, "kernel.systemCall": callPs + filterPs };
}

/** The machine as the guest sees it. */
export function isolatedMachine(
  isolation: Isolation,
  machine: HostMachine,
  costs: Readonly<Record<string, number>>,
  nestedShare: number,
): HostMachine {
  if (!hasVm(isolation)) return machine;
  const exitPs = costs["vm.exit"]!;
  const idleExitPs = machine.idleExitPs + costs["vm.haltWake"]!;
  for (const core of machine.cores) core.idleExitPs = idleExitPs;
  machine.mmu.nested = { share: nestedShare };
  return {
    ...machine,
    idleExitPs,
    guest: {
      // The interrupt itself leaves the guest, and so does the write that ends it.
      interruptPs: 2 * exitPs,
      ipiSendPs: exitPs,
      ipiKickPs: costs["vm.kick"]!,
      ipiReceivePs: 2 * exitPs,
      returnPs: isolation.returnsMemory ? costs["vm.hostFlush"]! : 0,
    },
  };
}

/** The storage facet as the guest sees it. */
export function isolatedStorage(
  isolation: Isolation,
  storage: StorageFacet,
  costs: Readonly<Record<string, number>>,
): StorageFacet {
  if (!hasVm(isolation) || isolation.virtualStorage === "passthrough") return storage;
  const kickPs = costs["vm.exit"]!;
  const requestPs = costs["vm.virtioRequest"]!;
  const { openBuffered } = storage;
  return {
    get interrupts() {
      return storage.interrupts;
    },
    get workerSwitches() {
      return storage.workerSwitches ?? 0;
    },
    openChannel: (thread, depth) =>
      new VirtioChannel(thread, storage.openChannel(thread, depth), kickPs, requestPs),
    ...(openBuffered && { openBuffered: openBuffered.bind(storage) }),
  };
}

/** A channel whose every hand-over leaves the guest, where the host does its part of the work. */
class VirtioChannel implements IoChannel {
  readonly depth: number;
  readonly completed: Int32Array;
  readonly completedStatus: Uint8Array;
  readonly completionWait: Wait;
  readonly #thread: Thread;
  readonly #inner: IoChannel;
  readonly #kickPs: number;
  readonly #requestPs: number;
  #prepared = 0;

  constructor(thread: Thread, inner: IoChannel, kickPs: number, requestPs: number) {
    this.#thread = thread;
    this.#inner = inner;
    this.#kickPs = kickPs;
    this.#requestPs = requestPs;
    this.depth = inner.depth;
    this.completed = inner.completed;
    this.completedStatus = inner.completedStatus;
    this.completionWait = inner.completionWait;
  }

  prepare(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer?: Uint8Array,
  ): void {
    this.#prepared += 1;
    this.#inner.prepare(opcode, drive, offset, bytes, tag, buffer);
  }

  submit(): void {
    if (this.#prepared > 0) {
      const hostPs = this.#kickPs + this.#prepared * this.#requestPs;
      this.#thread.core.charge(CAUSE.hypervisor, hostPs);
      this.#prepared = 0;
    }
    this.#inner.submit();
  }

  reap(limit: number): number {
    return this.#inner.reap(limit);
  }

  get isCut(): boolean {
    return this.#inner.isCut === true;
  }
}
