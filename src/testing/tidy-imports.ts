/**
 * The import rules: floors, walls between folders, and no cycles.
 *
 * Types count like values: a file that needs another's types knows about it.
 */
import { importsIn } from "./source-text.ts";
import { type Fault, OS_SHARED_FOLDERS, type SourceFile } from "./tidy-fault.ts";

/** Ground floor first; folders of one floor do not import each other. */
const FLOORS: readonly (readonly string[])[] = [
  ["base"],
  ["sim"],
  ["hardware"],
  ["os"],
  ["engine"],
  ["workload"],
  ["experiment"],
  ["report"],
  ["cli", "web", "index.ts"],
];

interface Edge {
  readonly from: SourceFile;
  /** Path inside the repository, or the specifier of a package. */
  readonly to: string;
  readonly line: number;
  readonly bare: boolean;
}

interface Wall {
  readonly rule: string;
  readonly broken: (edge: Edge) => boolean;
  readonly instead: string;
}

/** The files of `experiment/` that describe data: formats and catalogues, nothing that runs. */
const FORMAT_NAMES =
  "chapter(-.*)?|metric(-.*)?|result|figure(-check)?|claim-spec|patch|spec|" +
  "crash/exploration|workloads/.*(schema|-spec)";
const FORMAT = new RegExp(`^src/experiment/(${FORMAT_NAMES})\\.ts$`);
const MAY_IMPORT_REGISTRY =
  /^src\/(?:experiment\/assemble|cli\/.*|testing\/variants|os\/(?:[a-z-]+\.)?contract\.test)\.ts$/;
const MAY_IMPORT_NODE = /^(?:src\/cli|scripts|bench)\/|^[^/]+$/;

const WALLS: readonly Wall[] = [
  {
    rule: "upward-import",
    broken: ({ from, to }) => !from.forTests && floorOf(to) > floorOf(from.path),
    instead: "imports point down: pass the value in from above, or move the shared part down",
  },
  {
    rule: "same-floor-import",
    broken: ({ from, to }) =>
      !from.forTests && floorOf(to) === floorOf(from.path) && topOf(to) !== topOf(from.path),
    instead: "folders of one floor are strangers: move the shared part one floor down",
  },
  {
    rule: "test-import",
    broken: ({ from, to }) => !from.forTests && /^src\/testing\/|\.test\.ts$/.test(to),
    instead: "only tests import testing/ and tests: move what the program needs out of there",
  },
  {
    rule: "contract-only",
    broken: ({ from, to }) =>
      /^src\/(?:engine|workload)\//.test(from.path) &&
      !from.forTests &&
      /^src\/(?:os|hardware)\//.test(to) &&
      to !== "src/os/model.ts",
    instead: "who runs on an operating system sees its contract alone: use os/model.ts",
  },
  {
    rule: "backend-wall",
    broken: ({ from, to }) => {
      const backend = backendOf(to);
      if (backend === undefined || backend === backendOf(from.path) || from.forTests) return false;
      return from.path !== "src/os/registry.ts";
    },
    instead:
      "a backend is known to os/registry.ts alone: move what is shared to os/kernel or hardware",
  },
  {
    rule: "registry",
    broken: ({ from, to }) => to === "src/os/registry.ts" && !MAY_IMPORT_REGISTRY.test(from.path),
    instead: "only experiment/assemble.ts and cli/ know the backends by name: ask for traits",
  },
  {
    rule: "report-is-pure",
    broken: ({ from, to }) =>
      from.path.startsWith("src/report/") &&
      !from.forTests &&
      /^src\/(?!base\/|report\/)/.test(to) &&
      !FORMAT.test(to),
    instead: "report/ never simulates: it reads base and the formats of experiment/ (`FORMAT`)",
  },
  {
    rule: "formats-are-data",
    broken: ({ from, to }) =>
      FORMAT.test(from.path) && /^src\/(?!base\/)/.test(to) && !FORMAT.test(to),
    instead: "report/ reads this file and never simulates: import base and other formats only",
  },
  {
    rule: "node-import",
    broken: ({ from, to }) =>
      to.startsWith("node:") && !from.forTests && !MAY_IMPORT_NODE.test(from.path),
    instead: "everything below cli/ runs in a browser: take the data as an argument",
  },
  {
    rule: "side-effect-import",
    broken: ({ bare, to }) => bare && !to.endsWith(".css"),
    instead: "import a name and call it, so that the effect has a line of its own",
  },
];

/** Faults of imports among `files`, which are all source files of the tree. */
export function importFaults(files: readonly SourceFile[]): Fault[] {
  const edges = files.flatMap((from) =>
    importsIn(from).map(({ specifier, line, bare }): Edge => {
      return { from, to: resolved(from.path, specifier), line, bare };
    }),
  );
  const faults = edges.flatMap((edge) =>
    WALLS.filter((wall) => wall.broken(edge)).map(({ rule, instead }) => ({
      rule,
      path: edge.from.path,
      line: edge.line,
      instead: `imports ${edge.to}: ${instead}`,
    })),
  );
  return [...faults, ...unknownFolders(files), ...cycles(edges)];
}

/** The target of an import: a path in the repository when relative, else the specifier. */
function resolved(importer: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const parts = importer.split("/").slice(0, -1);
  for (const part of specifier.replace(/\?.*$/, "").split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** `engine` of `src/engine/page/page.ts`. */
function topOf(path: string): string {
  return path.startsWith("src/") ? path.split("/")[1]! : "";
}

/** Scripts and benchmarks stand on the roof; packages, tests and testing/ are on no floor. */
function floorOf(path: string): number {
  if (/^(?:scripts|bench)\//.test(path)) return FLOORS.length;
  const floor = FLOORS.findIndex((folders) => folders.includes(topOf(path)));
  return floor < 0 ? Number.NaN : floor;
}

/** The backend that a file belongs to, if any. */
function backendOf(path: string): string | undefined {
  const folder = /^src\/os\/([^/]+)\//.exec(path)?.[1];
  return folder === undefined || OS_SHARED_FOLDERS.includes(folder) ? undefined : folder;
}

function unknownFolders(files: readonly SourceFile[]): Fault[] {
  return files
    .filter(({ path, forTests }) => path.startsWith("src/") && !forTests)
    .filter(({ path }) => Number.isNaN(floorOf(path)))
    .map(({ path }) => ({
      rule: "unknown-floor",
      path,
      line: 0,
      instead: "move it into a folder of src/ARCHITECTURE.md, or give its folder a floor there",
    }));
}

/** One fault per import that closes a cycle, found by depth-first search in path order. */
function cycles(edges: readonly Edge[]): Fault[] {
  const outgoing = new Map<string, Edge[]>();
  for (const edge of edges) {
    const sisters = outgoing.get(edge.from.path);
    if (sisters === undefined) outgoing.set(edge.from.path, [edge]);
    else sisters.push(edge);
  }
  const faults: Fault[] = [];
  const finished = new Set<string>();
  const stack: string[] = [];
  const visit = (path: string): void => {
    if (finished.has(path)) return;
    stack.push(path);
    for (const { to, line } of outgoing.get(path) ?? []) {
      const start = stack.indexOf(to);
      if (start < 0) visit(to);
      else {
        const cycle = [...stack.slice(start), to].join(" → ");
        const instead = `${cycle}: move what both need into a third file`;
        faults.push({ rule: "import-cycle", path, line, instead });
      }
    }
    stack.pop();
    finished.add(path);
  };
  for (const path of [...outgoing.keys()].sort()) visit(path);
  return faults;
}
