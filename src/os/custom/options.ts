/** Options of the exmap module; its steps of Fig 10 can be taken back one by one. */
import { TLB_FLUSH } from "../kernel/tlb-flush-option.ts";
import type { BackendOption } from "../options.ts";

export const options: readonly BackendOption[] = [];

export const memoryOptions: readonly BackendOption[] = [
  {
    name: "tlb_batch",
    type: "boolean",
    default: true,
    meaning: "one flush for all pages of a request, instead of one for each",
  },
  {
    name: "frame_pool",
    type: "choice",
    choices: ["lock-free", "locked", "system"],
    default: "lock-free",
    meaning:
      "where frames come from: lists of each interface without locks, the same under a lock, or " +
      "the kernel's own page allocator",
  },
  TLB_FLUSH,
];
