/**
 * The unikernel's memory facet: the database writes page-table entries itself and decides when
 * other cores are told, as uCache does on OSv.
 */

import type { HostMachine } from "../../hardware/host-machine.ts";
import { AddressSpace } from "../kernel/address-space.ts";
import { DirectRegion, type Flush } from "../kernel/direct-region.ts";
import { OsvFlush } from "../kernel/osv-flush.ts";
import { facetOf } from "../kernel/paged-region.ts";
import { OSV_CALLS, UCACHE_CALLS } from "../kernel/remote-calls.ts";
import { TestAndSetLock } from "../kernel/test-and-set-lock.ts";
import { BY_PROCESSOR } from "../kernel/tlb-flush-option.ts";
import type { MemoryFacet } from "../memory-model.ts";
import type { Ground, MemoryModule, SystemTask } from "../model.ts";
import type { OptionValue } from "../options.ts";
import { memoryCostMeanings, memoryCosts, type UnikernelMemoryCosts } from "./memory/costs.ts";

function create({ machine, costs, options }: Ground): MemoryFacet {
  const times = costs as UnikernelMemoryCosts;
  const chosen = options["tlb_flush"];
  const isOsv = chosen === "global";
  const by = chosen === "broadcast" || chosen === "miracle" ? chosen : "interrupt";
  const space = new AddressSpace(machine, {
    style: isOsv ? OSV_CALLS : UCACHE_CALLS,
    sendPs: times["osv.ipiSend"],
    entryPs: times["osv.ipiEntry"],
    by,
    isLazy: true,
    ...(isOsv && { wakePs: times["osv.wakeUp"] }),
  });
  const plan = {
    callPs: 0,
    allocatePs: times["unikernel.allocateFrame"],
    mapPs: times["unikernel.mapPage"],
    unmapPs: times["unikernel.unmapPage"],
    isFlushedPerPage: options["invalidation"] === "page",
  };
  const flush = chosenFlush(machine, space, chosen, times["osv.wakeUp"]);
  return facetOf(space, (base, request) => new DirectRegion(space, base, request, plan, flush));
}

/** How released pages are invalidated: under OSv's mutex, uCache's spin lock, or no lock. */
function chosenFlush(
  machine: HostMachine,
  space: AddressSpace,
  chosen: OptionValue | undefined,
  wakePs: number,
): Flush {
  if (chosen === "global") {
    const osv = new OsvFlush(space, wakePs);
    return (thread) => osv.flush(thread);
  }
  const alone: Flush = (thread, pages, count, base) => space.flush(thread, pages, count, base);
  if (chosen !== "list") return alone;
  const lock = new TestAndSetLock(machine.lineTransfer.farPs);
  return function* (thread, pages, count, base): SystemTask {
    yield* lock.acquire(thread);
    yield* alone(thread, pages, count, base);
    lock.release(thread);
  };
}

export const memory: MemoryModule = {
  traits: { residency: "explicit", translation: "hardware" },
  options: [
    {
      name: "tlb_flush",
      type: "choice",
      choices: ["global", "list", "direct", "broadcast", "miracle"],
      default: "global",
      meaning:
        "how other cores drop translations: OSv's flush of everything under one mutex, uCache's " +
        "flush of a list of pages under one spin lock, the same without a lock, " +
        `${BY_PROCESSOR}, or for nothing`,
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
