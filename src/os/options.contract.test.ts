/** Does every option change exactly the causes that its documentation names, and nothing else? */
import { describe, expect, it } from "vitest";
import { findBackend } from "../experiment/assemble.ts";
import { parseSpec } from "../experiment/spec.ts";
import { CAUSES, type Cause } from "../hardware/cpu/ledger.ts";
import { STEADY_DRIVES } from "../testing/bare-run.ts";
import { runIo } from "../testing/io-run.ts";
import { interfacesOf, TESTED_BACKENDS, VARIANTS, type Variant } from "../testing/variants.ts";

/** Time that passes while nothing is done follows from everything else. */
const FILLING: readonly Cause[] = ["idle", "pollingEmpty", "contention"];

/**
 * Not tried: the first means nothing alone and is refused then; the second moves work to a core
 * without a thread of the workload, which a run's ledger does not report.
 */
const UNTRIED = ["irq_coalescing_time", "irq_placement"];

/**
 * Causes whose time per I/O an option changes: of reads, of writes where they differ, and of those
 * that nobody waits for in the kernel where they differ again.
 */
interface Effect {
  readonly causes: readonly Cause[];
  readonly ofWrites?: readonly Cause[];
  readonly ofAsynchronousWrites?: readonly Cause[];
}

const EFFECTS: Readonly<Record<string, Effect>> = {
  registerfiles: { causes: ["ioInterface"] },
  // One thread alone has no cache line moved.
  open_files: { causes: [] },
  fixedbufs: { causes: ["pagePinning"] },
  untouchedbufs: { causes: [], ofWrites: ["pagePinning"] },
  // Such writes end in a kernel worker.
  filesystem: {
    causes: ["fileSystem"],
    ofAsynchronousWrites: ["fileSystem", "wakeUp", "contextSwitch"],
  },
  raid: { causes: ["raid"] },
  ioscheduler: { causes: ["blockLayer"] },
  irq_coalescing_threshold: { causes: [] },
  // An SQPOLL thread that never sleeps in this time.
  sq_thread_idle: { causes: [] },
  io_queue_size: { causes: [] },
};

function perIo({ backend, options }: Variant, rw: "randread" | "randwrite"): Map<Cause, number> {
  const result = runIo(
    parseSpec({
      drives: 1,
      backend: backend.id,
      options: { ...options },
      workload: { kind: "raw-io", rw },
      runtimeUs: 20_000,
      rampUs: 1_000,
      set: { ...STEADY_DRIVES, "drive.controllerTime": 0.1, "drive.writeControllerTime": 0.1 },
    }),
  );
  const { total } = result.ledger;
  return new Map(CAUSES.map((cause) => [cause, Number(total[cause]) / result.operations]));
}

const changedAlone = VARIANTS.flatMap((variant) => {
  const known = Object.keys(EFFECTS).find((name) => variant.name.includes(` ${name}=`));
  return known === undefined ? [] : [[variant.name, known, variant] as const];
});

describe("an option", () => {
  it("is either an interface or has its effect documented here", () => {
    for (const id of TESTED_BACKENDS) {
      const backend = findBackend(id);
      const known = ["ioengine", "cmd_type", "hipri", "sqthread_poll", "completion", ...UNTRIED];
      const names = backend.options.map(({ name }) => name).filter((name) => !known.includes(name));
      for (const name of names) expect(Object.keys(EFFECTS), `${id} ${name}`).toContain(name);
    }
    const tried = new Set(changedAlone.map(([, name]) => name));
    expect([...tried].sort()).toEqual(Object.keys(EFFECTS).sort());
  });

  it.each(changedAlone)("%s: %s changes its own causes only", (_, name, variant) => {
    const plain = interfacesOf(variant.backend).find((one) =>
      Object.entries(one.options).every(([option, value]) => variant.options[option] === value),
    )!;
    const { causes, ofWrites = causes, ofAsynchronousWrites = ofWrites } = EFFECTS[name]!;
    const isBlocking = variant.options["ioengine"] === "psync";
    for (const [rw, expected] of [
      ["randread", causes],
      ["randwrite", isBlocking ? ofWrites : ofAsynchronousWrites],
    ] as const) {
      const before = perIo(plain, rw);
      const after = perIo(variant, rw);
      const changed = CAUSES.filter((cause) => {
        const [a, b] = [before.get(cause)!, after.get(cause)!];
        // A request that straddles an edge of the window.
        return !FILLING.includes(cause) && Math.abs(a - b) > 0.01 * Math.max(a, b);
      });
      expect(changed, rw).toEqual(expected);
    }
  });
});
