/**
 * What many runs warn of, told once. A warning names numbers of its run (pages, milliseconds), so
 * that twenty runs with one fault have twenty texts: those that differ in numbers only are alike.
 */
import type { RunResult } from "../experiment/result.ts";

/** What a run warned of; without a name it is the one that the command is about. */
export interface WarnedRun {
  readonly name?: string;
  readonly warnings: RunResult["warnings"];
}

interface Told {
  readonly name: string | undefined;
  readonly texts: readonly string[];
  /** Runs that came later with texts that are alike. */
  others: number;
}

/** Each kind of warning once: the texts of the first run that has it, and how many more do. */
export function warningsOf(runs: readonly WarnedRun[]): readonly string[] {
  const told = new Map<string, Told>();
  for (const { name, warnings } of runs) {
    for (const kind of new Set(warnings.map(withoutNumbers))) {
      const known = told.get(kind);
      if (known !== undefined) known.others += 1;
      else {
        const texts = warnings.filter((text) => withoutNumbers(text) === kind);
        told.set(kind, { name, texts, others: 0 });
      }
    }
  }
  return [...told.values()].flatMap(({ name, texts, others }) => {
    if (name === undefined) return texts;
    const place = others === 0 ? name : `${name} and ${others} more`;
    return texts.map((text) => `${place}: ${text}`);
  });
}

/** A line for each. */
export const warningLines = (warnings: readonly string[]): string =>
  warnings.map((text) => `warning: ${text}\n`).join("");

/** Digits inside a word are part of a name. */
const withoutNumbers = (text: string): string => text.replaceAll(/(?<![\w.])\d+(?:\.\d+)?/g, "#");
