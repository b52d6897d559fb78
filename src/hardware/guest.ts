/**
 * What hardware virtualisation costs a guest: times of leaving the virtual machine and coming back.
 *
 * A device that is passed through, and memory that the host never takes back, cost a guest nothing
 * but interrupts and the second dimension of page walks (`mmu.nested`).
 */
export interface GuestTimes {
  /** A device or a timer interrupts a core that runs the guest: the host takes it, injects it. */
  readonly interruptPs: number;
  /** The write that ends an interrupt. */
  readonly interruptEndPs: number;
  /** Telling an emulated drive of what is in one of its queues; 0: it is passed through. */
  readonly notifyPs: number;
  /** The host's own work for each command that an emulated drive is told of; 0 likewise. */
  readonly commandPs: number;
  /** Writing the interrupt command register, or asking the host to interrupt many: one exit. */
  readonly ipiSendPs: number;
  /** The host's work to make one other virtual core take an interrupt. */
  readonly ipiKickPs: number;
  /** Setting this core's own timer. */
  readonly timerPs: number;
  /** Receiving such an interrupt, beside what it is for. */
  readonly ipiReceivePs: number;
  /** What happens when the guest gives memory back; undefined: it does not. */
  readonly memoryReturn: MemoryReturn | undefined;
  readonly halt: HaltTimes;
}

/** The host drops its own translations of memory that the guest gives back, on every core. */
export interface MemoryReturn {
  /** Asking for it: one exit. */
  readonly askPs: number;
  /** Interrupting one other core that runs the guest. */
  readonly sendPs: number;
  /** What such a core leaves the guest for, dropping apart. */
  readonly receivePs: number;
}

/** What becomes of a virtual core that halts. */
export interface HaltTimes {
  /** Out of the guest, and into it again. */
  readonly leavePs: number;
  readonly enterPs: number;
  /** Waking the host's thread of the core and switching to it, where it has blocked. */
  readonly resumePs: number;
  /** How long the host looks for an event before it blocks: at least, if at all, and at most. */
  readonly pollStartPs: number;
  readonly pollMaxPs: number;
}
