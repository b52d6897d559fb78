/**
 * Linux's memory facet: anonymous memory, which the database populates by touching it and gives
 * back by madvise.
 */
import { AddressSpace, type ShootdownPlan } from "../kernel/address-space.ts";
import { AnonymousRegion } from "../kernel/anonymous-region.ts";
import { facetOf } from "../kernel/paged-region.ts";
import { ProcessLines } from "../kernel/process-lines.ts";
import { LINUX_CALLS } from "../kernel/remote-calls.ts";
import { TLB_FLUSH } from "../kernel/tlb-flush-option.ts";
import type { MemoryFacet } from "../memory-model.ts";
import type { Ground, MemoryModule } from "../model.ts";
import { type LinuxMemoryCosts, memoryCostMeanings, memoryCosts } from "./memory/costs.ts";

/**
 * Assumed: systemd puts what a user starts into session-N.scope, below user-N.slice, below
 * user.slice, and accounts for memory in all of them; the root is the fourth.
 */
const CGROUP_LEVELS = 4;

function create({ machine, costs, options }: Ground): MemoryFacet {
  const times = costs as LinuxMemoryCosts;
  const plan: ShootdownPlan = {
    style: LINUX_CALLS,
    sendPs: times["kernel.ipiSend"],
    entryPs: times["kernel.ipiEntry"],
    by: options["tlb_flush"] as ShootdownPlan["by"],
    isLazy: true,
  };
  const space = new AddressSpace(machine, plan);
  const lines = new ProcessLines(machine, {
    lruHoldPs: times["kernel.lruHold"],
    lruPagePs: times["kernel.lruAdd"],
    isDrainedFirst: options["lru_add_drain"] === true,
    cgroupLevels: Number(options["memory_cgroups"]),
  });
  const anonymous = {
    systemCallPs: times["kernel.systemCall"],
    faultPs: times["kernel.anonymousFault"],
    zeroPs: times["kernel.zeroPage"],
    zapPs: times["kernel.zapPage"],
    isBatched: options["release"] === "process_madvise",
  };
  return facetOf(
    space,
    (base, request) => new AnonymousRegion(space, base, request, anonymous, lines),
  );
}

export const memory: MemoryModule = {
  traits: { residency: "explicit", translation: "hardware" },
  options: [
    {
      name: "release",
      type: "choice",
      choices: ["madvise", "process_madvise"],
      default: "madvise",
      meaning:
        "how pages are given back: one madvise(MADV_DONTNEED) and one flush per page, or one " +
        "process_madvise and one flush per batch",
    },
    TLB_FLUSH,
    {
      name: "lru_add_drain",
      type: "boolean",
      default: true,
      meaning:
        "giving pages back puts the core's new pages on the LRU list first, as Linux did before " +
        "6.14",
    },
    {
      name: "memory_cgroups",
      type: "integer",
      min: 0,
      max: 16,
      default: CGROUP_LEVELS,
      meaning:
        "counters that a page is charged to, one per level of memory cgroups and one for their " +
        "root; 0: no accounting",
    },
  ],
  costs: memoryCosts,
  costMeanings: memoryCostMeanings,
  create,
};
