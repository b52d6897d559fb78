/**
 * How a crash came about that recovery could not put right, step by step; or, where there is none,
 * how the first commits become durable.
 */
import { counted } from "../../base/counted.ts";
import type { Actor, Witness } from "../../workload/witness.ts";
import type { DeviceEvent } from "./device-trace.ts";
import type { Exploration } from "./exploration.ts";
import { type CrashExplorer, type CrashStep, parseStateName } from "./explorer.ts";

const PAGE_BYTES = 4_096;
/** More steps than that nobody wants to see. */
const STEPS_MAX = 9;

export function tellCrash(
  explorer: CrashExplorer,
  { distinct, violations }: Exploration,
  witness: Witness,
): void {
  const [violation] = violations;
  const state = violation && parseStateName(violation.state);
  const { steps, left } = explorer.look(state?.run ?? 0, state, STEPS_MAX);
  let holds: Record<string, string> = {};
  const note = (who: Actor, what: string, tone?: "good" | "bad"): void =>
    witness({ atPs: 0, who, what, ...(tone && { tone }), holds });
  let acknowledged = steps[0]?.acknowledged ?? 0;
  for (const step of steps) {
    holds = placesOf(step);
    note(...textOf(step.event));
    if (step.acknowledged === acknowledged) continue;
    acknowledged = step.acknowledged;
    note("database", `commit ${acknowledged} is acknowledged`);
  }
  holds = { ...holds, "changed in memory": "gone" };
  const doubt = counted(left.inDoubt, "change");
  const rest = `${left.kept + left.torn} of ${doubt} in doubt got to the drives`;
  if (violation === undefined) {
    note("power", "the power fails, here or at any other step");
    const found = "recovery finds what was acknowledged, and nothing else";
    note("database", `${found}, in all ${distinct} states`, "good");
    return;
  }
  note("power", `the power fails; ${rest}`);
  if (state?.nested !== undefined) note("power", "and it fails again during recovery");
  note("database", complaint(violation.message), "bad");
}

/** What the oracle found, without the keys. */
function complaint(message: string): string {
  const difference = /: (\d+) records?, (\d+) keys? differs?/.exec(message);
  if (difference === null) return message;
  const [, records, keys] = difference;
  const found = `recovery finds ${counted(Number(records), "record")}`;
  return `${found}; ${counted(Number(keys), "key")} not as acknowledged`;
}

const pageOf = (event: { readonly offset: number }): number => event.offset / PAGE_BYTES;

function textOf(event: DeviceEvent): [Actor, string] {
  switch (event.kind) {
    case "store":
      return [
        "database",
        `stores to page ${pageOf(event)} of the mapped file; the system may write it from now on`,
      ];
    case "write":
      return ["kernel", `writes ${event.content.length} bytes at page ${pageOf(event)}`];
    case "flush":
      return ["drive", `drive ${event.drive} has made durable what it had accepted`];
  }
}

function placesOf({ inDoubt, acknowledged }: CrashStep): Record<string, string> {
  const pages = (kind: DeviceEvent["kind"]): string => {
    const found = inDoubt.flatMap((event) =>
      event.kind === kind && event.kind !== "flush" ? [pageOf(event)] : [],
    );
    return found.length === 0 ? "nothing" : `page ${[...new Set(found)].join(", ")}`;
  };
  return {
    "commits acknowledged": String(acknowledged),
    "changed in memory": pages("store"),
    "accepted, not durable": pages("write"),
  };
}
