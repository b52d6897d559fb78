/**
 * `--set path=value`: replaces model numbers of a machine or a backend, in the number's own unit.
 */
import type { CostTable, Sourced } from "../base/sourced.ts";
import { quoted, UsageError } from "../base/usage-error.ts";
import type { MachineSpec } from "../hardware/machines/machine-spec.ts";
import { clockGHz, parseMachine } from "../hardware/machines/machine-spec.ts";
import type { BackendCosts } from "../os/model.ts";

/** Whatever declares costs: a backend, or the facets of several. */
export interface CostDeclaration {
  readonly costs: BackendCosts;
}

/** The numbers that one run uses. */
export interface ModelNumbers {
  readonly machine: MachineSpec;
  /** The backend's costs on this machine. */
  readonly costs: CostTable;
  /**
   * The clock at which costs take the time that they are given in: the machine's own with one
   * active core, whatever clock it is to run at.
   */
  readonly measuredGHz: number;
}

/**
 * A backend's costs on a machine, with overrides applied.
 *
 * Paths: `cpu.<number>`, `cpu.clock` (every clock), `drive.<number>`, and the names of costs.
 * @throws UsageError for a path that does not exist or a value that its number cannot have.
 */
export function resolveNumbers(
  machine: MachineSpec,
  backend: CostDeclaration,
  set: Readonly<Record<string, number>>,
): ModelNumbers {
  const costs: Record<string, Sourced> = {};
  for (const [name, cost] of Object.entries(backend.costs)) {
    costs[name] = machine.costs[name] ?? cost;
  }
  let cpu = machine.cpu;
  let drive = machine.drive;
  for (const [path, value] of Object.entries(set)) {
    const cpuNumber = numberAt(cpu.numbers, path, "cpu.");
    const driveNumber = numberAt(drive.numbers, path, "drive.");
    if (path === "cpu.clock") {
      const clock = overridden(cpu.clocks[0]!.clock, value);
      cpu = { ...cpu, clocks: [{ activeCores: 1, clock }] };
    } else if (cpuNumber !== undefined) {
      const [name, number] = cpuNumber;
      cpu = { ...cpu, numbers: { ...cpu.numbers, [name]: overridden(number, value) } };
    } else if (driveNumber !== undefined) {
      const [name, number] = driveNumber;
      drive = { ...drive, numbers: { ...drive.numbers, [name]: overridden(number, value) } };
    } else if (Object.hasOwn(costs, path)) {
      costs[path] = overridden(costs[path]!, value);
    } else throw unknownPath(path, machine, backend);
  }
  // The schema and the ranges of machine files hold for overrides too.
  const changed = parseMachine({ ...machine, cpu, drive, costs });
  const measuredGHz = clockGHz(machine.cpu.clocks, 1);
  return { machine: { ...changed, costs: machine.costs }, costs, measuredGHz };
}

/**
 * A warning for each override of an assumed number that lies outside of its range, where no system
 * is known to be. Zero asks what would be if something were free; that is never a slip.
 */
export function rangeWarnings(
  { cpu, drive, costs }: MachineSpec,
  backend: CostDeclaration,
  set: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(set).flatMap(([path, value]) => {
    const [, number] =
      numberAt(cpu.numbers, path, "cpu.") ??
      numberAt(drive.numbers, path, "drive.") ??
      numberAt({ ...backend.costs, ...costs }, path, "") ??
      [];
    if (value === 0 || number?.provenance !== "assumed") return [];
    const { range, unit } = number;
    if (value >= range[0] && value <= range[1]) return [];
    const of = unit === "1" ? "" : ` ${unit}`;
    return [
      `set: ${path} is ${value}${of}, outside of the range ${range.join(" … ")}${of} in which ` +
        "its true value is assumed to lie",
    ];
  });
}

/** Every path that `--set` takes for this machine and backend. */
export function settablePaths(machine: MachineSpec, backend: CostDeclaration): readonly string[] {
  return [
    "cpu.clock",
    ...Object.keys(machine.cpu.numbers).map((name) => `cpu.${name}`),
    ...Object.keys(machine.drive.numbers).map((name) => `drive.${name}`),
    ...Object.keys(backend.costs),
  ];
}

/** Whether a path is that of one clock of several, as `kerneltax costs` lists them. */
export const isOneClock = (path: string): boolean => path.startsWith("cpu.clock@");

export const CLOCKS_TOGETHER = "no clock can be set alone; cpu.clock is for any number of cores";

function numberAt(
  numbers: CostTable,
  path: string,
  prefix: string,
): [name: string, number: Sourced] | undefined {
  const name = path.startsWith(prefix) ? path.slice(prefix.length) : "";
  return Object.hasOwn(numbers, name) ? [name, numbers[name]!] : undefined;
}

function overridden({ unit, atGHz }: Sourced, value: number): Sourced {
  const clock = atGHz === undefined ? {} : { atGHz };
  return { value, unit, ...clock, provenance: "measured", source: "user", where: "--set" };
}

function unknownPath(path: string, machine: MachineSpec, backend: CostDeclaration): UsageError {
  if (isOneClock(path)) return new UsageError(`set: ${quoted(path)}: ${CLOCKS_TOGETHER}`);
  const known = settablePaths(machine, backend);
  const groupOf = (name: string): string => name.slice(0, name.indexOf(".") + 1);
  const siblings = known.filter((name) => groupOf(name) === groupOf(path));
  const groups = [...new Set(known.map((name) => `${groupOf(name)}…`))];
  return new UsageError(
    `set: there is no model number "${path}"; there are: ` +
      `${(siblings.length > 0 ? siblings : groups).join(", ")} (\`kerneltax costs\` lists all); ` +
      "nor has the spec such a number (it has drives, runtimeUs, workload.…: all that JSON " +
      "output shows)",
  );
}
