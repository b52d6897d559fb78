/**
 * What is assumed of every processor here alike, because no maker publishes it per model.
 *
 * The sensitivity sweep moves each number through its range.
 */
import type { MmuNumbers } from "../../mmu/mmu.ts";
import type { MachineSpec } from "../machine-spec.ts";

type CoreNumbers = MachineSpec["cpu"]["numbers"];

export const x86Core = {
  interruptDelivery: {
    value: 400,
    unit: "ns",
    provenance: "assumed",
    source: "pcie",
    where: "posted write through root complex and APIC",
    range: [200, 1_000],
  },
  idleExit: {
    value: 1_000,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "ACPI C1 exit latency of the idle driver",
    range: [300, 2_000],
  },
  /** Between two cores of one socket whose caches a mesh connects. */
  meshTransfer: {
    value: 50,
    unit: "ns",
    provenance: "assumed",
    source: "core-to-core-latency",
    where: "no measurement read: a mesh of one socket",
    range: [25, 80],
  },
} as const satisfies Record<string, CoreNumbers["idleExit"]>;

export const x86Mmu = {
  nestedLoads: {
    value: 1,
    unit: "1",
    provenance: "published",
    source: "intel-sdm",
    where: "two-dimensional walk: up to 24 loads (P27); caches decide what each takes",
  },
  invalidatePage: {
    value: 100,
    unit: "ns",
    provenance: "assumed",
    source: "amit-tlb",
    where: "INVLPG can take hundreds of cycles (P6)",
    range: [30, 250],
  },
  invalidateAll: {
    value: 150,
    unit: "ns",
    provenance: "assumed",
    source: "amit-tlb",
    where: "a CR3 write with PCID: on the order of a hundred cycles and more (P5)",
    range: [50, 400],
  },
  ipiDelivery: {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "skyloft24",
    where: "of 1,582 cycles from send to handled at 2 GHz, what is not work (P15)",
    range: [100, 600],
  },
} as const satisfies Partial<MmuNumbers>;
