/** What a crash leaves of a mapped file, under each update protocol. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { ShadowPaging } from "../../engine/buffer/mapped/shadow-paging.ts";
import type { UpdateProtocolName } from "../../engine/buffer/mapped/update-protocol.ts";
import { DriveIo } from "../../engine/recovery/drive-io.ts";
import { type CrashWorkload, engineSubject } from "./engine-subject.ts";
import type { Exploration } from "./exploration.ts";
import { CrashExplorer, type ExplorerSettings } from "./explorer.ts";
import { openStage } from "./open-stage.ts";

function explored(
  updateProtocol: UpdateProtocolName,
  states: number,
  workload: CrashWorkload = "keys",
  more: Partial<ExplorerSettings> = {},
): Exploration {
  const subject = engineSubject({
    workload,
    buffer: "mmap",
    updateProtocol,
    pageBytes: 4_096,
    fullPageImages: true,
  });
  const { threads } = subject;
  return new CrashExplorer(subject, {
    stage: openStage({ backend: "mmap", drives: 2, options: {}, threads, buffer: "mmap" }),
    seed: 1,
    firstRun: 0,
    states,
    subsets: 8,
    atomicBytes: 512,
    nestedPercent: 20,
    violationsMax: 1,
    ...more,
  }).explore();
}

afterEach(() => {
  vi.restoreAllMocks();
});

const REMEDIES = ["os-copy-on-write", "user-copy-on-write", "shadow-paging"] as const;

describe("a mapped file", () => {
  it.each(["keys", "tpcc"] as const)("updated in place shows what nobody committed: %s", (name) => {
    const found = explored("in-place", 1_000, name);
    expect(found.violations).toHaveLength(1);
    expect(found.distinct).toBeLessThanOrEqual(1_000);
  });

  it.each(REMEDIES)("loses nothing and shows nothing else with %s", (protocol) => {
    const keys = explored(protocol, 80);
    expect([keys.violations, keys.distinct]).toEqual([[], 80]);
    const tpcc = explored(protocol, 40, "tpcc", { seed: 4 });
    expect([tpcc.violations, tpcc.distinct]).toEqual([[], 40]);
  });

  it.each(REMEDIES)(
    "ends, with %s, when msync has failed: trying again proves nothing",
    (protocol) => {
      const found = explored(protocol, 40, "keys", { fault: "write", seed: 6 });
      expect(found.violations).toEqual([]);
      expect(found.failedRuns).toBeGreaterThan(0);
    },
  );

  it("replays a state from its name", () => {
    const [violation] = explored("in-place", 1_000).violations;
    expect(violation!.message).toContain(" in doubt: 1 record, 1 key differs: ");
    const [run = 0, position = 0, subset = 0] = violation!.state.split(".").map(Number);
    const subject = engineSubject({
      workload: "keys",
      buffer: "mmap",
      updateProtocol: "in-place",
      pageBytes: 4_096,
      fullPageImages: true,
    });
    const { threads } = subject;
    const again = new CrashExplorer(subject, {
      stage: openStage({ backend: "mmap", drives: 2, options: {}, threads, buffer: "mmap" }),
      seed: 1,
      firstRun: 0,
      states: 1,
      subsets: 8,
      atomicBytes: 512,
      nestedPercent: 20,
      violationsMax: 1,
    }).replay({ run, position, subset });
    expect(again.violations.map(({ message }) => message)).toContain(violation!.message);
  });
});

describe("the explorer catches", () => {
  it("a meta page that is written before what it leads to is durable", () => {
    const { flush } = DriveIo.prototype;
    let calls = 0;
    vi.spyOn(DriveIo.prototype, "flush").mockImplementation(function* (this: DriveIo, drives) {
      calls += 1;
      // Each commit flushes twice; the first one is left out.
      if (calls % 2 === 0) yield* flush.call(this, drives);
    });
    expect(explored("shadow-paging", 1_000).violations.length).toBeGreaterThan(0);
  });

  it("a committed page that is changed where it lies", () => {
    vi.spyOn(ShadowPaging.prototype, "isReady").mockReturnValue(true);
    vi.spyOn(ShadowPaging.prototype, "beforeStore").mockReturnValue(undefined);
    expect(explored("shadow-paging", 1_000).violations.length).toBeGreaterThan(0);
  });
});
