/**
 * What a file exports somebody else uses, a test at least: so a reader sees what can be changed
 * without looking elsewhere.
 *
 * Types and classes are left alone: signatures name them, and whoever calls may want to. A name in
 * a string or a comment counts as a use: worker threads find their function by its name.
 */
import { lineAt } from "./source-text.ts";
import type { Fault, SourceFile } from "./tidy-fault.ts";

const EXPORT = /^export (?:async )?(?:const|let|function\*?) ([\w$]+)/gm;
const WORD = /[A-Za-z_$][\w$]*/g;

/** Exported values that no other file mentions. */
export function exportFaults(files: readonly SourceFile[]): Fault[] {
  const mentions = new Map<string, number>();
  for (const { text } of files) {
    for (const word of new Set(text.match(WORD))) mentions.set(word, (mentions.get(word) ?? 0) + 1);
  }
  return files.flatMap(({ path, text, code }) =>
    Array.from(code.matchAll(EXPORT), ({ 1: name, index }) => ({ name: name!, index }))
      .filter(({ name }) => mentions.get(name) === 1)
      .map(({ name, index }) => ({
        rule: "unused-export",
        path,
        line: lineAt(text, index),
        instead: `no other file uses ${name}: do not export it, or take it out`,
      })),
  );
}
