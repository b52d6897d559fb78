/** Free memory: frames are given, mapped and taken without cost; translation keeps its time. */

import { AddressSpace } from "../kernel/address-space.ts";
import { DirectRegion, type Flush } from "../kernel/direct-region.ts";
import { facetOf } from "../kernel/paged-region.ts";
import { LINUX_CALLS } from "../kernel/remote-calls.ts";
import type { MemoryFacet } from "../memory-model.ts";
import type { Ground, MemoryModule } from "../model.ts";

const FREE_STEPS = { callPs: 0, allocatePs: 0, mapPs: 0, unmapPs: 0, isFlushedPerPage: false };
const FREE = {
  style: LINUX_CALLS,
  sendPs: 0,
  entryPs: 0,
  isLazy: true,
} as const;

function create({ machine }: Ground): MemoryFacet {
  const space = new AddressSpace(machine, { ...FREE, by: "miracle" });
  const flush: Flush = (thread, pages, count, first) => space.flush(thread, pages, count, first);
  return facetOf(
    space,
    (base, request) => new DirectRegion(space, base, request, FREE_STEPS, flush),
  );
}

export const memory: MemoryModule = {
  traits: { residency: "explicit", translation: "hardware" },
  options: [],
  costs: {},
  costMeanings: {},
  create,
};
