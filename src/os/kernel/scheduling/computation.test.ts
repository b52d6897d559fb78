/** Work that is cut into pieces takes what it takes in one. */
import { expect, it } from "vitest";
import { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { Computation } from "./computation.ts";

it.each([false, true])("interrupted or not, and beside a busy sibling: %s", (isBusy) => {
  const core = new Core(0, 0, 1.5, []);
  core.sibling = new Core(1, 0, 1.5, []);
  core.sibling.isOccupied = isBusy;
  const computation = new Computation(core);
  const work = { kind: "compute" as const, cause: CAUSE.application, remainingPs: 1_000 };
  const wholePs = isBusy ? 1_500 : 1_000;
  expect(computation.begin(work)).toBe(wholePs);
  computation.advance(600);
  computation.stop();
  // Somebody else has the core for a while.
  core.passUntil(10_000, CAUSE.interrupt);
  expect(computation.begin(work)).toBe(10_000 + wholePs - 600);
  computation.advance(10_000 + wholePs - 600);
  expect(work.remainingPs).toBe(0);
});
