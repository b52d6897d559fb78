/**
 * A machine as data: processor, drives, and what software costs on it.
 *
 * Built-in machines are files of this folder; a user's own is a JSON file of the same shape, which
 * may say `"extends": "milan-pm1733"` and give only what differs.
 */

import * as z from "zod";
import { checked } from "../../base/checked.ts";
import type { CostTable, Sourced } from "../../base/sourced.ts";
import { UsageError } from "../../base/usage-error.ts";
import type { CpuNumbers } from "../cpu/cpu-numbers.ts";
import { CPU_NUMBERS } from "../cpu/cpu-numbers.ts";
import type { MeaningTable, NumberMeaning } from "../numbers.ts";
import { checkNumber } from "../numbers.ts";
import type { DriveNumbers } from "../nvme/drive-numbers.ts";
import { DRIVE_NUMBERS } from "../nvme/drive-numbers.ts";

/** The clock of every active core when `activeCores` physical cores are active. */
export interface ClockPoint {
  readonly activeCores: number;
  readonly clock: Sourced;
}

export interface CpuSpec {
  readonly title: string;
  /** Physical cores. */
  readonly cores: number;
  /** Hardware threads of a physical core. */
  readonly threadsPerCore: 1 | 2;
  /** Physical cores that share a last-level cache. */
  readonly coresPerComplex: number;
  /** Ascending in `activeCores`, beginning with 1; straight lines in between. */
  readonly clocks: readonly ClockPoint[];
  readonly numbers: CpuNumbers;
}

export interface DriveSpec {
  readonly title: string;
  readonly numbers: DriveNumbers;
}

export interface MachineSpec {
  readonly id: string;
  readonly title: string;
  readonly cpu: CpuSpec;
  readonly drive: DriveSpec;
  /** How many drives the machine has. */
  readonly driveCount: number;
  /** Software costs that were measured on this machine; others keep their backend's value. */
  readonly costs: CostTable;
}

const text = z.string().min(1).max(500);
const SOURCE_UNITS = ["ns", "µs", "s", "cycles", "GHz", "GiB/s", "B", "GiB", "1/s", "1"] as const;
const numberBase = {
  value: z.number(),
  unit: z.enum(SOURCE_UNITS, {
    // The Greek letter looks the same.
    error: ({ input }) =>
      /^[uμ]s$/.test(String(input)) ? "write the micro sign, \\u00b5s in JSON" : undefined,
  }),
  atGHz: z.number().positive().max(100).optional(),
  calibrated: z.boolean().optional(),
  source: text,
  where: text,
};
const sourcedSchema = z.discriminatedUnion("provenance", [
  z.strictObject(
    {
      ...numberBase,
      provenance: z.enum(["published", "datasheet", "measured", "derived"]),
    },
    {
      error: (issue) =>
        issue.code === "unrecognized_keys" && issue.keys.includes("range")
          ? "only an assumed number has an interval in which it lies"
          : undefined,
    },
  ),
  z.strictObject({
    ...numberBase,
    provenance: z.literal("assumed"),
    range: z.tuple([z.number(), z.number()], {
      error: ({ input }) =>
        input === undefined ? "an assumed number needs the interval in which it lies" : undefined,
    }),
  }),
]);

function numbersSchema<Table extends MeaningTable>(
  table: Table,
): z.ZodObject<{ [key in keyof Table]: typeof sourcedSchema }> {
  const shape = Object.fromEntries(Object.keys(table).map((name) => [name, sourcedSchema]));
  return z.strictObject(shape) as unknown as z.ZodObject<{
    [key in keyof Table]: typeof sourcedSchema;
  }>;
}

export const machineSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "lower-case letters, digits and dashes"),
  title: text,
  cpu: z.strictObject({
    title: text,
    cores: z.int().min(1).max(1_024),
    threadsPerCore: z.union([z.literal(1), z.literal(2)]),
    coresPerComplex: z.int().min(1).max(1_024),
    clocks: z
      .array(z.strictObject({ activeCores: z.int().min(1).max(1_024), clock: sourcedSchema }))
      .min(1)
      .max(64),
    numbers: numbersSchema(CPU_NUMBERS),
  }),
  drive: z.strictObject({ title: text, numbers: numbersSchema(DRIVE_NUMBERS) }),
  driveCount: z.int().min(1).max(64),
  costs: z.record(z.string().min(1).max(100), sourcedSchema),
});

const CLOCK: NumberMeaning = { kind: "frequency", min: 0.1, max: 20, meaning: "core clock" };
const COST: NumberMeaning = { kind: "time", min: 0, max: 1e9, meaning: "software cost" };

/**
 * Checks a whole machine.
 * @param what its name in messages.
 * @throws UsageError that names wrong fields.
 */
export function parseMachine(input: unknown, what = "the machine"): MachineSpec {
  const machine = checked(machineSchema, input, what) as MachineSpec;
  checkTable("cpu.numbers", machine.cpu.numbers, CPU_NUMBERS);
  checkTable("drive.numbers", machine.drive.numbers, DRIVE_NUMBERS);
  for (const [name, cost] of Object.entries(machine.costs)) {
    checkNumber(`costs.${name}`, cost, COST);
  }
  checkClocks(machine.cpu.clocks);
  return machine;
}

function checkTable(path: string, numbers: CostTable, meanings: MeaningTable): void {
  for (const [name, meaning] of Object.entries(meanings)) {
    checkNumber(`${path}.${name}`, numbers[name]!, meaning);
  }
}

function checkClocks(clocks: readonly ClockPoint[]): void {
  clocks.forEach(({ activeCores, clock }, index) => {
    checkNumber(`cpu.clocks[${index}].clock`, clock, CLOCK);
    const previous = clocks[index - 1]?.activeCores ?? 0;
    if (activeCores <= previous || (index === 0 && activeCores !== 1)) {
      throw new UsageError(
        `cpu.clocks[${index}].activeCores: ${activeCores} is not allowed; begin with 1 and ascend`,
      );
    }
  });
}

/** The clock, in GHz, when `activeCores` physical cores are active. */
export function clockGHz(clocks: readonly ClockPoint[], activeCores: number): number {
  const last = clocks[clocks.length - 1]!;
  if (activeCores >= last.activeCores) return last.clock.value;
  const upper = clocks.findIndex((point) => point.activeCores > activeCores);
  const low = clocks[upper - 1]!;
  const high = clocks[upper]!;
  const share = (activeCores - low.activeCores) / (high.activeCores - low.activeCores);
  return low.clock.value + share * (high.clock.value - low.clock.value);
}
