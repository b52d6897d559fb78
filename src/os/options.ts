/** Options of a backend: declared once in its `options.ts`, checked and documented from there. */
import { badValue, UsageError } from "../base/usage-error.ts";

export type OptionValue = string | number | boolean;

interface Described {
  /** Name on the command line and in specs; fio's own where fio has one. */
  readonly name: string;
  readonly meaning: string;
}

export type BackendOption = Described &
  (
    | { readonly type: "boolean"; readonly default: boolean }
    | {
        readonly type: "choice";
        readonly choices: readonly string[];
        readonly default: string;
        /** One of the choices that only a virtual machine has, and its default there. */
        readonly guestDefault?: string;
      }
    | {
        readonly type: "integer";
        readonly min: number;
        readonly max: number;
        readonly default: number;
      }
  );

export type OptionValues = Readonly<Record<string, OptionValue>>;

/**
 * Checks `given` against `declared` and fills in defaults.
 * @param isGuest whether they are options of a system in a virtual machine.
 * @throws UsageError for an unknown option or a value that is not allowed.
 */
export function resolveOptions(
  backend: string,
  declared: readonly BackendOption[],
  given: OptionValues,
  isGuest = false,
): OptionValues {
  for (const name of Object.keys(given)) {
    if (!declared.some((option) => option.name === name)) {
      const known = declared.map((option) => option.name).join(", ") || "none";
      throw new UsageError(
        `${name}: backend "${backend}" has no such option; its options are: ${known}`,
      );
    }
  }
  return Object.fromEntries(
    declared.map((option) => [option.name, checked(option, given[option.name], isGuest)]),
  );
}

function checked(
  option: BackendOption,
  value: OptionValue | undefined,
  isGuest: boolean,
): OptionValue {
  const guestDefault = option.type === "choice" ? option.guestDefault : undefined;
  if (value === undefined) return (isGuest ? guestDefault : undefined) ?? option.default;
  if (value === guestDefault && !isGuest) {
    throw badValue(option.name, value, "only virtual machines have it: give isolation vm");
  }
  switch (option.type) {
    case "boolean":
      if (value === true || value === 1 || value === "1" || value === "true") return true;
      if (value === false || value === 0 || value === "0" || value === "false") return false;
      throw badValue(option.name, value, "give 0 or 1");
    case "choice":
      if (option.choices.includes(String(value))) return String(value);
      throw badValue(option.name, value, `choose one of: ${option.choices.join(", ")}`);
    case "integer": {
      const number = typeof value === "boolean" || value === "" ? Number.NaN : Number(value);
      if (Number.isInteger(number) && number >= option.min && number <= option.max) return number;
      throw badValue(option.name, value, `give a whole number from ${option.min} to ${option.max}`);
    }
  }
}
