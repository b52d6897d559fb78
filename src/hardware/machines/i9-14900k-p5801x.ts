/**
 * i9-14900k-p5801x: the machine of unicom26, its 16 efficiency cores at 2.4 GHz.
 *
 * Table 1 takes one 4-KiB read() on ext4 apart, in time; its lines add up to 8,730 ns. Going to
 * sleep (deactivation, 710 ns) has no cost of its own in the model and is charged with the call,
 * before the doorbell: on a real machine it may overlap with the device. What Table 1 has no line
 * for is 0, and "other" is split between file system, block layer and driver as xrp22 found them.
 * The drive's rates and latency are this paper's; small reads faster than 4 KiB are not known.
 */
import { likeIceLake } from "./cpus/intel-server.ts";
import { p5800x } from "./drives/p5800x.ts";
import type { DriveSpec, MachineSpec } from "./machine-spec.ts";

const drive: DriveSpec = {
  title: "Intel Optane P5801X 400 GB",
  numbers: {
    ...p5800x.numbers,
    controllerTime: {
      value: 0.645,
      unit: "µs",
      provenance: "published",
      source: "unicom26",
      where: "1 / 1.55 M reads of 4 KiB per second (N-3)",
      calibrated: true,
    },
    linkBandwidth: {
      value: 6.71,
      unit: "GiB/s",
      provenance: "derived",
      source: "unicom26",
      where: "55,000 reads of 128 KiB per second (N-3)",
      calibrated: true,
    },
    fixedLatency: {
      value: 1.296,
      unit: "µs",
      provenance: "derived",
      source: "unicom26",
      where: "4,010 ns (Table 1) less readTime, controllerTime, transfer of 4 KiB",
      calibrated: true,
    },
  },
};

export const i914900kP5801x: MachineSpec = {
  id: "i9-14900k-p5801x",
  title: "Intel Core i9-14900K, efficiency cores, with one Intel Optane P5801X",
  driveCount: 1,
  drive,
  cpu: {
    title: "Intel Core i9-14900K, efficiency cores",
    cores: 16,
    threadsPerCore: 1,
    coresPerComplex: 16,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 2.4,
          unit: "GHz",
          provenance: "published",
          source: "unicom26",
          where: "efficiency cores at 2.4 GHz",
        },
      },
    ],
    numbers: {
      ...likeIceLake("efficiency cores (Gracemont)", { cores: 16, clockGHz: 2.4 }),
      smtShare: {
        value: 1,
        unit: "1",
        provenance: "published",
        source: "unicom26",
        where: "efficiency cores have one hardware thread",
      },
      lineTransferNear: {
        value: 40,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "no measurement read: one ring with the performance cores",
        range: [25, 70],
      },
      lineTransferFar: {
        value: 40,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "one complex only: as near",
        range: [25, 70],
      },
      interruptDelivery: {
        value: 0,
        unit: "ns",
        provenance: "derived",
        source: "unicom26",
        where: "within the 4,010 ns of Table 1's device line (N-1)",
        calibrated: true,
      },
      idleExit: {
        value: 0,
        unit: "ns",
        provenance: "derived",
        source: "unicom26",
        where: "within the 1,240 ns of Table 1's reactivation (N-1)",
        calibrated: true,
      },
    },
  },
  costs: {
    "kernel.systemCall": {
      value: 150,
      unit: "ns",
      provenance: "published",
      source: "unicom26",
      where: "Table 1, mode switch (N-1)",
      calibrated: true,
    },
    "linux.readCall": {
      value: 831,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "deactivation, 710 ns, and 121 of 1,640 ns other (N-1, split as in xrp22)",
      calibrated: true,
    },
    "kernel.fileSystem": {
      value: 1_220,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "share of 1,640 ns other (N-1), split as in xrp22's Table 1",
      calibrated: true,
    },
    "kernel.blockLayer": {
      value: 230,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "share of 1,640 ns other (N-1), split as in xrp22's Table 1",
      calibrated: true,
    },
    "kernel.driver": {
      value: 69,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "share of 1,640 ns other (N-1), split as in xrp22's Table 1",
      calibrated: true,
    },
    "kernel.contextSwitch": {
      value: 980,
      unit: "ns",
      provenance: "published",
      source: "unicom26",
      where: "Table 1, context switch (N-1)",
      calibrated: true,
    },
    "kernel.wakeUp": {
      value: 1_240,
      unit: "ns",
      provenance: "published",
      source: "unicom26",
      where: "Table 1, reactivation, interrupt included (N-1)",
      calibrated: true,
    },
    "kernel.fileReference": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "Table 1 has no line for it: within 1,640 ns other (N-1)",
      calibrated: true,
    },
    "kernel.pagePinning": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "Table 1 has no line for it: within 1,640 ns other (N-1)",
      calibrated: true,
    },
    "kernel.completion": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "Table 1 has no line for it: within 1,640 ns other (N-1)",
      calibrated: true,
    },
    "kernel.completionEntry": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "Table 1 has no line for it: within 1,240 ns reactivation (N-1)",
      calibrated: true,
    },
    "kernel.interruptEntry": {
      value: 0,
      unit: "ns",
      provenance: "derived",
      source: "unicom26",
      where: "Table 1 has no line for it: within 1,240 ns reactivation (N-1)",
      calibrated: true,
    },
  },
};
