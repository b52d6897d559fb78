/**
 * xeon5320-p5500: the machine of libdbos25, bare metal, Linux 6.6.1.
 *
 * Inputs: 230 cycles of an empty system call at 2.2 GHz; and, through the drive, what an uncached
 * read and write take (119.1 and 16.4 µs), which therefore must come out. What a cached read takes
 * (3,651 cycles) is every machine's `kernel.cachedRead`; the virtual machine is `--isolation vm`.
 *
 * Not modelled: cached writes (4,004 cycles); 1,536 cycles more per system call (LD-2), which the
 * authors' library adds and a virtual machine does not: `--set kernel.systemCall=1766`.
 */

import { intelServer } from "./cpus/intel-server.ts";
import { x86Core } from "./cpus/x86.ts";
import { p5500 } from "./drives/p5500.ts";
import type { MachineSpec } from "./machine-spec.ts";

export const xeon5320P5500: MachineSpec = {
  id: "xeon5320-p5500",
  title: "2 × Intel Xeon Gold 5320 with one Intel P5500",
  driveCount: 1,
  drive: p5500,
  cpu: {
    title: "2 × Intel Xeon Gold 5320",
    cores: 52,
    threadsPerCore: 2,
    coresPerComplex: 26,
    clocks: [
      {
        activeCores: 1,
        clock: {
          value: 2.2,
          unit: "GHz",
          provenance: "published",
          source: "libdbos25",
          where: "2.2 GHz: the processors' base clock, in which the paper counts",
        },
      },
    ],
    numbers: {
      ...intelServer({ cores: 26, clockGHz: 2.2 }),
      smtShare: {
        value: 0.68,
        unit: "1",
        provenance: "assumed",
        source: "anandtech-milan",
        where: "as on milan-pm1733; no measurement of this processor",
        range: [0.55, 0.8],
      },
      lineTransferNear: {
        value: 50,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "no measurement read: a mesh within one socket",
        range: [35, 75],
      },
      lineTransferFar: {
        value: 120,
        unit: "ns",
        provenance: "assumed",
        source: "core-to-core-latency",
        where: "no measurement read: across two sockets",
        range: [90, 180],
      },
      interruptDelivery: x86Core.interruptDelivery,
      idleExit: x86Core.idleExit,
    },
  },
  costs: {
    "kernel.systemCall": {
      value: 230,
      unit: "cycles",
      atGHz: 2.2,
      provenance: "published",
      source: "libdbos25",
      where: "Fig 11, gettid on Linux (LD-1)",
      calibrated: true,
    },
  },
};
