/**
 * The rules of the code base that a program can check, as pure functions from files to faults.
 *
 * A tree is a map from path (relative to the repository, `/` between folders) to text, so that the
 * same functions judge the repository and a toy tree in which every rule is broken once.
 */
import { functionsIn, lineAt, readSource } from "./source-text.ts";
import { citationFaults } from "./tidy-citations.ts";
import { exportFaults } from "./tidy-exports.ts";
import { type Fault, OS_SHARED_FOLDERS, type SourceFile, type Tree } from "./tidy-fault.ts";
import { importFaults } from "./tidy-imports.ts";

const MAX_LINES = 500;
const SOFT_LINES = 300;
const MAX_FUNCTION_LINES = 70;
const MAX_COLUMNS = 100;
const MAX_ARCHITECTURE_LINES = 200;

/** Functions that may be longer than the limit: `path name` → why. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = {};

const DETERMINISTIC = /^src\/(?:base|sim|hardware|os|engine|workload)\//;
const SOURCE = /\.ts$/;
const BACKEND_FILES = [
  "index.ts",
  "storage.ts",
  "scheduler.ts",
  "costs.ts",
  "options.ts",
  "README.md",
];
/** A fourth facet, tests, and the parts of a facet in a folder of its name. */
const BACKEND_EXTRA = /^(?:memory\.ts|[^/]+\.test\.ts|(?:storage|memory|scheduler)\/[^/]+\.ts)$/;
/** Something that must not be written: where, what, and what to write instead. */
interface Ban {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly layer: "code" | "comments" | "text";
  readonly applies: (file: SourceFile) => boolean;
  readonly instead: string;
}

const everywhere = (): boolean => true;
const inSource = ({ path }: SourceFile): boolean => SOURCE.test(path);
const inSimulation = ({ path, forTests }: SourceFile): boolean =>
  DETERMINISTIC.test(path) && SOURCE.test(path) && !forTests;

/** What ECMAScript specifies to the last bit. */
const EXACT_MATHS = "abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc";

const BANS: readonly Ban[] = [
  {
    rule: "portable-maths",
    pattern: new RegExp(`\\bMath\\b(?!\\.(?:${EXACT_MATHS}|[A-Z][A-Z0-9_]*)\\b)`, "g"),
    layer: "code",
    applies: inSimulation,
    instead:
      "its bits differ between engines or runs: use + − × ÷ sqrt, base/maths.ts, a RandomStream",
  },
  {
    rule: "power-operator",
    pattern: /\*\*/g,
    layer: "code",
    applies: inSimulation,
    instead: "the bits of ** differ between engines: multiply, or write the constant out",
  },
  {
    rule: "host-clock",
    pattern: /(?<![.\w])(?:Date|performance)\b|\b(?:hrtime|set(?:Timeout|Interval|Immediate))\b/g,
    layer: "code",
    applies: inSimulation,
    instead: "the host's time is not simulated time: ask the Simulation, or yield a wait",
  },
  {
    rule: "synchronous",
    pattern: /\b(?:async|await|Promise)\b/g,
    layer: "code",
    applies: inSimulation,
    instead: "simulated code is synchronous: write a generator and yield the wait",
  },
  {
    rule: "eager-message",
    pattern: /(?<!function )\bassert\([^;`]*`[^`]*\$\{/g,
    layer: "text",
    applies: ({ path, forTests }) => SOURCE.test(path) && !forTests,
    instead: "its text is made even while it holds: a constant text, and the value after it",
  },
  {
    rule: "leftover",
    pattern: /\b(?:TODO|FIXME|XXX)\b/g,
    layer: "comments",
    applies: inSource,
    instead: "do it now, or write `Not modelled: …`",
  },
  {
    rule: "any",
    pattern: /(?::|\bas|<|\|)\s*any\b/g,
    layer: "code",
    applies: inSource,
    instead: "write the type, or `unknown` and narrow it",
  },
  {
    rule: "silenced-compiler",
    pattern: /@ts-(?:ignore|nocheck)\b/g,
    layer: "comments",
    applies: inSource,
    instead: "make the types right; a test of types may use @ts-expect-error",
  },
  {
    rule: "partial-tests",
    pattern: /\b(?:describe|it|test|suite)(?:\.\w+)*\.(?:only|skip|todo)\b/g,
    layer: "code",
    applies: inSource,
    instead: "run every test: delete it, or repair what it tests",
  },
  {
    rule: "locale",
    pattern: /\blocaleCompare\b|\bIntl\b|\btoLocale\w*String\b/g,
    layer: "code",
    applies: inSource,
    instead: "it depends on the host's language: compare with <, and format in report/",
  },
  {
    rule: "unit-cast",
    pattern: /\bas (?:readonly )?(?:Duration|Cycles|Hertz)\b/g,
    layer: "code",
    applies: ({ path }) => path.startsWith("src/") && !path.startsWith("src/base/"),
    instead: "a cast hides the unit: use a constructor of base/units.ts",
  },
  {
    rule: "machine-path",
    pattern: /(?<![\w.)\]}~-])\/(?:work|home|root|Users)\/\w/g,
    layer: "text",
    applies: everywhere,
    instead: "no path of one machine: write it relative to the repository",
  },
];

/** Faults of all rules, by path and line. */
export function faultsIn(tree: Tree): Fault[] {
  const files = Array.from(
    tree,
    ([path, text]): SourceFile => ({
      path,
      forTests: isForTests(path),
      // Only source is split into layers; other files are text alone.
      ...(SOURCE.test(path) ? readSource(text) : { text, code: "", comments: "" }),
    }),
  );
  const faults = [
    ...importFaults(files.filter(({ path }) => SOURCE.test(path))),
    ...exportFaults(files),
    ...files.flatMap(banFaults),
    ...files.flatMap(sizeFaults),
    ...files.flatMap(nameFaults),
    ...backendFaults(tree),
    ...citationFaults(files),
  ];
  return faults.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

/** Source files over the soft limit, longest first: the next candidates for a cut. */
export function longFiles(tree: Tree): string[] {
  return Array.from(tree, ([path, text]) => ({ path, lines: lineCount(text) }))
    .filter(({ path, lines }) => SOURCE.test(path) && lines > SOFT_LINES)
    .sort((a, b) => b.lines - a.lines)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

function isForTests(path: string): boolean {
  return /\.test\.ts$/.test(path) || path.startsWith("src/testing/");
}

function lineCount(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

function banFaults(file: SourceFile): Fault[] {
  return BANS.filter((ban) => ban.applies(file)).flatMap(({ rule, pattern, layer, instead }) =>
    Array.from(file[layer].matchAll(pattern), ({ 0: found, index }) => ({
      rule,
      path: file.path,
      line: lineAt(file.text, index),
      instead: `\`${found.trim()}\`: ${instead}`,
    })),
  );
}

function sizeFaults(file: SourceFile): Fault[] {
  const { path, text } = file;
  const faults: Fault[] = [];
  const fault = (rule: string, line: number, instead: string): void => {
    faults.push({ rule, path, line, instead });
  };
  const lines = lineCount(text);
  if (path === "src/ARCHITECTURE.md" && lines > MAX_ARCHITECTURE_LINES) {
    fault("architecture-lines", 0, `${lines} lines, at most ${MAX_ARCHITECTURE_LINES}: cut`);
  }
  if (!SOURCE.test(path)) return faults;
  if (lines > MAX_LINES) {
    fault("file-lines", 0, `${lines} lines, at most ${MAX_LINES}: split it by what it knows`);
  }
  for (const [index, line] of text.split("\n").entries()) {
    const columns = Array.from(line).length;
    if (columns > MAX_COLUMNS && !line.includes("https://")) {
      fault("columns", index + 1, `${columns} columns, at most ${MAX_COLUMNS}: break the line`);
    }
  }
  for (const { name, line, lines: length } of functionsIn(file)) {
    if (length > MAX_FUNCTION_LINES && LONG_FUNCTIONS[`${path} ${name}`] === undefined) {
      const instead = `${name} has ${length} lines, at most ${MAX_FUNCTION_LINES}: name its steps`;
      fault("function-lines", line, instead);
    }
  }
  return faults;
}

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const VAGUE = /(?:^|-)(?:utils?|helpers?|common|managers?|misc)(?:-|$)/;

function nameFaults({ path }: SourceFile): Fault[] {
  if (!/^(?:src|bench|scripts)\//.test(path) || /\/[A-Z]+\.md$/.test(path)) return [];
  const parts = path.split("/").map((part, index, all) =>
    // `btree.fuzz.test.ts` → `btree`; a folder is checked whole.
    index === all.length - 1 ? part.split(".")[0]! : part,
  );
  const faults: Fault[] = [];
  if (SOURCE.test(path) && !parts.every((part) => KEBAB.test(part))) {
    const instead = "name files and folders in kebab-case";
    faults.push({ rule: "kebab-case", path, line: 0, instead });
  }
  if (parts.some((part) => VAGUE.test(part))) {
    const instead = "name it after what it is in the world, not after being useful";
    faults.push({ rule: "vague-name", path, line: 0, instead });
  }
  return faults;
}

function backendFaults(tree: Tree): Fault[] {
  const folders = new Map<string, string[]>();
  for (const path of tree.keys()) {
    const [, folder, name] = /^src\/os\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (folder === undefined || name === undefined || OS_SHARED_FOLDERS.includes(folder)) continue;
    folders.set(folder, [...(folders.get(folder) ?? []), name]);
  }
  return [...folders].flatMap(([folder, names]) => {
    const missing = BACKEND_FILES.filter((name) => !names.includes(name));
    const extra = names.filter(
      (name) => !BACKEND_FILES.includes(name) && !BACKEND_EXTRA.test(name),
    );
    const path = `src/os/${folder}`;
    return [
      ...missing.map((name) => ({
        rule: "backend-files",
        path,
        line: 0,
        instead: `add ${name}: every backend has the same files, so the folder tree is the table`,
      })),
      ...extra.map((name) => ({
        rule: "backend-files",
        path: `${path}/${name}`,
        line: 0,
        instead: "a part of a facet goes into storage/, memory/ or scheduler/ in the same folder",
      })),
    ];
  });
}
