/** Every built-in machine. To add one: its file, its import, its line. */
import { badValue, quoted, UsageError } from "../../base/usage-error.ts";
import { DRIVE_IDS, drives } from "./drives/index.ts";
import { genoaCm7 } from "./genoa-cm7.ts";
import { genoaCm7Ucache } from "./genoa-cm7-ucache.ts";
import { i58500P5800x } from "./i5-8500-p5800x.ts";
import { i914900kP5801x } from "./i9-14900k-p5801x.ts";
import type { MachineSpec } from "./machine-spec.ts";
import { parseMachine } from "./machine-spec.ts";
import { milanPm1733 } from "./milan-pm1733.ts";
import { xeon5320P5500 } from "./xeon5320-p5500.ts";
import { xeon5418y } from "./xeon5418y.ts";
import { xeon6448h } from "./xeon6448h.ts";
import { xeon8380P5800x } from "./xeon8380-p5800x.ts";
import { xeon8480P5800x } from "./xeon8480-p5800x.ts";

export const machines = {
  "milan-pm1733": milanPm1733,
  "genoa-cm7": genoaCm7,
  "genoa-cm7-ucache": genoaCm7Ucache,
  "i5-8500-p5800x": i58500P5800x,
  "i9-14900k-p5801x": i914900kP5801x,
  "xeon5320-p5500": xeon5320P5500,
  xeon5418y,
  xeon6448h,
  "xeon8380-p5800x": xeon8380P5800x,
  "xeon8480-p5800x": xeon8480P5800x,
} as const satisfies Record<string, MachineSpec>;

export const MACHINE_IDS = Object.keys(machines);

/**
 * The machine that a spec names or contains; data may extend a built-in machine.
 * @throws UsageError for an unknown name, or data that is no valid machine with an id of its own.
 */
export function findMachine(machine: string | Readonly<Record<string, unknown>>): MachineSpec {
  if (typeof machine !== "string") {
    const alone = machine["extends"] === undefined ? ' (needs every field without "extends")' : "";
    const own = parseMachine(withBase(machine), `the machine${alone}`);
    if (!Object.hasOwn(machines, own.id)) return own;
    throw badValue(
      "the machine: id",
      own.id,
      "results would name the built-in machine; give an id of your own",
    );
  }
  if (Object.hasOwn(machines, machine)) return machines[machine as keyof typeof machines];
  throw unknownMachine("machine", machine);
}

function unknownMachine(field: string, name: unknown): UsageError {
  const known = MACHINE_IDS.join(", ");
  // Paths are the command line's business; the machine that is extended is built in.
  const more =
    field === "extends" ? "" : ", or your own: --machine takes a path, a spec the data itself";
  return new UsageError(`${field}: ${quoted(name)} is not a machine; choose ${known}${more}`);
}

/**
 * Lays the given fields over those of the machine named by `extends`; a drive may be a name, too.
 */
function withBase(data: Readonly<Record<string, unknown>>): unknown {
  const { extends: base, ...given } = data;
  const own = typeof given["drive"] === "string" ? withDrive(given, given["drive"]) : given;
  if (base === undefined) return own;
  if (typeof base !== "string" || !Object.hasOwn(machines, base)) {
    throw unknownMachine("extends", base);
  }
  return overlay(machines[base as keyof typeof machines], own);
}

function withDrive(data: Readonly<Record<string, unknown>>, drive: string): typeof data {
  if (Object.hasOwn(drives, drive)) return { ...data, drive: drives[drive as keyof typeof drives] };
  const name = JSON.stringify(drive);
  throw new UsageError(
    `drive: ${name} is not a drive; choose ${DRIVE_IDS.join(", ")}, or an object`,
  );
}

function overlay(below: unknown, above: unknown): unknown {
  if (!isPlainObject(below) || !isPlainObject(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    // A model number is replaced as a whole: half of an old source would be a lie.
    const isNumber = isPlainObject(value) && Object.hasOwn(value, "provenance");
    const hasBelow = Object.hasOwn(below, key) && !isNumber;
    Object.defineProperty(merged, key, {
      value: hasBelow ? overlay(below[key], value) : value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return merged;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
