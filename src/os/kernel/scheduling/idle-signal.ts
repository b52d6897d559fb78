/**
 * How an idle core waits, and with that how it is reached.
 *
 * A core that watches memory is roused by a store. One that halts needs an interrupt. In a virtual
 * machine the sender's write to the interrupt controller is the hypervisor's to emulate, so it
 * leaves the guest; so does a receiver that runs, and the end of its interrupt. One that has halted
 * has left the guest before (`isolation/halted-core.ts`).
 * [linux-5.x arch/x86/kvm/lapic.c kvm_apic_send_ipi, virt/kvm/kvm_main.c kvm_vcpu_block]
 */
import { assert } from "../../../base/assert.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { OptionValues } from "../../options.ts";
import type { IdlePlan, Signal, Step } from "./scheduling-plan.ts";

/** An interrupt of another core, as the processor takes it: what both sides pay. */
export interface Interrupt {
  readonly send: Step;
  readonly receive: Step;
}

/** A core that watches memory sees a store as soon as the line has moved. */
export function watchSignal(machine: HostMachine): Signal {
  return { send: [], travelPs: machine.lineTransfer.farPs, receive: [] };
}

/** An interrupt of a core that runs, if it is a virtual one, its guest. */
export function interruptSignal(machine: HostMachine, interrupt: Interrupt): Signal {
  const { guest } = machine;
  return signalWithExits(
    machine,
    interrupt,
    guest && guest.ipiSendPs + guest.ipiKickPs,
    guest?.ipiReceivePs,
  );
}

/** How idle cores wait, given what an interrupt of another core takes. */
export function idlePlan(
  options: OptionValues,
  machine: HostMachine,
  interrupt: Interrupt,
): IdlePlan {
  const { guest, idleExitPs } = machine;
  switch (options["idle"]) {
    case "guest-halt": {
      assert(guest !== undefined, "only a guest's cores halt like one's");
      const { ipiSendPs, interruptEndPs, halt } = guest;
      const rouse = signalWithExits(machine, interrupt, ipiSendPs, interruptEndPs);
      return { rouse, idleExitPs, halt };
    }
    case "halt":
      return { rouse: interruptSignal(machine, interrupt), idleExitPs };
    case "poll":
      return { rouse: watchSignal(machine), idleExitPs: 0 };
    default:
      return { rouse: watchSignal(machine), idleExitPs };
  }
}

function signalWithExits(
  { interruptDeliveryPs }: HostMachine,
  { send, receive }: Interrupt,
  sendPs: number | undefined,
  receivePs: number | undefined,
): Signal {
  const exit = (ps: number | undefined): Step[] =>
    ps === undefined ? [] : [{ cause: CAUSE.hypervisor, ps }];
  return {
    send: [send, ...exit(sendPs)],
    travelPs: interruptDeliveryPs,
    receive: [receive, ...exit(receivePs)],
  };
}
