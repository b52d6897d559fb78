/** Every number of the model, with where it comes from. */
import { counted } from "../base/counted.ts";
import type { Sourced } from "../base/sourced.ts";
import { ENGINE_COST_MEANINGS, engineCostsAt } from "../engine/costs.ts";
import { CPU_NUMBERS } from "../hardware/cpu/cpu-numbers.ts";
import { clockGHz, type MachineSpec } from "../hardware/machines/machine-spec.ts";
import { DRIVE_NUMBERS } from "../hardware/nvme/drive-numbers.ts";
import { containerCosts, vmCosts } from "../os/isolation/costs.ts";
import { isolationCostMeanings } from "../os/isolation/isolate.ts";
import { findBackend, type ResolvedExperiment } from "./assemble.ts";
import { resolveNumbers } from "./overrides.ts";

export interface ModelNumber {
  readonly machine: string;
  /** `cpu`, `drive`, or the backends that have this cost. */
  readonly part: string;
  /** What `--set` calls it; clocks that it cannot name alone carry their number of active cores. */
  readonly path: string;
  readonly number: Sourced;
  /** On which cause of the ledger it is charged; numbers of the hardware are charged nowhere. */
  readonly cause?: string;
  readonly meaning: string;
}

/** The numbers of one machine and of `backendIds` on it; a cost that several share comes once. */
export function modelNumbers(machine: MachineSpec, backendIds: readonly string[]): ModelNumber[] {
  const common = { machine: machine.id };
  const hardware: ModelNumber[] = [
    ...machine.cpu.clocks.map(({ activeCores, clock }) => ({
      ...common,
      part: "cpu",
      path: `cpu.clock@${activeCores}`,
      number: clock,
      meaning: `clock with ${counted(activeCores, "active core")} (--set cpu.clock is for all)`,
    })),
    ...Object.entries(CPU_NUMBERS).map(([name, { meaning }]) => ({
      ...common,
      part: "cpu",
      path: `cpu.${name}`,
      number: machine.cpu.numbers[name as keyof typeof CPU_NUMBERS],
      meaning,
    })),
    ...Object.entries(DRIVE_NUMBERS).map(([name, { meaning }]) => ({
      ...common,
      part: "drive",
      path: `drive.${name}`,
      number: machine.drive.numbers[name as keyof typeof DRIVE_NUMBERS],
      meaning,
    })),
  ];
  const costs = new Map<string, ModelNumber>();
  for (const id of backendIds) {
    const backend = findBackend(id);
    const meanings = { ...backend.memory.costMeanings, ...backend.costMeanings };
    const declared = { costs: { ...backend.costs, ...backend.memory.costs } };
    for (const [path, number] of Object.entries(resolveNumbers(machine, declared, {}).costs)) {
      const before = costs.get(path);
      const { cause, meaning } = meanings[path]!;
      const part = before === undefined ? id : `${before.part}, ${id}`;
      costs.set(path, { ...common, part, path, number, cause, meaning });
    }
  }
  const layers = Object.entries({ ...vmCosts, ...containerCosts }).map(([path, number]) => {
    const { cause, meaning } = isolationCostMeanings[path]!;
    return { ...common, part: "isolation", path, number, cause, meaning };
  });
  const engineCosts = engineCostsAt(clockGHz(machine.cpu.clocks, 1));
  const engine = Object.entries(engineCosts).map(([path, number]) => {
    const { cause, meaning } = ENGINE_COST_MEANINGS[path as keyof typeof ENGINE_COST_MEANINGS];
    return {
      ...common,
      part: "engine",
      path,
      number: machine.costs[path] ?? number,
      cause,
      meaning,
    };
  });
  return [...hardware, ...costs.values(), ...layers, ...engine];
}

/** The numbers that one run uses, by the name that `--set` gives them. */
export function modelNumbersOf({ numbers }: ResolvedExperiment): Record<string, Sourced> {
  const { machine, costs } = numbers;
  const prefixed = (prefix: string, table: Readonly<Record<string, Sourced>>) =>
    Object.entries(table).map(([name, number]) => [`${prefix}.${name}`, number] as const);
  return Object.fromEntries([
    ...machine.cpu.clocks.map((point) => [`cpu.clock@${point.activeCores}`, point.clock] as const),
    ...prefixed("cpu", machine.cpu.numbers),
    ...prefixed("drive", machine.drive.numbers),
    ...Object.entries(costs),
  ]);
}
