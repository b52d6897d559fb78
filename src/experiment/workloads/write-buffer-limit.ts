/** What a drive's write buffer must be able to hold. */
import { UNIT_BYTES } from "../../hardware/nvme/command-table.ts";
import type { DriveNumbers } from "../../hardware/nvme/drive-numbers.ts";

/**
 * Bytes of write buffer that writes of `units` take, if the drive has fewer: a write is one command
 * and must fit beside what gathers for a program operation, or it would wait for ever.
 */
export function missingBuffer(units: number, numbers: DriveNumbers): number | undefined {
  const programUnits = Math.max(1, Math.floor(numbers.programUnit.value / UNIT_BYTES));
  const needed = programUnits - 1 + units;
  return Math.floor(numbers.writeBuffer.value / UNIT_BYTES) >= needed
    ? undefined
    : needed * UNIT_BYTES;
}
