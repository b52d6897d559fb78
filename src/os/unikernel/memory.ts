/**
 * The unikernel's memory facet: the database writes page-table entries itself and decides when
 * other cores are told, as uCache does on OSv.
 */
import { AddressSpace, newCounters } from "../kernel/address-space.ts";
import { DirectRegion, type Flush } from "../kernel/direct-region.ts";
import { OsvFlush } from "../kernel/osv-flush.ts";
import type { MemoryFacet } from "../memory-model.ts";
import type { Ground, MemoryModule } from "../model.ts";
import { memoryCostMeanings, memoryCosts, type UnikernelMemoryCosts } from "./memory/costs.ts";

function create({ machine, costs, options }: Ground): MemoryFacet {
  const times = costs as UnikernelMemoryCosts;
  const counters = newCounters();
  const chosen = options["tlb_flush"];
  const isGlobal = chosen === "global";
  const by = chosen === "broadcast" || chosen === "miracle" ? chosen : "interrupt";
  const space = new AddressSpace(
    machine,
    {
      sendPs: times["osv.ipiSend"],
      entryPs: times["osv.ipiEntry"],
      by,
      isLazy: true,
      waitBy: isGlobal ? "sleeping" : "spinning",
    },
    counters,
  );
  const plan = {
    callPs: 0,
    allocatePs: times["unikernel.allocateFrame"],
    mapPs: times["unikernel.mapPage"],
    unmapPs: times["unikernel.unmapPage"],
    isFlushedPerPage: options["invalidation"] === "page",
  };
  const osv = new OsvFlush(space, times["osv.wakeUp"]);
  const flush: Flush = isGlobal
    ? (thread) => osv.flush(thread)
    : (thread, pages, count, base) => space.flush(thread, pages, count, base);
  let base = 0;
  return {
    counters,
    attach: (thread) => space.attach(thread.core),
    createRegion: (request) => {
      const region = new DirectRegion(space, base, request, plan, flush);
      base = region.endPage;
      return region;
    },
  };
}

export const memory: MemoryModule = {
  traits: { residency: "explicit", translation: "hardware" },
  options: [
    {
      name: "tlb_flush",
      type: "choice",
      choices: ["global", "direct", "broadcast", "miracle"],
      default: "global",
      meaning:
        "how other cores drop translations: OSv's flush under one mutex, interrupts sent by each " +
        "core for itself, by the processor (INVLPGB), or for nothing",
    },
    {
      name: "invalidation",
      type: "choice",
      choices: ["batch", "page"],
      default: "batch",
      meaning: "whether the database invalidates once per batch of released pages or per page",
    },
  ],
  costs: memoryCosts,
  costMeanings: memoryCostMeanings,
  create,
};
