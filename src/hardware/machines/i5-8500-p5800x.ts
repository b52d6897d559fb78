/**
 * i5-8500-p5800x: the machine of xrp22, six cores at 3 GHz without turbo, C-states and KPTI.
 *
 * Table 1 takes one 512-byte read() apart, in time, and each of its layers is one cost here. Its
 * lines add up to the whole 6.27 µs, so what has no line lies inside one: pinning in the bio layer,
 * completion in the driver, interrupt, wake-up and thread switch in the device's time. Those costs
 * are 0 here. The split is right for the latency of one blocking reader, not for CPU time: cores
 * look idle while they take interrupts and switch, so rates of many threads come out too high.
 */
import { likeIceLake } from "./cpus/intel-server.ts";
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
      ...likeIceLake("Coffee Lake", { cores: 6, clockGHz: 3 }),
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
        value: 0,
        unit: "ns",
        provenance: "derived",
        source: "xrp22",
        where: "within the 3,224 ns of Table 1's device line: its lines add up to the total",
        calibrated: true,
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
    "kernel.fileReference": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "xrp22",
      where: "Table 1 has no line for it: within the read syscall's 199 ns",
      calibrated: true,
    },
    "kernel.pagePinning": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "xrp22",
      where: "Table 1 has no line for it: within the bio layer's 379 ns",
      calibrated: true,
    },
    "kernel.completionEntry": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "xrp22",
      where: "Table 1 has no line for it: within the driver's 113 ns",
      calibrated: true,
    },
    "kernel.completion": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "xrp22",
      where: "Table 1 has no line for it: within the driver's 113 ns",
      calibrated: true,
    },
    "kernel.interruptEntry": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "xrp22",
      where: "Table 1 has no line for it: within the device's 3,224 ns",
      calibrated: true,
    },
    "kernel.wakeUp": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "xrp22",
      where: "Table 1 has no line for it: within the device's 3,224 ns",
      calibrated: true,
    },
    "kernel.contextSwitch": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "xrp22",
      where: "Table 1 has no line for it: within the device's 3,224 ns",
      calibrated: true,
    },
  },
};
