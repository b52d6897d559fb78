/**
 * fio's job files: `[global]` and one job.
 *
 * Not modelled: several jobs in one file, `include`, environment variables, arithmetic in values.
 */
import { UsageError } from "../base/usage-error.ts";
import { readInputFile, shown } from "./input-file.ts";

/** One setting: where it stands, for messages, and its text; a bare key means 1. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  /** `--bs`, or `job.fio, line 3, bs`. */
  readonly field: string;
}

export interface JobFile {
  /** Name of the job's section. */
  readonly jobName: string;
  readonly global: readonly Setting[];
  readonly job: readonly Setting[];
}

/** Reads a job file. @throws UsageError naming file and line. */
export function readJobFile(path: string): JobFile {
  return parseJobFile(readInputFile(path, "job file"), shown(path));
}

/** Parses the text of a job file; `file` appears in messages only. */
export function parseJobFile(text: string, file: string): JobFile {
  const sections: { readonly name: string; readonly settings: Setting[] }[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = raw.replace(/(?:^|\s)[;#].*$/, "").trim();
    if (line === "") continue;
    const place = `${file}, line ${index + 1}`;
    const section = /^\[(.+)\]$/.exec(line)?.[1]?.trim();
    if (section !== undefined) {
      sections.push({ name: section, settings: [] });
      continue;
    }
    const [, name, value] = /^([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$/.exec(line) ?? [];
    if (name === undefined) {
      throw new UsageError(`${place}: ${shown(line)} is neither key=value nor [section]`);
    }
    const settings = sections.at(-1)?.settings;
    if (settings === undefined) throw new UsageError(`${place}: begin with [global] or [job]`);
    settings.push({ name, value: value ?? "1", field: `${place}, ${name}` });
  }
  const jobs = sections.filter(({ name }) => name !== "global");
  if (jobs.length !== 1) {
    const found = jobs.length === 0 ? "has none" : `has ${jobs.length}`;
    throw new UsageError(`${file}: give one job section beside [global]; the file ${found}`);
  }
  return {
    jobName: jobs[0]!.name,
    global: sections.flatMap(({ name, settings }) => (name === "global" ? settings : [])),
    job: jobs[0]!.settings,
  };
}
