import { describe, expect, it } from "vitest";
import { applyRecord, SetDigest } from "./digest.ts";
import { CommitOracle } from "./oracle.ts";

const bytes = (value: number): Uint8Array => Uint8Array.of(value);
/** The digest of a database with these keys and values. */
function digestOf(records: Readonly<Record<number, number>>): number {
  const digest = new SetDigest();
  for (const [key, value] of Object.entries(records)) {
    applyRecord(digest, 0, bytes(Number(key)), bytes(value), 1);
  }
  return digest.value;
}

/** An oracle whose trace is where the test says. */
function bench() {
  let position = 0;
  const oracle = new CommitOracle(() => position);
  const request = (at: number, changes: readonly (readonly [number, number | undefined])[]) => {
    position = at;
    const transaction = oracle.begin();
    for (const [key, value] of changes) {
      if (value === undefined) transaction.remove(0, bytes(key));
      else transaction.put(0, bytes(key), bytes(value));
    }
    oracle.requested(transaction);
    return (ackAt: number): void => {
      position = ackAt;
      oracle.acknowledged(transaction);
    };
  };
  const permits = (at: number, records: Readonly<Record<number, number>>): boolean =>
    oracle.expectation(at).digests.has(digestOf(records));
  return { oracle, request, permits };
}

describe("what may be found after a crash", () => {
  it("is what was acknowledged, and nothing that was not asked for", () => {
    const { request, permits } = bench();
    request(2, [[1, 10]])(5);
    expect(permits(2, {})).toBe(true);
    expect(permits(2, { 1: 10 })).toBe(false);
    expect(permits(3, {})).toBe(true);
    expect(permits(3, { 1: 10 })).toBe(true);
    expect(permits(5, {})).toBe(false);
    expect(permits(5, { 1: 10 })).toBe(true);
  });

  it("has a transaction in doubt as a whole or not at all", () => {
    const { request, permits } = bench();
    request(1, [
      [1, 10],
      [2, 20],
    ]);
    expect(permits(4, {})).toBe(true);
    expect(permits(4, { 1: 10, 2: 20 })).toBe(true);
    expect(permits(4, { 1: 10 })).toBe(false);
  });

  it("has any of several in doubt, but no later one without an earlier that it overwrote", () => {
    const { request, permits } = bench();
    request(1, [[1, 10]]);
    request(1, [[2, 20]]);
    request(2, [[1, 11]]);
    expect(permits(4, { 2: 20 })).toBe(true);
    expect(permits(4, { 1: 10, 2: 20 })).toBe(true);
    expect(permits(4, { 1: 11 })).toBe(true);
    expect(permits(4, { 1: 10 })).toBe(true);
    expect(bench().permits(0, {})).toBe(true);
  });

  it("has no part of an earlier one missing that a later one in doubt has overwritten", () => {
    const { request, permits } = bench();
    request(1, [
      [1, 10],
      [3, 30],
    ]);
    request(2, [[1, 11]]);
    expect(permits(4, {})).toBe(true);
    expect(permits(4, { 1: 10, 3: 30 })).toBe(true);
    expect(permits(4, { 1: 11, 3: 30 })).toBe(true);
    expect(permits(4, { 1: 11 })).toBe(false);
  });

  it("counts an earlier conflicting one as there once the later is acknowledged", () => {
    const { request, permits } = bench();
    request(1, [
      [1, 10],
      [3, 30],
    ]);
    request(2, [[1, 11]])(6);
    expect(permits(6, { 1: 11 })).toBe(false);
    expect(permits(6, { 1: 11, 3: 30 })).toBe(true);
  });

  it("leaves in doubt what has nothing to do with one that was acknowledged", () => {
    const { request, permits } = bench();
    request(1, [[1, 10]]);
    request(2, [[2, 20]])(5);
    expect(permits(6, { 2: 20 })).toBe(true);
    expect(permits(6, { 1: 10, 2: 20 })).toBe(true);
    expect(permits(6, { 1: 10 })).toBe(false);
  });

  it("knows deletions, what was loaded, and several changes of one key", () => {
    const { oracle, request, permits } = bench();
    oracle.loaded(0, bytes(7), bytes(70));
    request(1, [
      [7, undefined],
      [8, 80],
      [8, 81],
    ])(3);
    expect(permits(0, { 7: 70 })).toBe(true);
    expect(permits(3, { 8: 81 })).toBe(true);
    expect(oracle.differences(new Map([["0:8", "81"]]))).toEqual([]);
    expect(oracle.differences(new Map([["0:7", "70"]]))).toEqual(["0:7", "0:8"]);
  });
});
