import { describe, expect, it } from "vitest";
import { bareRun, TWO_CORES } from "../../../testing/bare-run.ts";
import type { Thread, ThreadTask, Until } from "../../model.ts";

const END_PS = 1_000_000_000;

/** Runs one task on a thread of `backend`; returns the moments that it notes. */
function moments(
  backend: string,
  body: (thread: Thread, note: () => void, channelWait: Until["other"]) => ThreadTask,
  more: (run: ReturnType<typeof bareRun>, thread: Thread) => void = () => {},
): number[] {
  const run = bareRun(
    { machine: TWO_CORES, backend, drives: 1, workload: { kind: "raw-io" } },
    END_PS,
  );
  const noted: number[] = [];
  const thread = run.system.scheduler.spawn(0, (own) =>
    body(
      own,
      () => noted.push(own.core.cursorPs),
      run.system.storage.openChannel(own, 4).completionWait,
    ),
  );
  more(run, thread);
  run.simulation.runUntil(END_PS);
  return noted;
}

describe.each(["linux", "bypass"])("a timed wait on %s", (backend) => {
  it("ends at its moment when nothing else ends it, every time", () => {
    const noted = moments(backend, function* (_, note, other) {
      const pause: Until = { kind: "until", atPs: 0, other };
      for (let step = 1; step <= 5; step++) {
        pause.atPs = step * 100_000_000;
        yield pause;
        note();
      }
    });
    expect(noted).toHaveLength(5);
    noted.forEach((atPs, index) => {
      expect(atPs).toBeGreaterThanOrEqual((index + 1) * 100_000_000);
      expect(atPs).toBeLessThan((index + 1) * 100_000_000 + 5_000_000);
    });
  });

  it("does not wait for a moment that has passed", () => {
    const noted = moments(backend, function* (thread, note, other) {
      yield { kind: "until", atPs: thread.core.cursorPs, other };
      note();
    });
    expect(noted[0]).toBeLessThan(5_000_000);
  });
});

describe("a timed wait of a thread that sleeps", () => {
  it("ends early when something wakes it, and its timer wakes nobody later", () => {
    const noted = moments(
      "linux",
      function* (_, note, other) {
        yield { kind: "until", atPs: 300_000_000, other };
        note();
        yield { kind: "until", atPs: 900_000_000, other };
        note();
      },
      ({ simulation }, thread) => {
        const waker = simulation.register({ handle: () => thread.wake(simulation.nowPs) });
        simulation.schedule(100_000_000, waker, 0);
      },
    );
    expect(noted[0]).toBeLessThan(110_000_000);
    expect(noted[1]).toBeGreaterThanOrEqual(900_000_000);
  });
});
