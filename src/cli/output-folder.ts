/**
 * `--out DIR`: whether it can be written is known before anything is simulated, and every file in
 * it is complete or not there.
 */
import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../base/usage-error.ts";
import { reasonOf, shown } from "./input-file.ts";

export class OutputFolder {
  readonly path: string;
  /** The outermost directory that had to be made. */
  #made: string | undefined;
  #written = 0;

  /**
   * Makes the directory and tries to write to it.
   * @throws UsageError when that is impossible; nothing is left behind then.
   */
  constructor(path: string) {
    if (path === "" || path.includes("\0")) throw new UsageError("--out: name a directory");
    this.path = resolve(path);
    try {
      for (const folder of missingFolders(this.path)) {
        mkdirSync(folder);
        this.#made ??= folder;
      }
      const probe = temporaryName(join(this.path, "probe"));
      writeFileSync(probe, "", { flag: "wx" });
      rmSync(probe);
    } catch (error) {
      this.discard();
      throw new UsageError(`--out: ${shown(path)} cannot be written: ${reasonOf(error)}`);
    }
  }

  /** Writes `name` completely or not at all. */
  write(name: string, text: string): void {
    writeAtomically(join(this.path, name), text);
    this.#written += 1;
  }

  /** Removes the directories that the constructor made, when nothing was written into them. */
  discard(): void {
    if (this.#made === undefined || this.#written > 0) return;
    for (let folder = this.path; folder.length >= this.#made.length; folder = dirname(folder)) {
      try {
        rmdirSync(folder);
      } catch {
        return;
      }
    }
  }
}

/** The directories to make, outermost first; Node's own `recursive` never returns below /proc. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  return missing;
}

/** Runs `work` with the folder, if one is asked for; a failure leaves nothing new behind. */
export async function withOutput<Result>(
  path: string | undefined,
  work: (folder: OutputFolder | undefined) => Promise<Result> | Result,
): Promise<Result> {
  const folder = path === undefined ? undefined : new OutputFolder(path);
  try {
    return await work(folder);
  } catch (error) {
    folder?.discard();
    throw error;
  }
}

/** Writes beside the target, then renames: a reader sees the old file or the new one. */
export function writeAtomically(path: string, text: string): void {
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`${shown(path)} cannot be written: ${reasonOf(error)}`);
  }
}

const temporaryName = (path: string): string => `${path}.${process.pid}.tmp`;
