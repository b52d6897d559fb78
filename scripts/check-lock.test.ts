import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lockedPackages, lockFaults } from "./check-lock.ts";

type Entry = Record<string, unknown>;

function toyLock(): { lockfileVersion: number; packages: Record<string, Entry> } {
  const entry = (more: Entry = {}): Entry => ({ version: "1.0.0", integrity: "sha512-x", ...more });
  return {
    lockfileVersion: 3,
    packages: {
      "": { dependencies: { a: "1.0.0" } },
      "node_modules/a": entry({ optionalDependencies: { "@x/a-linux": "1.0.0" } }),
      "node_modules/@x/a-linux": entry({ dependencies: { b: "^1.0.0" } }),
      "node_modules/@x/a-linux/node_modules/b": entry({ optionalDependencies: { a: "*" } }),
    },
  };
}

const manifest = { dependencies: { a: "1.0.0" } };

describe("the lock check", () => {
  it("accepts the project's own lock", () => {
    const read = (name: string): unknown =>
      JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
    expect(lockFaults(read("package.json"), read("package-lock.json"))).toEqual([]);
    expect(lockedPackages(read("package-lock.json"))).toBeGreaterThan(100);
  });

  it("accepts a toy lock, with packages found further out", () => {
    expect(lockFaults(manifest, toyLock())).toEqual([]);
    expect(lockedPackages(toyLock())).toBe(3);
  });

  it.each([
    ["version", "node_modules/a: no version"],
    ["integrity", "node_modules/a: no integrity"],
  ])("misses a %s", (field, fault) => {
    const lock = toyLock();
    delete lock.packages["node_modules/a"]![field];
    expect(lockFaults(manifest, lock)).toContain(fault);
  });

  it("refuses the address of a registry", () => {
    const lock = toyLock();
    lock.packages["node_modules/a"]!["resolved"] = "https://registry.example/a.tgz";
    expect(lockFaults(manifest, lock)).toHaveLength(1);
  });

  it("misses an optional dependency that was silently left out", () => {
    const lock = toyLock();
    delete lock.packages["node_modules/@x/a-linux"];
    expect(lockFaults(manifest, lock)).toEqual(["node_modules/a: @x/a-linux is not in the lock"]);
  });

  it("misses a nested dependency", () => {
    const lock = toyLock();
    delete lock.packages["node_modules/@x/a-linux/node_modules/b"];
    expect(lockFaults(manifest, lock)).toEqual(["node_modules/@x/a-linux: b is not in the lock"]);
  });

  it("refuses ranges, and a manifest that the lock does not follow", () => {
    const range = lockFaults({ dependencies: { a: "^1.0.0" } }, toyLock());
    expect(range).toHaveLength(2);
    expect(range[0]).toContain("give one exact version");
    expect(lockFaults({ dependencies: { a: "1.0.1" } }, toyLock())).toEqual([
      "a: package.json says 1.0.1, the lock 1.0.0",
    ]);
    expect(lockFaults({}, toyLock())).toEqual(["a: locked, not in package.json"]);
    expect(lockFaults(manifest, { ...toyLock(), lockfileVersion: 2 })).toHaveLength(1);
  });
});
