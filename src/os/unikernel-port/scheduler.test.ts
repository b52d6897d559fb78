/** Threads of the port: their turns on a core, and what waking one another takes. */
import { expect, it } from "vitest";
import { bareRun, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import { CAUSE, SLEEP, type Thread, type ThreadTask } from "../model.ts";

const US = 1_000_000;
const END_PS = 1_000 * US;

function performed(
  set: Readonly<Record<string, number>>,
  bodies: readonly ((thread: Thread) => ThreadTask)[],
  cores: 1 | 2,
  idle: "watch" | "halt" = "watch",
) {
  const run = bareRun(
    {
      machine: { ...TWO_CORES, cpu: { ...TWO_CORES.cpu, cores } },
      backend: "unikernel-port",
      options: { idle },
      set,
      workload: { kind: "raw-io", jobs: 2 },
    },
    END_PS,
  );
  const threads = bodies.map((body, index) => run.system.scheduler.spawn(index, body));
  return { threads, run };
}

it("take turns of a slice, at a timer's interrupt and a switch each", () => {
  const compute = function* (): ThreadTask {
    yield { kind: "compute", remainingPs: END_PS, cause: CAUSE.application };
  };
  const { run } = performed({ "port.slice": 100_000 }, [compute, compute], 1);
  const spent = spentUntil(run, END_PS);
  const switches = spent.contextSwitch / run.costsPs["port.contextSwitch"]!;
  const interrupts = spent.interrupt / run.costsPs["port.interruptEntry"]!;
  expect(switches).toBe(10);
  expect(interrupts).toBe(9);
});

it("wake one another by a list insertion, and by an interrupt if the core has halted", () => {
  const sentPs = (cores: 1 | 2, idle: "watch" | "halt"): number => {
    const sleeper = function* (): ThreadTask {
      yield SLEEP;
    };
    let asleep: Thread | undefined;
    const waker = function* (thread: Thread): ThreadTask {
      yield { kind: "compute", remainingPs: 10 * US, cause: CAUSE.application };
      thread.unpark(asleep!);
    };
    const { run, threads } = performed({}, [sleeper, waker], cores, idle);
    asleep = threads[0];
    const { wakeUp } = spentUntil(run, END_PS);
    return wakeUp - run.costsPs["port.wakeUp"]!;
  };
  expect([sentPs(1, "halt"), sentPs(2, "watch")]).toEqual([0, 0]);
  const { costsPs } = performed({}, [], 2).run;
  expect(sentPs(2, "halt")).toBe(costsPs["port.ipiSend"]);
});
