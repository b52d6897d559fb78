/** Which files, layers and interrupted cores do the options give the kernel's request path? */
import { describe, expect, it } from "vitest";
import { bareRun } from "../../testing/bare-run.ts";
import { DeadlineLayer, Ext4Layer, RaidLayer } from "../kernel/request-layers.ts";
import type { OptionValues } from "../options.ts";
import { linuxOptions } from "./options.ts";
import { pathShape } from "./storage/path-shape.ts";

const CORES = 8;

function shapeOf(options: OptionValues, threadCount = 3) {
  const { simulation, machine, costsPs, resolved } = bareRun(
    {
      machine: {
        extends: "milan-pm1733",
        id: "eight-cores",
        cpu: { cores: CORES, threadsPerCore: 1, coresPerComplex: 8 },
      },
      backend: "linux",
      drives: 3,
      options,
      workload: { kind: "raw-io" },
    },
    1,
  );
  const ground = {
    seed: 1,
    simulation,
    machine,
    costs: costsPs,
    options: resolved.options,
    threadCount,
    coreCount: CORES,
  };
  return { machine, shape: pathShape(ground, linuxOptions(resolved.options)) };
}

describe("the core that an interrupt comes to", () => {
  const interrupted = (placement: string, threadCount: number): number[] => {
    const { shape } = shapeOf({ irq_placement: placement }, threadCount);
    return Array.from({ length: threadCount }, (_, core) => shape.interruptedCore(core));
  };

  it("is the one that has submitted, unless others are to have it", () => {
    expect(interrupted("local", 3)).toEqual([0, 1, 2]);
  });

  it("is one behind the jobs' in turn, where there is any", () => {
    expect(interrupted("other", 3)).toEqual([3, 4, 5]);
    expect(interrupted("other", 6)).toEqual([6, 7, 6, 7, 6, 7]);
    expect(interrupted("other", 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("a request", () => {
  it("passes the file system, then the RAID, then the scheduler of a drive", () => {
    const options = { filesystem: "ext4", raid: "md0", ioscheduler: "mq-deadline" };
    const { layers } = shapeOf(options).shape;
    expect(layers.map((layer) => layer.constructor)).toEqual([Ext4Layer, RaidLayer, DeadlineLayer]);
    expect(shapeOf({}).shape.layers).toEqual([]);
  });

  /** Whether a core waits for lines that another core wrote for a request to another drive. */
  const waits = (options: OptionValues): boolean => {
    const { machine, shape } = shapeOf(options);
    const [first, second] = machine.cores;
    const submitPs = (): number => {
      const fromPs = second!.cursorPs;
      for (const layer of shape.layers) layer.submit(second!, 1, 0);
      return second!.cursorPs - fromPs;
    };
    const alonePs = submitPs();
    for (const layer of shape.layers) layer.submit(first!, 0, 0);
    return submitPs() > alonePs;
  };

  it.each([
    [{ filesystem: "ext4" }, 3, false],
    [{ ioscheduler: "mq-deadline" }, 3, false],
    [{ raid: "md0" }, 1, true],
    [{ filesystem: "ext4", raid: "md0" }, 1, true],
  ] as const)(
    "of %o goes to one of %i files; drives share lines: %s",
    (options, files, isShared) => {
      expect(shapeOf(options).shape.files).toBe(files);
      expect(waits(options)).toBe(isShared);
    },
  );
});
