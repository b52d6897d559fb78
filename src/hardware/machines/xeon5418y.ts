/**
 * xeon5418y: the machine of skyloft24, one socket of two.
 *
 * Inputs: kernel IPIs (437 and 1,582 cycles at 2.0 GHz) and a fixed clock. The drives are none of
 * theirs: the authors did no I/O.
 */

import { likeIceLake } from "./cpus/intel-server.ts";
import { x86Core } from "./cpus/x86.ts";
import { p5800x } from "./drives/p5800x.ts";
import type { MachineSpec } from "./machine-spec.ts";

export const xeon5418y: MachineSpec = {
  id: "xeon5418y",
  title: "Intel Xeon Gold 5418Y, one socket",
  driveCount: 1,
  drive: p5800x,
  cpu: {
    title: "Intel Xeon Gold 5418Y",
    cores: 24,
    threadsPerCore: 2,
    coresPerComplex: 24,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 2,
          unit: "GHz",
          provenance: "published",
          source: "skyloft24",
          where: "artefact documentation: 2.0 GHz, at which its cycles are counted (P15)",
        },
      },
    ],
    numbers: {
      ...likeIceLake("Sapphire Rapids", { cores: 24, clockGHz: 2 }),
      smtShare: {
        value: 0.65,
        unit: "1",
        provenance: "assumed",
        source: "skyloft24",
        where: "without effect: one worker per core, its sibling idle",
        range: [0.5, 0.85],
      },
      lineTransferNear: x86Core.meshTransfer,
      lineTransferFar: {
        value: 110,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "without effect: one socket is one complex",
        range: [70, 180],
      },
      interruptDelivery: {
        value: 400,
        unit: "ns",
        provenance: "assumed",
        source: "pcie",
        where: "from one local interrupt controller to another",
        range: [200, 1_000],
      },
      idleExit: x86Core.idleExit,
    },
  },
  costs: {},
};
