/** Builds the machine of one run from its data. */
import { sourcedDuration } from "../base/sourced.ts";
import { GIB, PS_PER_SECOND } from "../base/units.ts";
import type { Simulation } from "../sim/simulation.ts";
import { Core } from "./cpu/core.ts";
import type { CpuNumbers } from "./cpu/cpu-numbers.ts";
import { InterProcessorInterrupts } from "./cpu/ipi.ts";
import type { HostMachine } from "./host-machine.ts";
import type { CpuSpec, DriveSpec, MachineSpec } from "./machines/machine-spec.ts";
import { Mmu, type MmuPlan } from "./mmu/mmu.ts";
import { UNIT_BYTES } from "./nvme/command-table.ts";
import type { DriveTimes } from "./nvme/drive.ts";
import type { CollectionPlan } from "./nvme/garbage-collection.ts";
import { planCollection } from "./nvme/garbage-collection.ts";
import { NvmeArray } from "./nvme/nvme-array.ts";

/** How far a core may run ahead of the clock unless a test says otherwise: half a microsecond. */
export const LOOKAHEAD_PS = 500_000;

/**
 * @param edgesPs moments at which ledgers are cut, ascending.
 * @param lookaheadPs how far a core may run ahead of the simulation's clock.
 */
export function buildMachine(
  simulation: Simulation,
  spec: MachineSpec,
  driveCount: number,
  edgesPs: readonly number[],
  lookaheadPs: number = LOOKAHEAD_PS,
): HostMachine {
  const { numbers } = spec.cpu;
  const drive = spec.drive.numbers;
  const cores = buildCores(spec.cpu, edgesPs);
  const idleExitPs = sourcedDuration(numbers.idleExit);
  // Until a scheduler puts them into another one.
  for (const core of cores) core.idleExitPs = idleExitPs;
  return {
    cores,
    mmu: new Mmu(mmuPlan(numbers)),
    ipis: new InterProcessorInterrupts(cores.length),
    array: new NvmeArray(simulation, {
      driveCount,
      driveBytes: wholeUnits(drive.capacity.value) * UNIT_BYTES,
      queuePairsMax: drive.queuePairsMax.value,
      queueDepthMax: drive.queueDepthMax.value,
      times: driveTimes(spec.drive),
    }),
    lineTransfer: {
      nearPs: sourcedDuration(numbers.lineTransferNear),
      farPs: sourcedDuration(numbers.lineTransferFar),
    },
    lastLevelBytes: numbers.cacheL3Bytes.value,
    interruptDeliveryPs: sourcedDuration(numbers.interruptDelivery),
    idleExitPs,
    lookaheadPs,
  };
}

/**
 * Hardware threads in the order in which a system fills them: one per physical core before the
 * siblings, and the cores in turn from each complex, as Linux balances over last-level caches.
 */
function buildCores(cpu: CpuSpec, edgesPs: readonly number[]): readonly Core[] {
  const slowdown = 1 / cpu.numbers.smtShare.value;
  const complexes = Math.ceil(cpu.cores / cpu.coresPerComplex);
  const cores = Array.from({ length: cpu.cores * cpu.threadsPerCore }, (_, index) => {
    return new Core(index, (index % cpu.cores) % complexes, slowdown, edgesPs);
  });
  if (cpu.threadsPerCore === 2) {
    cores.forEach((core, index) => {
      core.sibling = cores[(index + cpu.cores) % cores.length];
    });
  }
  return cores;
}

/** The memory management unit's numbers as a run uses them. */
export function mmuPlan(numbers: CpuNumbers): MmuPlan {
  return {
    l1Entries: numbers.tlbL1Entries.value,
    l2Entries: numbers.tlbL2Entries.value,
    l2Ways: numbers.tlbL2Ways.value,
    walkCacheEntries: numbers.walkCacheEntries.value,
    l2HitPs: sourcedDuration(numbers.tlbL2Hit),
    caches: [
      { bytes: numbers.cacheL1Bytes.value, latencyPs: sourcedDuration(numbers.cacheL1Latency) },
      { bytes: numbers.cacheL2Bytes.value, latencyPs: sourcedDuration(numbers.cacheL2Latency) },
      { bytes: numbers.cacheL3Bytes.value, latencyPs: sourcedDuration(numbers.cacheL3Latency) },
      { bytes: Number.POSITIVE_INFINITY, latencyPs: sourcedDuration(numbers.memoryLatency) },
    ],
    invalidatePagePs: sourcedDuration(numbers.invalidatePage),
    invalidateAllPs: sourcedDuration(numbers.invalidateAll),
    ipiDeliveryPs: sourcedDuration(numbers.ipiDelivery),
    broadcastPages: numbers.broadcastPages.value,
    broadcastPs: sourcedDuration(numbers.broadcastTime),
  };
}

/** A drive's numbers as a run uses them. */
export function driveTimes(spec: DriveSpec): DriveTimes {
  const { numbers } = spec;
  return {
    dies: numbers.dies.value,
    readPs: sourcedDuration(numbers.readTime),
    readSpreadPs: sourcedDuration(numbers.readTimeSpread),
    fixedLatencyPs: sourcedDuration(numbers.fixedLatency),
    controllerPs: sourcedDuration(numbers.controllerTime),
    furtherUnitPs: sourcedDuration(numbers.furtherUnitTime),
    writeControllerPs: sourcedDuration(numbers.writeControllerTime),
    writeCores: numbers.writeCores.value,
    partialUnitPs: sourcedDuration(numbers.partialUnitTime),
    partialUnitLatencyPs: sourcedDuration(numbers.partialUnitLatency),
    linkPsPerByte: PS_PER_SECOND / (numbers.linkBandwidth.value * GIB),
    writeLatencyPs: sourcedDuration(numbers.writeLatency),
    writeBufferUnits: wholeUnits(numbers.writeBuffer.value),
    writeSlots: numbers.writeSlots.value,
    commandSlots: numbers.commandSlots.value,
    arbitrationBurst: numbers.arbitrationBurst.value,
    programUnits: Math.max(1, wholeUnits(numbers.programUnit.value)),
    programPs: sourcedDuration(numbers.programTime),
    programSpread: numbers.programTimeSpread.value,
    suspendPs: sourcedDuration(numbers.suspendTime),
    safePointPs: sourcedDuration(numbers.safePointInterval),
    collection: numbers.preconditioned.value === 1 ? collectionOf(spec) : undefined,
    hasVolatileCache: numbers.volatileCache.value === 1,
    flushPs: sourcedDuration(numbers.flushTime),
  };
}

/** What garbage collection costs a drive once it has been written full. */
export function collectionOf({ numbers }: DriveSpec): CollectionPlan {
  return planCollection({
    spare: numbers.spare.value,
    programUnits: Math.max(1, wholeUnits(numbers.programUnit.value)),
    pageUnits: wholeUnits(numbers.flashPage.value),
    eraseUnits: wholeUnits(numbers.eraseUnit.value),
    readPs: sourcedDuration(numbers.readTime),
    erasePs: sourcedDuration(numbers.eraseTime),
  });
}

function wholeUnits(bytes: number): number {
  return Math.floor(bytes / UNIT_BYTES);
}
