/**
 * xeon8380-p5800x: the machine of spdk21, two sockets.
 *
 * Input: one core of SPDK reads 12.62 M blocks of 4 KiB per second. Two sockets are two complexes,
 * and jobs take them in turn, as the authors did. The memory of the other socket is as near as
 * one's own, and the clock stays at the turbo of few active cores.
 */

import { intelServer } from "./cpus/intel-server.ts";
import { x86Core } from "./cpus/x86.ts";
import { p5800x } from "./drives/p5800x.ts";
import type { DriveSpec, MachineSpec } from "./machine-spec.ts";

const drive: DriveSpec = {
  title: "Intel Optane P5800X 800 GB",
  numbers: {
    ...p5800x.numbers,
    capacity: {
      value: 8e11,
      unit: "B",
      provenance: "published",
      source: "spdk21",
      where: "800 GB",
    },
  },
};

export const xeon8380P5800x: MachineSpec = {
  id: "xeon8380-p5800x",
  title: "2 × Intel Xeon 8380 with 16 Intel Optane P5800X",
  driveCount: 16,
  drive,
  cpu: {
    title: "2 × Intel Xeon Platinum 8380",
    cores: 80,
    threadsPerCore: 2,
    coresPerComplex: 40,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 3.4,
          unit: "GHz",
          provenance: "published",
          source: "spdk21",
          where: "turbo frequency in the configuration table",
        },
      },
    ],
    numbers: {
      ...intelServer({ cores: 40, clockGHz: 3.4 }),
      smtShare: {
        value: 0.65,
        unit: "1",
        provenance: "assumed",
        source: "spdk21",
        where: "without effect: one reactor per core, its sibling idle",
        range: [0.5, 0.85],
      },
      lineTransferNear: x86Core.meshTransfer,
      lineTransferFar: {
        value: 110,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "no measurement read: between two sockets",
        range: [70, 180],
      },
      interruptDelivery: x86Core.interruptDelivery,
      idleExit: x86Core.idleExit,
    },
  },
  costs: {
    "bypass.submit": {
      value: 37.65,
      unit: "ns",
      provenance: "derived",
      source: "spdk21",
      where: "half of 1 / 12.62 M reads of 4 KiB on one core, less doorbells",
      calibrated: true,
    },
    "bypass.complete": {
      value: 37.65,
      unit: "ns",
      provenance: "derived",
      source: "spdk21",
      where: "the other half of 1 / 12.62 M reads of 4 KiB on one core",
      calibrated: true,
    },
  },
};
