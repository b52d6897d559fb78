import { expect, it } from "vitest";
import { safeCampaigns } from "../experiment/crash/safe-configurations.ts";
import { kerneltax } from "../testing/captured-terminal.ts";
import { crashTable } from "./crash-table.ts";

const none = { runs: 1, positions: 1, distinct: 1, repeated: 0, commits: 1, nested: 0 };
const more = { withTornWrites: 0, withReordering: 0, failedRuns: 0, coverage: {} };

it("claims nothing of a configuration without a state", () => {
  const rows = safeCampaigns(1, 8, 1).slice(0, 2);
  const held = { ...none, ...more, violations: [] };
  const empty = { ...held, distinct: 0 };
  const [first, second] = rows.map((campaign) => ({ ...campaign, ...held }));
  expect(crashTable([first!, second!], 2)).toMatch(/\n2 distinct states\nnothing acknowledged/);
  const some = crashTable([first!, { ...second!, ...empty }], 1);
  expect(some).toMatch(/\n1 distinct state\nof the others: nothing acknowledged is lost/);
  expect(some).toContain(`NOTHING PROVED of ${second!.title}: no state was visited`);
  const all = crashTable([{ ...second!, ...empty }], 0);
  expect(all).toContain("NOTHING PROVED");
  expect(all).not.toContain("nothing acknowledged");
});

it("names, for every safe configuration, a command that leads back", async () => {
  const violations = [{ state: "1.2", message: "lost" }];
  const found = safeCampaigns(1, 8, 1).map((row) => ({ ...row, ...none, ...more, violations }));
  const lines = crashTable(found, 1).split("\n");
  const commands = lines.flatMap((line) => /again: kerneltax (.*)/.exec(line)?.slice(1) ?? []);
  expect(commands).toHaveLength(found.length);
  for (const command of commands) {
    // A state's name that is none is the last thing that is refused: the options are understood.
    const { err } = await kerneltax(...command.split(" "));
    expect(err).toContain('--replay: "1.2" is not allowed');
  }
});
