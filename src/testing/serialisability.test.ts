import { describe, expect, it } from "vitest";
import {
  ABSENT,
  faultsInHistory,
  type HistoryEvent,
  type HistoryTransaction,
} from "./serialisability.ts";

/**
 * A history from lines like `A r1=10` (read), `A w1:10>11` (write), `A s1-5:1=10,2=20` (scan),
 * `A c` (commit), in the order in which they happened.
 */
function history(...lines: readonly string[]): HistoryTransaction[] {
  const transactions = new Map<string, HistoryTransaction>();
  for (const [at, line] of lines.entries()) {
    const [name = "", step = ""] = line.split(" ");
    const transaction = transactions.get(name) ?? { name, events: [], isCommitted: false };
    transactions.set(name, transaction);
    if (step === "c") {
      transaction.isCommitted = true;
      transaction.endedAt = at;
    } else transaction.events.push(eventOf(step, at));
  }
  return [...transactions.values()];
}

function eventOf(step: string, at: number): HistoryEvent {
  const numbers = (step.match(/\d+/g) ?? []).map(Number);
  const [first = 0, second = 0, third = 0] = numbers;
  if (step.startsWith("r")) return { kind: "read", key: first, version: second, at };
  if (step.startsWith("w")) return { kind: "write", key: first, before: second, after: third, at };
  const seen = new Map<number, number>();
  for (let index = 2; index < numbers.length; index += 2) {
    seen.set(numbers[index]!, numbers[index + 1]!);
  }
  return { kind: "scan", from: first, to: second, seen, at };
}

const initial = new Map([
  [1, 10],
  [2, 20],
]);
const faults = (...lines: readonly string[]): string[] =>
  faultsInHistory(history(...lines), initial);

describe("a serialisable history", () => {
  it.each([
    ["one after the other", "A r1=10", "A w1:10>11", "A c", "B r1=11", "B w1:11>12", "B c"],
    [
      "interleaved without conflict",
      "A r1=10",
      "B r2=20",
      "A w1:10>11",
      "B w2:20>21",
      "A c",
      "B c",
    ],
    ["reading what was overwritten, before", "A r1=10", "B w1:10>11", "B c", "A c"],
    ["a scan before an insertion", "A s1-9:1=10,2=20", "B w5:0>50", "B c", "A c"],
    ["a scan after a removal", "B w2:20>0", "B c", "A s1-9:1=10", "A c"],
    [
      "own writes",
      "A w1:10>11",
      "A r1=11",
      "A w1:11>12",
      "A w5:0>50",
      "A s1-9:1=12,2=20,5=50",
      "A c",
    ],
    ["what aborted does not count", "B w1:10>99", "A r2=20", "A c"],
    ["inserted and removed by one", "A w5:0>50", "A w5:50>0", "A c", "B s1-9:1=10,2=20", "B c"],
  ])("%s", (_, ...lines) => {
    expect(faults(...lines)).toEqual([]);
  });
});

describe("a history that is not", () => {
  it.each([
    ["lost update", "A r1=10", "B r1=10", "A w1:10>11", "A c", "B w1:11>12", "B c"],
    [
      "write skew",
      "A r1=10",
      "A r2=20",
      "B r1=10",
      "B r2=20",
      "A w1:10>11",
      "B w2:20>21",
      "A c",
      "B c",
    ],
    ["non-repeatable read", "A r1=10", "B w1:10>11", "B c", "A r1=11", "A c"],
    ["phantom", "A s1-9:1=10,2=20", "B w5:0>50", "B c", "A s1-9:1=10,2=20,5=50", "A c"],
    [
      "write skew through ranges",
      ...["A s3-9:", "B s3-9:", "A w5:0>50", "B w6:0>60", "A c", "B c"],
    ],
    ["removed meanwhile", "A s1-2:1=10,2=20", "B w2:20>0", "B c", "A s1-2:1=10", "A c"],
    ["dirty read", "B w1:10>99", "A r1=99", "A c"],
    ["intermediate read", "B w1:10>11", "A r1=11", "B w1:11>12", "B c", "A c"],
    ["dirty write", "A w1:10>11", "B w1:11>12", "B c"],
    ["read skew", "A r1=10", "B w1:10>11", "B w2:20>21", "B c", "A r2=21", "A c"],
  ])("%s", (_, ...lines) => {
    expect(faults(...lines)).not.toEqual([]);
  });

  it("names the cycle", () => {
    const cycle = faults("A r1=10", "B w1:10>11", "B w2:20>21", "B c", "A r2=21", "A c");
    expect(cycle).toEqual(["cycle: A -rw 1-> B, B -wr 2-> A"]);
  });

  it("includes reading what is absent from a key that is there", () => {
    expect(faults(`A r1=${ABSENT}`, "A c")).toHaveLength(1);
  });
});
