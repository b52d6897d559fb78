/** The machine of one run: its hardware threads and its NVMe array. */
import type { Core } from "./cpu/core.ts";
import type { InterProcessorInterrupts } from "./cpu/ipi.ts";
import type { LineTransferTimes } from "./cpu/shared-line.ts";
import type { GuestTimes } from "./guest.ts";
import type { Mmu } from "./mmu/mmu.ts";
import type { NvmeArray } from "./nvme/nvme-array.ts";

export interface HostMachine {
  /** Hardware threads in the order in which a system fills them: first one per physical core. */
  readonly cores: readonly Core[];
  readonly array: NvmeArray;
  /** Address translation of every core. */
  readonly mmu: Mmu;
  readonly ipis: InterProcessorInterrupts;
  readonly lineTransfer: LineTransferTimes;
  /** Bytes of the last-level cache that a core complex shares. */
  readonly lastLevelBytes: number;
  readonly interruptDeliveryPs: number;
  readonly idleExitPs: number;
  /** What leaving the virtual machine costs, if the system runs in one. */
  readonly guest?: GuestTimes;
  /** How far a core may run ahead of the simulation's clock, in picoseconds. */
  readonly lookaheadPs: number;
}
