/** Costs that a machine's own data replaces have to exist, or nobody would notice a wrong name. */
import { nearNames } from "../base/near-names.ts";
import { quoted, UsageError } from "../base/usage-error.ts";
import type { MachineSpec } from "../hardware/machines/machine-spec.ts";
import { containerCosts, vmCosts } from "../os/isolation/costs.ts";
import type { BackendModule } from "../os/model.ts";
import { WORKLOAD_COSTS } from "./workloads/index.ts";

/**
 * The machine itself.
 * @throws UsageError for a cost that neither a backend nor a workload has.
 */
export function withKnownCosts(
  machine: MachineSpec,
  backends: readonly BackendModule[],
): MachineSpec {
  const names = Object.keys(machine.costs);
  if (names.length === 0) return machine;
  const known = new Set(
    [
      containerCosts,
      vmCosts,
      WORKLOAD_COSTS,
      ...backends.flatMap(({ costs, memory }) => [costs, memory.costs]),
    ].flatMap((costs) => Object.keys(costs)),
  );
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return machine;
  const near = nearNames(unknown, known);
  const meant = near.length > 0 ? ` is it ${near.join(" or ")}?` : "";
  throw new UsageError(
    `costs, ${quoted(unknown)}: there is no such cost;${meant} \`kerneltax costs\` lists all`,
  );
}
