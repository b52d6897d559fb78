import { expect, it } from "vitest";
import { safeCampaigns } from "../experiment/crash/safe-configurations.ts";
import { kerneltax } from "../testing/captured-terminal.ts";
import { crashTable } from "./crash-table.ts";

it("names, for every safe configuration, a command that leads back", async () => {
  const violations = [{ state: "1.2", message: "lost" }];
  const none = { runs: 1, positions: 1, distinct: 1, repeated: 0, commits: 1, nested: 0 };
  const more = { withTornWrites: 0, withReordering: 0, failedRuns: 0, coverage: {}, violations };
  const found = safeCampaigns(1, 8, 1).map((campaign) => ({ ...campaign, ...none, ...more }));
  const lines = crashTable(found, 1).split("\n");
  const commands = lines.flatMap((line) => /again: kerneltax (.*)/.exec(line)?.slice(1) ?? []);
  expect(commands).toHaveLength(found.length);
  for (const command of commands) {
    // A state's name that is none is the last thing that is refused: the options are understood.
    const { err } = await kerneltax(...command.split(" "));
    expect(err).toContain('--replay: "1.2" is not allowed');
  }
});
