/**
 * genoa-cm7-ucache: the machine of ucache26.
 *
 * Not that of jasny26 with the same processor: 2.4 GHz in the authors' arithmetic, one 3.84 TB CM7
 * passed through to a virtual machine (`--isolation vm`). Inputs: the small steps of an insertion,
 * and how many one thread does, which gives the latency of a read. Among 64 threads a read takes
 * 69.3 µs (UC-4): an output here.
 */
import { x86Core } from "./cpus/x86.ts";
import { zen4 } from "./cpus/zen4.ts";
import { cm7r3840 } from "./drives/cm7r-3840.ts";
import type { MachineSpec } from "./machine-spec.ts";

export const genoaCm7Ucache: MachineSpec = {
  id: "genoa-cm7-ucache",
  title: "AMD EPYC 9654P with one Kioxia CM7, as ucache26 had it",
  driveCount: 1,
  drive: {
    ...cm7r3840,
    numbers: {
      ...cm7r3840.numbers,
      fixedLatency: {
        value: 10.5,
        unit: "µs",
        provenance: "derived",
        source: "ucache26",
        where: "15.5 k insertions per second on one thread (U2) less what the steps take",
        calibrated: true,
      },
    },
  },
  cpu: {
    title: "AMD EPYC 9654P, SMT off",
    cores: 96,
    threadsPerCore: 1,
    coresPerComplex: 8,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 2.4,
          unit: "GHz",
          provenance: "published",
          source: "ucache26",
          where: "2.4 GHz for cycles in Table 4 (UC-3)",
        },
      },
    ],
    numbers: {
      ...zen4,
      smtShare: {
        value: 1,
        unit: "1",
        provenance: "published",
        source: "ucache26",
        where: "hyperthreading disabled: a hardware thread has its core to itself",
      },
      lineTransferNear: {
        value: 22,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "Zen 4: about Milan's 23 ns",
        range: [16, 35],
      },
      lineTransferFar: {
        value: 115,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "Milan's 107 ns; Genoa has more complexes on a larger I/O die",
        range: [90, 180],
      },
      interruptDelivery: x86Core.interruptDelivery,
      idleExit: x86Core.idleExit,
    },
  },
  costs: {},
};
