/** What a run was on, as the commands for people say it. */

import type { DriveStage, RunResult } from "../experiment/result.ts";

/** `linux, scheduler of unikernel`: the storage's system, and the others where they differ. */
export function systemText({ spec }: RunResult): string {
  const { storage = spec.backend, memory = spec.backend, scheduler = spec.backend } = spec.facets;
  const others = Object.entries({ memory, scheduler }).filter(([, id]) => id !== storage);
  return [storage, ...others.map(([facet, id]) => `${facet} of ${id}`)].join(", ");
}

const LABEL = "  options:";

/**
 * Every option of the run, on as many lines as it takes.
 * @param columns characters of a line; undefined: one line, as programs want it.
 */
export function optionsText({ spec }: RunResult, columns = Number.POSITIVE_INFINITY): string {
  const options = Object.entries(spec.options).map(([name, value]) => `${name}=${String(value)}`);
  const lines = [LABEL];
  for (const option of options.length === 0 ? ["none"] : options) {
    const longer = `${lines.at(-1)} ${option}`;
    if (longer.length > columns && lines.at(-1)!.trim() !== "") {
      lines.push(`${" ".repeat(LABEL.length)} ${option}`);
    } else lines[lines.length - 1] = longer;
  }
  return lines.join("\n");
}

const STAGES: Readonly<Record<DriveStage, string>> = {
  controller: "controller",
  writeController: "controller cores of writes",
  readLink: "link to the host",
  writeLink: "link from the host",
  flash: "flash dies",
};

/** ` (controller)`: which stage of the drives is the busiest, where one had anything to do. */
export const stageText = ({ busiestStage }: RunResult): string =>
  busiestStage === undefined ? "" : ` (${STAGES[busiestStage]})`;
