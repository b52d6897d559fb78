/**
 * A virtual core that has nothing to do halts, and with that leaves the guest.
 *
 * Its thread on the host looks for an event for a while (halt polling) and then blocks, so that the
 * host's core goes idle in turn. What rouses it, an interrupt of a device, of another core or of
 * its timer, is seen at once by one that still looks; one that has blocked has to be woken and
 * switched to. Both then enter the guest.
 *
 * How long it looks adapts: doubled whenever a halt lasted longer than that and yet less than the
 * longest time, none at all after a halt beyond the longest time.
 * [linux-5.x virt/kvm/kvm_main.c kvm_vcpu_block, grow_halt_poll_ns, shrink_halt_poll_ns]
 *
 * Not modelled: what a look takes from the other hardware thread of the physical core.
 */
import type { Core, HaltedState } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { HaltTimes } from "../../hardware/guest.ts";

/** [linux-5.x virt/kvm/kvm_main.c halt_poll_ns_grow] */
const GROWTH = 2;

export class HaltedCore implements HaltedState {
  readonly #times: HaltTimes;
  #pollPs = 0;

  constructor(times: HaltTimes) {
    this.#times = times;
  }

  leave(core: Core, atPs: number): void {
    const { leavePs, enterPs, resumePs } = this.#times;
    core.charge(CAUSE.hypervisor, leavePs);
    const haltedPs = core.cursorPs;
    core.passUntil(atPs, CAUSE.idle);
    if (core.cursorPs - haltedPs > this.#pollPs) {
      core.passUntil(core.cursorPs + core.idleExitPs, CAUSE.idle);
      core.charge(CAUSE.hypervisor, resumePs);
    }
    this.#adapt(core.cursorPs - haltedPs);
    core.charge(CAUSE.hypervisor, enterPs);
  }

  #adapt(blockedPs: number): void {
    const { pollStartPs, pollMaxPs } = this.#times;
    if (blockedPs <= this.#pollPs) return;
    if (blockedPs > pollMaxPs) this.#pollPs = 0;
    else if (blockedPs < pollMaxPs) {
      this.#pollPs = Math.min(pollMaxPs, Math.max(pollStartPs, GROWTH * this.#pollPs));
    }
  }
}
