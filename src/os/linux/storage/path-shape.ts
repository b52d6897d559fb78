/** Which parts of the kernel's request path the options leave in, and what those cost. */
import type { PsyncCosts } from "../../kernel/psync-channel.ts";
import { type RequestCosts, requestCosts } from "../../kernel/request-costs.ts";
import type { RequestLayer } from "../../kernel/request-layers.ts";
import { DeadlineLayer, Ext4Layer, RaidLayer } from "../../kernel/request-layers.ts";
import type { RequestPathShape } from "../../kernel/request-path.ts";
import type { Ground } from "../../model.ts";
import type { LinuxCosts } from "../costs.ts";
import type { LinuxOptions } from "../options.ts";

export function linuxRequestCosts(costs: LinuxCosts, options: LinuxOptions): RequestCosts {
  const zeroPagePinning = {
    firstPs: costs["linux.zeroPagePinning"],
    nextPs: costs["linux.zeroPagePinningNext"],
  };
  return { ...requestCosts(costs), ...(options.untouchedbufs && { zeroPagePinning }) };
}

export function psyncCosts(costs: LinuxCosts): PsyncCosts {
  return {
    systemCallPs: costs["kernel.systemCall"],
    readCallPs: costs["linux.readCall"],
    wakeUpPs: costs["kernel.wakeUp"],
  };
}

export function pathShape(ground: Ground, options: LinuxOptions): RequestPathShape {
  const { machine, threadCount } = ground;
  const { cores } = machine;
  const hasOther = options.irqPlacement === "other" && threadCount < cores.length;
  return {
    refersToFile: !options.registerfiles,
    sharesFile: options.openFiles === "shared",
    pinsPages: !options.fixedbufs,
    hasBlockLayer: options.ioengine !== "io_uring_cmd",
    files: filesOf(ground, options),
    layers: layersOf(ground, options),
    hasJournal: options.filesystem === "ext4",
    writesEndInWorker: options.filesystem === "ext4",
    // The CPUs after the jobs' own take the interrupts in turn.
    interruptedCore: (core) =>
      hasOther ? threadCount + (core % (cores.length - threadCount)) : core,
  };
}

function filesOf({ machine }: Ground, { raid }: LinuxOptions): number {
  return raid === "none" ? machine.array.shape.driveCount : 1;
}

function layersOf(ground: Ground, options: LinuxOptions): readonly RequestLayer[] {
  const costs = ground.costs as LinuxCosts;
  const { lineTransfer, array } = ground.machine;
  const layers: RequestLayer[] = [];
  if (options.filesystem === "ext4") {
    const files = filesOf(ground, options);
    const workPs = costs["kernel.fileSystem"];
    layers.push(new Ext4Layer(files, workPs, costs["linux.extentLookUp"], lineTransfer));
  }
  if (options.raid === "md0") layers.push(new RaidLayer(costs["kernel.raid"], lineTransfer));
  if (options.ioscheduler === "mq-deadline") {
    const { driveCount } = array.shape;
    const mergePs = costs["kernel.deadlineMerge"];
    const lockPs = costs["kernel.deadlineLock"];
    layers.push(new DeadlineLayer(driveCount, mergePs, lockPs, lineTransfer));
  }
  return layers;
}
