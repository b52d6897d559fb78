/** Does the dispatcher come by when its round does, lose no task, and give none twice? */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bareRun, FREE_DRIVES, TWO_CORES } from "../../../testing/bare-run.ts";
import { Dispatcher, type DispatcherCosts, Seat } from "./dispatcher.ts";
import type { KernelThread } from "./kernel-thread.ts";
import { LightQueue } from "./light-queue.ts";

const COSTS: DispatcherCosts = {
  assignPs: 0,
  createPs: 0,
  sendPs: 0,
  deliveryPs: 70,
  linePs: 5,
  visitPs: 100,
  glancePs: 100,
};
/** Visits of the round: those of three workers, and two looks at the clock. */
const ROUND_PS = 500;

/** What a worker was told, in order: when, and the name of the task that it was given. */
type Told = readonly [atPs: number, given: string | undefined];

function bench(costs: Partial<DispatcherCosts> = {}, workers = 3) {
  const { simulation, machine } = bareRun(
    {
      machine: TWO_CORES,
      backend: "null",
      drives: 1,
      workload: { kind: "raw-io" },
      set: { ...FREE_DRIVES },
    },
    1,
  );
  const core = machine.cores[1]!;
  const merged = { ...COSTS, ...costs };
  const dispatcher = new Dispatcher(simulation, core, merged, new LightQueue(1_000));
  const told: Told[][] = [];
  const seats = Array.from({ length: workers }, (_, index) => {
    told.push([]);
    const seat: Seat = new Seat(dispatcher, {
      assigned: (atPs) => told[index]!.push([atPs, nameOf(seat.given)]),
      interrupted: (atPs) => told[index]!.push([atPs, undefined]),
    });
    return seat;
  });
  const at = (atPs: number, act: () => void): void => {
    simulation.schedule(atPs, simulation.register({ handle: act }), 0);
  };
  return { simulation, dispatcher, seats, told, at };
}

/** The dispatcher looks at nothing of a task but whether it is urgent. */
const task = (name: string): KernelThread => ({ name, isUrgent: false }) as never;
const nameOf = (thread: KernelThread | undefined) =>
  (thread as unknown as { readonly name: string } | undefined)?.name;

describe("a dispatcher's round", () => {
  it("admits a request when it comes to the clock, and gives it to the next worker", () => {
    const { simulation, dispatcher, told, at } = bench();
    at(1, () => dispatcher.admit(task("a"), 1));
    simulation.runUntil(10_000);
    // Workers at 0, 100, 200; arrivals at 300, where two looks at the clock follow; then a round.
    expect(told).toEqual([[[300 + 200 + 100 + 5, "a"]], [], []]);
  });

  it("admits one request a round", () => {
    const { simulation, dispatcher, told, at } = bench();
    at(1, () => {
      for (const name of ["a", "b", "c"]) dispatcher.admit(task(name), 1);
    });
    simulation.runUntil(10_000);
    const times = told.map(([first]) => first![0]);
    expect(told.map((all) => all.map(([, name]) => name))).toEqual([["a"], ["b"], ["c"]]);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(ROUND_PS);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(ROUND_PS);
  });

  it("reads the clock for a worker only while its task may have had its quantum", () => {
    const tookPs = (watched: number): number => {
      const { simulation, dispatcher, seats, told, at } = bench({ glancePs: 10 });
      for (const seat of seats.slice(1, 1 + watched)) seat.watch(1_000_000);
      at(1, () => dispatcher.admit(task("a"), 1));
      simulation.runUntil(10_000);
      return told[0]![0]![0];
    };
    // Workers at 0, 10, 20; arrivals at 30, two looks at the clock; another one; the first worker.
    expect(tookPs(0)).toBe(30 + 200 + 100 + 5);
    expect(tookPs(2) - tookPs(0)).toBe(2 * (100 - 10));
  });

  it("interrupts each task in its round when others begin and end meanwhile", () => {
    const { simulation, seats, told, at } = bench({ glancePs: 10 });
    seats[2]!.watch(5_000);
    at(2_000, () => seats[0]!.watch(1_000_000));
    at(4_000, () => seats[1]!.watch(1_000_000));
    at(4_900, () => seats[1]!.take(4_900));
    simulation.runUntil(20_000);
    // Rounds of 320 up to 2000, of 410 up to 4000, of 500 up to 4900, and then of 410.
    const [[interruptedPs]] = told[2] as [Told];
    expect(interruptedPs).toBeGreaterThanOrEqual(5_000 + 100 + COSTS.deliveryPs);
    expect(interruptedPs).toBeLessThanOrEqual(5_000 + 410 + 100 + COSTS.deliveryPs);
    expect([told[0], told[1]]).toEqual([[], []]);
  });

  it("interrupts a task in the first round after its quantum", () => {
    for (const quantumPs of [1, 100, 101, 499, 500, 501, 10_042]) {
      const { simulation, seats, told } = bench();
      seats[1]!.watch(quantumPs);
      simulation.runUntil(1_000_000);
      const visitPs = 100 + ROUND_PS * Math.ceil((quantumPs - 100) / ROUND_PS);
      expect(told[1]).toEqual([[visitPs + COSTS.visitPs + COSTS.deliveryPs, undefined]]);
    }
  });

  it("does not interrupt a worker whose task has ended before the round came by", () => {
    const { simulation, seats, told, at } = bench();
    seats[1]!.watch(5_000);
    at(4_900, () => seats[1]!.take(4_900));
    simulation.runUntil(1_000_000);
    expect(told).toEqual([[], [], []]);
  });

  it("takes longer when there is more to do in it", () => {
    const lastPs = (sendPs: number): number => {
      const { simulation, seats, told } = bench({ sendPs });
      for (const seat of seats) seat.watch(1_000);
      simulation.runUntil(1_000_000);
      return told[2]![0]![0];
    };
    expect(lastPs(10_000) - lastPs(0)).toBeGreaterThanOrEqual(30_000);
  });

  it("creates a request's task before it goes on", () => {
    const firstPs = (createPs: number): number => {
      const { simulation, dispatcher, told, at } = bench({ createPs });
      at(1, () => dispatcher.admit(task("a"), 1));
      simulation.runUntil(1_000_000);
      return told[0]![0]![0];
    };
    expect(firstPs(7_000) - firstPs(0)).toBe(7_000);
  });

  it("fetches the line of a worker that has taken a task, at its next look", () => {
    const tookPs = (linePs: number): number => {
      const { simulation, dispatcher, told, at } = bench({ linePs });
      at(1, () => {
        for (const name of ["a", "b"]) dispatcher.admit(task(name), 1);
      });
      simulation.runUntil(1_000_000);
      return told[1]![0]![0];
    };
    // The first worker's line is fetched once more; the second worker's has just been written.
    expect(tookPs(30) - tookPs(0)).toBe(2 * 30);
  });

  it("puts a preempted task behind those that wait", () => {
    const { simulation, dispatcher, seats, told, at } = bench({}, 1);
    at(1, () => dispatcher.admit(task("first"), 1));
    at(5_000, () => {
      const first = seats[0]!.take(5_000)!;
      dispatcher.admit(task("second"), 5_000);
      at(9_000, () => {
        seats[0]!.giveBack(first);
        seats[0]!.take(9_000);
      });
    });
    simulation.runUntil(20_000);
    expect(told[0]!.map(([, name]) => name)).toEqual(["first", "second"]);
  });

  it("gives every task to one worker, in the order of arrival", () => {
    const arrival = fc.record({ gapPs: fc.nat(3_000), workPs: fc.nat(6_000) });
    const property = fc.property(
      fc.array(arrival, { minLength: 1, maxLength: 40 }),
      fc.record({
        assignPs: fc.nat(400),
        createPs: fc.nat(400),
        linePs: fc.nat(50),
        visitPs: fc.nat(120),
        glancePs: fc.nat(120),
      }),
      fc.integer({ min: 1, max: 5 }),
      (arrivals, costs, workers) => {
        const { simulation, dispatcher, seats, told, at } = bench(costs, workers);
        const order: string[] = [];
        let atPs = 0;
        arrivals.forEach(({ gapPs }, index) => {
          atPs += gapPs;
          const nowPs = atPs;
          at(nowPs, () => dispatcher.admit(task(`${index}`), nowPs));
        });
        seats.forEach((seat, place) => {
          // A worker takes what it was told of, works, and wants more.
          const pushed = told[place]!;
          pushed.push = (...items: Told[]) => {
            for (const [visiblePs, name] of items) {
              order.push(name!);
              const endPs = visiblePs + arrivals[Number(name)]!.workPs;
              at(visiblePs, () => seat.take(visiblePs));
              at(endPs, () => seat.take(endPs));
            }
            return 0;
          };
        });
        simulation.runUntil(1_000_000_000);
        expect(order).toEqual(arrivals.map((_, index) => `${index}`));
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});
