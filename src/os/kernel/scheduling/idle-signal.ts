/**
 * Reaching an idle core.
 *
 * A core that watches memory is roused by a store. One that halts needs an interrupt. In a virtual
 * machine both sides leave the guest: the sender, whose write to the interrupt controller the
 * hypervisor emulates, and the receiver, whose processor the host has given to somebody else: a
 * host thread has to be woken and switched to before the guest goes on.
 * [linux-5.x arch/x86/kvm/lapic.c kvm_apic_send_ipi, virt/kvm/kvm_main.c kvm_vcpu_block]
 */
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { BackendCosts, CostMeanings } from "../../model.ts";
import type { OptionValues } from "../../options.ts";
import type { Signal, Step } from "./scheduling-plan.ts";

export const guestCosts = {
  "guest.exit": {
    value: 1_536,
    unit: "cycles",
    atGHz: 2.2,
    provenance: "published",
    source: "libdbos25",
    where: "§7.2, fixed overhead of a VM exit and its handling (D2)",
  },
  "guest.resume": {
    value: 1_400,
    unit: "ns",
    provenance: "derived",
    source: "switch-blogs",
    where: "the host wakes the processor's thread and switches to it: 0.3 + 1.1 µs (P21, P22)",
  },
} as const satisfies BackendCosts;

export const guestCostMeanings: CostMeanings<keyof typeof guestCosts> = {
  "guest.exit": { cause: "hypervisor", meaning: "idle=guest-halt: one exit to the hypervisor" },
  "guest.resume": {
    cause: "hypervisor",
    meaning: "idle=guest-halt: the host's thread of a halted processor, woken and switched to",
  },
};

/** A core that watches memory sees a store as soon as the line has moved. */
export function watchSignal(machine: HostMachine): Signal {
  return { send: [], travelPs: machine.lineTransfer.farPs, receive: [] };
}

/** Leaving the idle state: a core that polls was never in one. */
export function idleExit(options: OptionValues, machine: HostMachine): number {
  return options["idle"] === "poll" ? 0 : machine.idleExitPs;
}

/** The signal that rouses an idle core, given what an interrupt takes on both sides. */
export function idleSignal(
  options: OptionValues,
  machine: HostMachine,
  costs: Readonly<Record<keyof typeof guestCosts, number>>,
  interrupt: { readonly send: Step; readonly receive: Step },
): Signal {
  const { idle } = options;
  if (idle !== "halt" && idle !== "guest-halt") return watchSignal(machine);
  const send = [interrupt.send];
  const receive = [interrupt.receive];
  if (idle === "guest-halt") {
    const exit = { cause: CAUSE.hypervisor, ps: costs["guest.exit"] };
    send.push(exit);
    receive.unshift(exit, { cause: CAUSE.hypervisor, ps: costs["guest.resume"] });
  }
  return { send, travelPs: machine.interruptDeliveryPs, receive };
}
