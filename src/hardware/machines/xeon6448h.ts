/**
 * xeon6448h: the machine of preemptdb25, one socket of two.
 *
 * Inputs: the service times that the figure's README derives. The clock is the data sheet's base:
 * all workers are busy. The drives are none of theirs: the authors did no I/O.
 */

import { likeIceLake } from "./cpus/intel-server.ts";
import { x86Core } from "./cpus/x86.ts";
import { p5800x } from "./drives/p5800x.ts";
import type { MachineSpec } from "./machine-spec.ts";

export const xeon6448h: MachineSpec = {
  id: "xeon6448h",
  title: "Intel Xeon Gold 6448H, one socket",
  driveCount: 1,
  drive: p5800x,
  cpu: {
    title: "Intel Xeon Gold 6448H",
    cores: 32,
    threadsPerCore: 2,
    coresPerComplex: 32,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 2.4,
          unit: "GHz",
          provenance: "assumed",
          source: "preemptdb25",
          where: "base frequency of the data sheet, recalled; service times are times, not cycles",
          range: [2.4, 4.1],
        },
      },
    ],
    numbers: {
      ...likeIceLake("Sapphire Rapids", { cores: 32, clockGHz: 2.4 }),
      smtShare: {
        value: 0.65,
        unit: "1",
        provenance: "assumed",
        source: "preemptdb25",
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
