import { describe, expect, it } from "vitest";
import { UsageError } from "../../base/usage-error.ts";
import { PARK, type ThreadTask, WRITE } from "../../os/model.ts";
import { PLANTED_FAULTS, type PlantedFault } from "../../testing/log-store/layout.ts";
import { logStore } from "../../testing/log-store/log-store.ts";
import {
  CrashExplorer,
  type ExplorerSettings,
  parseStateName,
  type StateName,
} from "./explorer.ts";
import type { FaultKind } from "./faulty-media.ts";
import { openStage } from "./open-stage.ts";
import type { Coverage, CrashSubject } from "./subject.ts";

const settings = (more: Partial<ExplorerSettings> = {}): ExplorerSettings => ({
  stage: openStage({ backend: "null", drives: 1, options: {}, threads: 2 }),
  seed: 1,
  firstRun: 0,
  states: 200,
  subsets: 8,
  atomicBytes: 512,
  nestedPercent: 25,
  violationsMax: 1,
  ...more,
});

const explorer = (fault: PlantedFault, more: Partial<ExplorerSettings> = {}): CrashExplorer =>
  new CrashExplorer(logStore(fault), settings(more));

function lostIn(explorer: CrashExplorer, name: StateName): string {
  try {
    const [first] = explorer.replay(name).violations;
    return first === undefined ? "nothing" : first.message;
  } catch (error) {
    if (error instanceof UsageError) return "no such state";
    throw error;
  }
}

/** Which drives' fault brings a planted one to light; none: losing power is enough. */
const BROUGHT_OUT_BY: Partial<Record<PlantedFault, FaultKind>> = { "flush retry": "flush" };

describe("the crash explorer", () => {
  it("finds nothing in a store that is correct", () => {
    const found = explorer("none").explore();
    expect(found.violations).toEqual([]);
    expect(found.distinct).toBe(200);
  });

  it("has met everything that it is there for", () => {
    const found = explorer("none", { states: 450 }).explore();
    expect(found.violations).toEqual([]);
    expect(found.withTornWrites).toBeGreaterThan(25);
    expect(found.withReordering).toBeGreaterThan(25);
    expect(found.nested).toBeGreaterThan(40);
    for (const name of ["aborts", "checkpoints", "groupCommits", "steals", "redone", "undone"]) {
      expect(found.coverage[name], name).toBeGreaterThan(0);
    }
  });

  it.each(PLANTED_FAULTS)("catches: %s", (fault) => {
    const drives = BROUGHT_OUT_BY[fault];
    const found = explorer(fault, { states: 3_000, fault: drives }).explore();
    expect(found.violations).toHaveLength(1);
  });

  it.each(PLANTED_FAULTS)("replays what it has caught from its name: %s", (fault) => {
    const drives = BROUGHT_OUT_BY[fault];
    const more = { states: 3_000, fault: drives };
    const [violation] = explorer(fault, more).explore().violations;
    const name = parseStateName(violation!.state)!;
    const again = explorer(fault, more).replay(name);
    expect(again.violations).toContainEqual(violation);
    // A correct store sends other commands, and may have no such state.
    expect(["nothing", "no such state"]).toContain(lostIn(explorer("none", more), name));
  });

  it("does the same twice, and something else with another seed", () => {
    const first = explorer("none", { states: 100 }).explore();
    expect(explorer("none", { states: 100 }).explore()).toEqual(first);
    expect(explorer("none", { states: 100, seed: 2 }).explore()).not.toEqual(first);
  });

  it.each(["null", "linux", "bypass", "unikernel", "unikernel-port"])("runs on %s", (backend) => {
    const stage = openStage({ backend, drives: 1, options: {}, threads: 2 });
    const found = explorer("none", { states: 60, stage }).explore();
    expect([found.violations, found.distinct]).toEqual([[], 60]);
  });

  // This store reads nothing while it runs, so reads that fail are for the engine to show.
  it.each(["write", "flush", "vanish"] as const)(
    "loses nothing that was acknowledged when drives fail: %s",
    (fault) => {
      const found = explorer("none", { states: 50, fault }).explore();
      expect([found.violations, found.distinct]).toEqual([[], 50]);
    },
  );

  it("stops at lies of the drive: a lost or misdirected write is found afterwards", () => {
    for (const fault of ["lost", "misdirected"] as const) {
      const found = explorer("none", { states: 2_000, fault }).explore();
      expect(found.violations.length, fault).toBeGreaterThan(0);
    }
  });
});

it("crashes at every position of a run, before its first write and behind its last", () => {
  const coverage = (): Coverage => ({});
  const subject: CrashSubject = {
    ...{ id: "four writes", threads: 1 },
    start: ({ storage }) => ({
      coverage,
      bodies: [
        function* (thread): ThreadTask {
          const channel = storage.openChannel(thread, 1);
          for (let number = 0; number < 4; number++) {
            channel.prepare(WRITE, 0, 4_096 * number, 4_096, 0, new Uint8Array(4_096).fill(9));
            channel.submit();
            while (channel.reap(1) === 0) yield channel.completionWait;
          }
        },
      ],
    }),
    recover: () => ({ coverage, *body(): ThreadTask {} }),
  };
  // All that can be left of four whole writes: a second run finds nothing new, and is the last.
  const whole = settings({ atomicBytes: 4_096, subsets: 64 });
  const { runs, positions, violations } = new CrashExplorer(subject, whole).explore();
  expect([runs, positions, violations]).toEqual([2, 10, []]);
  // Nothing is left, or everything, whatever else is tried: five images.
  const ends = new CrashExplorer(subject, { ...whole, subsets: 2 });
  expect(ends.explore().distinct).toBe(5);
});

describe("a store that does not come back", () => {
  const sound = logStore("none");
  // biome-ignore lint/correctness/useYield: it ends with an error at once
  const throws = function* (): ThreadTask {
    throw new Error("planted");
  };
  const waits = function* (): ThreadTask {
    while (true) yield PARK;
  };
  const coverage = (): Coverage => ({});
  const firstOf = (change: Partial<CrashSubject>): string | undefined => {
    const subject: CrashSubject = { ...sound, ...change };
    const found = new CrashExplorer(subject, settings({ states: 3 })).explore();
    return found.violations[0]?.message;
  };

  it.each([
    ["recovery failed: planted", { recover: () => ({ body: throws, coverage }) }],
    ["recovery never ended", { recover: () => ({ body: waits, coverage }) }],
    ["the workload failed: planted", { start: () => ({ bodies: [throws], coverage }) }],
    ["the workload failed: 1 thread never ended", { start: () => ({ bodies: [waits], coverage }) }],
  ])("is a violation: %s", (message, change) => {
    expect(firstOf(change)).toBe(message);
  });

  it("is one as well when it has all records, and says itself that something is broken", () => {
    const recover: CrashSubject["recover"] = (system, found, seed) => {
      found.faults.push("a page is broken");
      return sound.recover(system, found, seed);
    };
    expect(firstOf({ recover })).toBe("a page is broken");
    expect(firstOf({})).toBeUndefined();
  });
});

describe("the name of a state", () => {
  it.each(["3.120.7", "3.120.7.14.2"])("is read as it is written: %s", (text) => {
    expect(parseStateName(text)).toBeDefined();
  });

  it.each(["", "1", "1.2", "1.2.3.4", "a.b.c", "1.2.-3", "1.2.3 "])("is refused: %s", (text) => {
    expect(parseStateName(text)).toBeUndefined();
  });
});
