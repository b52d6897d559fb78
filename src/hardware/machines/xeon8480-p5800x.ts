/**
 * xeon8480-p5800x: the machine of spdk23, two sockets.
 *
 * Input: one core of SPDK reads 12.51 M blocks of 4 KiB per second. Two sockets are two complexes,
 * and jobs take them in turn, as the authors did. The memory of the other socket is as near as
 * one's own, and the clock stays at the turbo of few active cores.
 */

import { likeIceLake } from "./cpus/intel-server.ts";
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
      source: "spdk23",
      where: "800 GB",
    },
  },
};

export const xeon8480P5800x: MachineSpec = {
  id: "xeon8480-p5800x",
  title: "2 × Intel Xeon 8480+ with 24 Intel Optane P5800X",
  driveCount: 24,
  drive,
  cpu: {
    title: "2 × Intel Xeon Platinum 8480+",
    cores: 112,
    threadsPerCore: 2,
    coresPerComplex: 56,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 3.8,
          unit: "GHz",
          provenance: "published",
          source: "spdk23",
          where: "turbo frequency in the configuration table",
        },
      },
    ],
    numbers: {
      ...likeIceLake("Sapphire Rapids", { cores: 56, clockGHz: 3.8 }),
      smtShare: {
        value: 0.65,
        unit: "1",
        provenance: "assumed",
        source: "spdk23",
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
      value: 38,
      unit: "ns",
      provenance: "derived",
      source: "spdk23",
      where: "half of 1 / 12.51 M reads of 4 KiB on one core, less doorbells",
      calibrated: true,
    },
    "bypass.complete": {
      value: 38,
      unit: "ns",
      provenance: "derived",
      source: "spdk23",
      where: "the other half of 1 / 12.51 M reads of 4 KiB on one core",
      calibrated: true,
    },
  },
};
