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
    choices: ["own", "system"],
    default: "own",
    meaning: "where frames come from: lists of each interface, or the kernel's own page allocator",
  },
  {
    name: "entry_lock",
    type: "boolean",
    default: false,
    meaning: "an entry is written under its page table's lock, instead of by compare-and-swap",
  },
  {
    name: "free_interface",
    type: "choice",
    choices: ["same", "other"],
    default: "same",
    meaning:
      "a thread gives frames back to the interface that it takes them from, or to a second one",
  },
  TLB_FLUSH,
];
