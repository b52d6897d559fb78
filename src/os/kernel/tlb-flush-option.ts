/** How an address space tells other cores what to drop: an option of several memory facets. */
import type { BackendOption } from "../options.ts";

/**
 * The processor's way, as options name it. KVM neither shows guests the instruction nor sets the
 * bit without which it faults there. [linux-6.x arch/x86/kvm/cpuid.c kvm_set_cpu_caps,
 * arch/x86/include/asm/svm.h SVM_NESTED_CTL_*]
 */
export const BY_PROCESSOR =
  "by the processor (INVLPGB; in a virtual machine a what-if, for KVM keeps it from guests)";

export const TLB_FLUSH: BackendOption = {
  name: "tlb_flush",
  type: "choice",
  choices: ["interrupt", "broadcast", "miracle"],
  default: "interrupt",
  meaning:
    `how other cores drop translations: by interrupts, ${BY_PROCESSOR}, or for nothing, to see ` +
    "what the others cost",
};
