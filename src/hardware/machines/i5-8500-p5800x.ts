/**
 * i5-8500-p5800x: the machine of xrp22, six cores at 3 GHz without turbo, C-states and KPTI.
 *
 * Table 1 takes one 512-byte read() apart, in time, and each of its layers is one cost here. It has
 * no line for interrupt, wake-up and thread switch: they lie in its layers or did not happen. What
 * the model charges for them, and for pinning and completion, comes on top of its 6.27 µs.
 */
import { p5800x } from "./drives/p5800x.ts";
import type { MachineSpec } from "./machine-spec.ts";

export const i58500P5800x: MachineSpec = {
  id: "i5-8500-p5800x",
  title: "Intel Core i5-8500 with one Intel Optane P5800X",
  driveCount: 1,
  drive: p5800x,
  cpu: {
    title: "Intel Core i5-8500",
    cores: 6,
    threadsPerCore: 1,
    coresPerComplex: 6,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 3,
          unit: "GHz",
          provenance: "published",
          source: "xrp22",
          where: "3 GHz, turbo boost and C-states disabled",
        },
      },
    ],
    numbers: {
      smtShare: {
        value: 1,
        unit: "1",
        provenance: "datasheet",
        source: "xrp22",
        where: "six cores, six threads: no hyperthreading",
      },
      lineTransferNear: {
        value: 40,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "no measurement read: a ring of six cores",
        range: [25, 60],
      },
      lineTransferFar: {
        value: 40,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "one complex only: as near",
        range: [25, 60],
      },
      interruptDelivery: {
        value: 400,
        unit: "ns",
        provenance: "assumed",
        source: "pcie",
        where: "posted write through root complex and APIC",
        range: [200, 1_000],
      },
      idleExit: {
        value: 0,
        unit: "ns",
        provenance: "published",
        source: "xrp22",
        where: "processor C-states disabled: idle cores do not sleep",
      },
    },
  },
  costs: {
    "kernel.systemCall": {
      value: 351,
      unit: "ns",
      provenance: "published",
      source: "xrp22",
      where: "Table 1, kernel crossing (X-1)",
      calibrated: true,
    },
    "linux.readCall": {
      value: 199,
      unit: "ns",
      provenance: "published",
      source: "xrp22",
      where: "Table 1, read syscall (X-1)",
      calibrated: true,
    },
    "kernel.fileSystem": {
      value: 2_006,
      unit: "ns",
      provenance: "published",
      source: "xrp22",
      where: "Table 1, ext4 (X-1)",
      calibrated: true,
    },
    "kernel.blockLayer": {
      value: 379,
      unit: "ns",
      provenance: "published",
      source: "xrp22",
      where: "Table 1, bio (X-1)",
      calibrated: true,
    },
    "kernel.driver": {
      value: 113,
      unit: "ns",
      provenance: "published",
      source: "xrp22",
      where: "Table 1, NVMe driver (X-1)",
      calibrated: true,
    },
  },
};
