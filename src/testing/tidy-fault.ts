/** What the tidy rules share: the files that they read and the faults that they report. */
import type { SourceText } from "./source-text.ts";

/** Path (relative to the repository, `/` between folders) → text. */
export type Tree = ReadonlyMap<string, string>;

/** A file of the tree with its layers. */
export interface SourceFile extends SourceText {
  readonly path: string;
  /** True for test files and for everything under `src/testing`. */
  readonly forTests: boolean;
}

export interface Fault {
  /** Name of the broken rule, for tests of the rules. */
  readonly rule: string;
  readonly path: string;
  /** 1-based; 0 when the whole file or folder is meant. */
  readonly line: number;
  /** What to do instead. */
  readonly instead: string;
}

/** Folders of `os/` that are not backends. */
export const OS_SHARED_FOLDERS: readonly string[] = ["kernel", "isolation"];

/** `src/engine/page.ts:12 [unit-cast] …`, as editors link it. */
export function describeFault({ rule, path, line, instead }: Fault): string {
  return `${path}${line === 0 ? "" : `:${line}`} [${rule}] ${instead}`;
}
