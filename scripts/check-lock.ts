/**
 * Checks `package-lock.json` for what makes `npm ci` fail elsewhere, or install something else.
 *
 * npm leaves an optional dependency out of the lock without a word when the registry that wrote the
 * lock does not serve it; `npm ci` then fails on the platform that needs it.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as z from "zod";

const versions = z.record(z.string(), z.string()).default({});

const manifestSchema = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});

const lockSchema = z.object({
  lockfileVersion: z.number(),
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      dependencies: versions,
      devDependencies: versions,
      optionalDependencies: versions,
    }),
  ),
});

type Lock = z.output<typeof lockSchema>;
type Manifest = z.output<typeof manifestSchema>;

const EXACT = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** What is wrong with a lock and its manifest, both as parsed JSON; empty when nothing is. */
export function lockFaults(manifestJson: unknown, lockJson: unknown): string[] {
  const manifest = manifestSchema.parse(manifestJson);
  const lock = lockSchema.parse(lockJson);
  return [...manifestFaults(manifest, lock), ...entryFaults(lock)];
}

/** How many packages a lock holds, the project itself not counted. */
export function lockedPackages(lockJson: unknown): number {
  return Object.keys(lockSchema.parse(lockJson).packages).filter((path) => path !== "").length;
}

function manifestFaults(manifest: Manifest, lock: Lock): string[] {
  const faults: string[] = [];
  if (lock.lockfileVersion !== 3) faults.push(`lockfileVersion is ${lock.lockfileVersion}, not 3`);
  const root = lock.packages[""];
  if (root === undefined) return [...faults, "the lock has no entry for the project itself"];
  for (const group of ["dependencies", "devDependencies", "optionalDependencies"] as const) {
    for (const [name, version] of Object.entries(manifest[group])) {
      if (!EXACT.test(version)) {
        faults.push(`package.json: ${name} is "${version}"; give one exact version`);
      }
      const locked = lock.packages[`node_modules/${name}`]?.version;
      if (root[group][name] !== version || locked !== version) {
        faults.push(`${name}: package.json says ${version}, the lock ${locked ?? "nothing"}`);
      }
    }
    for (const name of Object.keys(root[group])) {
      if (manifest[group][name] === undefined) faults.push(`${name}: locked, not in package.json`);
    }
  }
  return faults;
}

function entryFaults({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([path, entry]) => {
    const faults: string[] = [];
    if (path !== "") {
      if (entry.version === undefined) faults.push(`${path}: no version`);
      if (entry.integrity === undefined) faults.push(`${path}: no integrity`);
      if (entry.resolved !== undefined) {
        faults.push(`${path}: names a registry (${entry.resolved}); set .npmrc as committed`);
      }
    }
    for (const kind of ["dependencies", "optionalDependencies"] as const) {
      for (const name of Object.keys(entry[kind])) {
        if (!isReachable(packages, path, name)) {
          faults.push(`${path || "package.json"}: ${name} is not in the lock`);
        }
      }
    }
    return faults;
  });
}

/** Node's look-up: in the package's own `node_modules`, then in each one further out. */
function isReachable(packages: Lock["packages"], importer: string, name: string): boolean {
  for (let folder = importer; ; ) {
    const prefix = folder === "" ? "" : `${folder}/`;
    if (packages[`${prefix}node_modules/${name}`] !== undefined) return true;
    if (folder === "") return false;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")));
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function main(): void {
  const lock = readJson("package-lock.json");
  const faults = lockFaults(readJson("package.json"), lock);
  if (faults.length === 0) {
    console.log(`package-lock.json is complete: ${lockedPackages(lock)} packages`);
    return;
  }
  console.error(`package-lock.json has ${faults.length} faults; npm ci may fail elsewhere:`);
  for (const fault of faults) console.error(`  ${fault}`);
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
