/** How an address space tells other cores what to drop: an option of several memory facets. */
import type { BackendOption } from "../options.ts";

export const TLB_FLUSH: BackendOption = {
  name: "tlb_flush",
  type: "choice",
  choices: ["interrupt", "broadcast", "miracle"],
  default: "interrupt",
  meaning:
    "how other cores drop translations: by interrupts, by the processor (INVLPGB), or for " +
    "nothing, to see what the others cost",
};
