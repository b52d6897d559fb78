/**
 * What hardware virtualisation costs a guest: times of leaving the virtual machine and coming back.
 *
 * A device that is passed through, and memory that the host never takes back, cost a guest nothing
 * but interrupts and the second dimension of page walks (`mmu.nested`).
 */
export interface GuestTimes {
  /** One device interrupt: the host takes it, injects it, and emulates its end. */
  readonly interruptPs: number;
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
  /** Dropping the host's entries too when the guest gives memory back; 0: it does not. */
  readonly returnPs: number;
}
