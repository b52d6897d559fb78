/** What layers of isolation cost, beside what the hardware's nested page walks take. */
import type { BackendCosts, CostMeanings } from "../model.ts";

export const vmCosts = {
  "vm.exit": {
    value: 1_536,
    unit: "cycles",
    atGHz: 2.2,
    provenance: "published",
    source: "libdbos25",
    where: "§7.2: fixed overhead of a system call proxied through a VM exit (D2, P25)",
  },
  "vm.kick": {
    value: 750,
    unit: "ns",
    provenance: "derived",
    source: "kvm-send-ipi",
    where:
      "x2APIC, pv-ipi: 78.1 µs per broadcast to 79 virtual cores, less an exit (1.5 µs, vanilla " +
      "less pv-ipi) and the last one's receipt (2.2 µs), less two lines of each call (190 ns)",
  },
  "vm.resume": {
    value: 1_400,
    unit: "ns",
    provenance: "derived",
    source: "switch-blogs",
    where: "the host wakes the processor's thread and switches to it: 0.3 + 1.1 µs (P21, P22)",
  },
  "vm.haltPollStart": {
    value: 10_000,
    unit: "ns",
    provenance: "published",
    source: "linux-5.x",
    where: "virt/kvm/kvm_main.c halt_poll_ns_grow_start",
  },
  "vm.haltPollMax": {
    value: 200_000,
    unit: "ns",
    provenance: "published",
    source: "linux-5.x",
    where: "arch/x86/include/asm/kvm_host.h KVM_HALT_POLL_NS_DEFAULT; before Linux 4.1 none",
  },
  "vm.hostFlush": {
    value: 437,
    unit: "cycles",
    atGHz: 2,
    provenance: "published",
    source: "skyloft24",
    where: "the host interrupts a core that runs a guest: sending, as to one of its own (P15)",
  },
  "vm.virtioRequest": {
    value: 3_000,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "drivers/block/virtio_blk.c and the host's own way to the drive, once down, once up",
    range: [1_500, 8_000],
  },
} as const satisfies BackendCosts;

export const vmCostMeanings: CostMeanings<keyof typeof vmCosts> = {
  "vm.exit": { cause: "hypervisor", meaning: "leaving the virtual machine and coming back" },
  "vm.kick": {
    cause: "hypervisor",
    meaning: "the host delivers an interrupt to one running virtual core",
  },
  "vm.resume": {
    cause: "hypervisor",
    meaning: "idle=guest-halt: the host's thread of a core that has blocked, woken and switched to",
  },
  "vm.haltPollStart": {
    cause: "idle",
    isInterval: true,
    meaning: "idle=guest-halt: how long the host looks for an event before it blocks, at first",
  },
  "vm.haltPollMax": {
    cause: "idle",
    isInterval: true,
    meaning: "idle=guest-halt: the longest time that it looks (0: it blocks at once)",
  },
  "vm.hostFlush": {
    cause: "hypervisor",
    meaning: "a guest gives memory back: the host's request to one other core that runs it",
  },
  "vm.virtioRequest": {
    cause: "hypervisor",
    meaning: "one request through an emulated drive, on the submitting core, exits apart",
  },
};

export const containerCosts = {
  "container.systemCall": {
    value: 40,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "kernel/seccomp.c: a filter of some dozen instructions per system call",
    range: [10, 150],
  },
} as const satisfies BackendCosts;

export const containerCostMeanings: CostMeanings<keyof typeof containerCosts> = {
  "container.systemCall": { cause: "systemCall", meaning: "a container's filter of one call" },
};
