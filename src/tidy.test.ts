/** The repository keeps its own rules, and the rules are shown to notice when it does not. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { functionsIn, importsIn, readSource } from "./testing/source-text.ts";
import { faultsIn, longFiles } from "./testing/tidy.ts";
import { describeFault, type Tree } from "./testing/tidy-fault.ts";

const ROOT = new URL("../", import.meta.url);
const FOLDERS = ["src", "bench", "scripts"];
const TEXT = /\.(?:ts|json|md|html|css|cff|csv|grit)$/;

function readRepository(): Tree {
  const paths = FOLDERS.filter((folder) => existsSync(new URL(folder, ROOT))).flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" }).map(
      (path) => `${folder}/${path.replaceAll("\\", "/")}`,
    ),
  );
  const onTop = readdirSync(ROOT, { encoding: "utf8" });
  const read = [...paths, ...onTop].filter((path) => TEXT.test(path)).sort();
  return new Map(read.map((path) => [path, readFileSync(new URL(path, ROOT), "utf8")]));
}

describe("the repository", () => {
  const tree = readRepository();

  it("keeps every rule", () => {
    expect(faultsIn(tree).map(describeFault)).toEqual([]);
  });

  it("is read at all", () => {
    expect(tree.has("src/tidy.test.ts")).toBe(true);
    expect(tree.size).toBeGreaterThan(20);
    const long = longFiles(tree);
    if (long.length > 0) console.info(`Candidates for a cut:\n  ${long.join("\n  ")}`);
  });
});

/** `path:line rule` of every fault of a toy tree, given as path → text. */
function faultsOf(files: Readonly<Record<string, string>>): string[] {
  return faultsIn(new Map(Object.entries(files))).map(
    ({ path, line, rule }) => `${path}:${line} ${rule}`,
  );
}

const HOME = ["", "home", "me", "kerneltax"].join("/");

/** Every rule, broken in line 2 of a toy file that is otherwise in order. */
const BROKEN_IN_LINE_2: readonly (readonly [rule: string, path: string, line: string])[] = [
  ["upward-import", "src/sim/a.ts", 'import { b } from "../hardware/b.ts";'],
  ["upward-import", "src/base/a.ts", 'import type { b } from "../cli/b.ts";'],
  ["upward-import", "src/base/a.ts", 'export * from "../sim/b.ts";'],
  ["upward-import", "src/base/a.ts", 'const b = import("../sim/b.ts");'],
  ["upward-import", "src/base/a.ts", 'let b: import("../sim/b.ts").B;'],
  ["upward-import", "src/base/a.ts", 'import {\n  b,\n} from "../sim/b.ts";'],
  ["upward-import", "src/cli/a.ts", 'import { b } from "../../bench/b.ts";'],
  ["upward-import", "src/cli/a.ts", 'import { b } from "../../scripts/b.ts";'],
  ["same-floor-import", "src/cli/a.ts", 'import { b } from "../web/b.ts";'],
  ["test-import", "src/cli/a.ts", 'import { b } from "../testing/b.ts";'],
  ["test-import", "src/base/a.ts", 'import { b } from "./b.test.ts";'],
  ["test-import", "scripts/a.ts", 'import { b } from "../src/testing/b.ts";'],
  ["contract-only", "src/engine/a.ts", 'import { b } from "../os/options.ts";'],
  ["contract-only", "src/engine/btree/a.ts", 'import { b } from "../../os/kernel/b.ts";'],
  ["contract-only", "src/engine/a.ts", 'import type { b } from "../hardware/cpu/b.ts";'],
  ["contract-only", "src/workload/a.ts", 'import { b } from "../os/memory-model.ts";'],
  ["contract-only", "src/workload/vm/a.ts", 'import { b } from "../../hardware/nvme/b.ts";'],
  ["backend-wall", "src/os/kernel/a.ts", 'import { b } from "../linux/index.ts";'],
  ["backend-wall", "src/experiment/a.ts", 'import { b } from "../os/null/storage.ts";'],
  ["registry", "src/experiment/a.ts", 'import { b } from "../os/registry.ts";'],
  ["registry", "src/experiment/run.ts", 'import { b } from "../os/registry.ts";'],
  ["registry", "src/experiment/run.test.ts", 'import { b } from "../os/registry.ts";'],
  ["report-is-pure", "src/report/a.ts", 'import { b } from "../experiment/run.ts";'],
  ["report-is-pure", "src/report/a.ts", 'import { b } from "../sim/clock.ts";'],
  ["formats-are-data", "src/experiment/spec.ts", 'import { b } from "../os/options.ts";'],
  ["node-import", "src/report/a.ts", 'import { readFileSync } from "node:fs";'],
  ["node-import", "src/web/a.ts", 'const b = import("node:fs");'],
  ["side-effect-import", "src/base/a.ts", 'import "./b.ts";'],
  ["side-effect-import", "src/cli/a.ts", 'import "some-package";'],
  ["unknown-floor", "src/plumbing/a.ts", ""],
  ["portable-maths", "src/base/a.ts", "const a = Math.random();"],
  ["portable-maths", "src/engine/a.ts", "const a = Math.log(2);"],
  ["portable-maths", "src/workload/a.ts", "const { exp } = Math;"],
  ["portable-maths", "src/sim/a.ts", "const a = `${`${Math.sin(1)}`}`;"],
  ["portable-maths", "src/sim/a.ts", 'const a = Math["pow"](2, 3);'],
  ["power-operator", "src/hardware/a.ts", "const a = 2 ** 3;"],
  ["power-operator", "src/hardware/a.ts", "a **= 3;"],
  ["host-clock", "src/os/kernel/a.ts", "const a = Date.now();"],
  ["host-clock", "src/sim/a.ts", "const a = new Date();"],
  ["host-clock", "src/sim/a.ts", "const a = performance.now();"],
  ["host-clock", "src/sim/a.ts", "setTimeout(() => {}, 1);"],
  ["synchronous", "src/sim/a.ts", "async function a() {}"],
  ["synchronous", "src/sim/a.ts", "await a;"],
  ["eager-message", "src/sim/a.ts", "assert(a > 0, `a is ${a}`);"],
  ["eager-message", "src/cli/a.ts", "assert(\n  a > 0,\n  `a is ${a}`,\n);"],
  ["leftover", "src/cli/a.ts", "// TODO: later"],
  ["leftover", "src/cli/a.test.ts", "/* FIXME */"],
  ["leftover", "scripts/a.ts", "const a = 1; // XXX"],
  ["any", "src/report/a.ts", "const a: any = 1;"],
  ["any", "src/cli/a.test.ts", "const a = b as any;"],
  ["any", "bench/a.ts", "const a = new Map<any, 1>();"],
  ["silenced-compiler", "src/cli/a.ts", "// @ts-ignore"],
  ["silenced-compiler", "src/cli/a.ts", "// @ts-nocheck"],
  ["partial-tests", "src/cli/a.test.ts", 'it.only("a", () => {});'],
  ["partial-tests", "src/cli/a.test.ts", 'describe.skip("a", () => {});'],
  ["locale", "src/report/a.ts", "a.sort((b, c) => b.localeCompare(c));"],
  ["locale", "src/web/a.ts", 'new Intl.NumberFormat("de");'],
  ["locale", "src/web/a.ts", "a.toLocaleString();"],
  ["unit-cast", "src/sim/a.ts", "const a = 1 as Duration;"],
  ["unit-cast", "src/sim/a.ts", "const a = 1 as unknown as Hertz;"],
  ["unit-cast", "src/cli/a.test.ts", "const a = 1 as Cycles;"],
  ["machine-path", "src/cli/a.ts", `const a = "${HOME}";`],
  ["machine-path", "README.md", `cd ${HOME}`],
  ["columns", "src/base/a.ts", `const a = "${"x".repeat(90)}";`],
  ["function-lines", "src/base/a.ts", `function* a() {${"\n  b();".repeat(69)}\n}`],
  ["function-lines", "src/base/a.ts", `const a = (b: B): B => {${"\n  b();".repeat(69)}\n};`],
  ["unused-export", "src/base/a.ts", "export const a = 1;"],
  ["unused-export", "scripts/a.ts", "export async function a() {}"],
  ["unused-export", "src/testing/a.ts", "export const A: B = {};"],
  ["source-key", "src/base/a.ts", 'const a = { source: "nobody99" };'],
  ["source-key", "src/base/a.ts", "// [nobody99 §4.2, Table 3]"],
  ["source-key", "src/base/a.ts", "// [nobody-6.8 fs/aio.c io_submit]"],
  ["source-key", "src/base/a.ts", "// [nobody-6.8 drivers/md]"],
  ["source-key", "src/base/a.ts", "// [nobody fs/aio.c io_submit]"],
  ["source-key", "src/base/a.ts", "// [fs/aio.c io_submit]"],
  ["source-key", "src/base/a.ts", "// [aio.c]"],
  ["source-key", "src/base/a.ts", "/* [nobody\n * core/mmu.cc] */"],
  ["unused-source", "bench/sources.json", '{ "nobody99": {} }'],
  ["source-key", "src/hardware/machines/a.json", '{ "source": "nobody99" }'],
];

describe("a rule notices when it is broken", () => {
  it.each(BROKEN_IN_LINE_2)("%s in %s (%#)", (rule, path, line) => {
    const text = `${path.endsWith(".ts") ? "const first = 1;" : ""}\n${line}\n`;
    const expected = rule === "unknown-floor" ? 0 : /^import \{\n/.test(line) ? 4 : 2;
    expect(faultsOf({ [path]: text })).toEqual([`${path}:${expected} ${rule}`]);
  });

  it("between backends", () => {
    const text = 'import { a } from "../null/index.ts";\n';
    expect(faultsOf({ "src/os/linux/storage.ts": text })).toContain(
      "src/os/linux/storage.ts:1 backend-wall",
    );
  });

  it("in a cycle of files, also of types", () => {
    const faults = faultsOf({
      "src/sim/a.ts": 'import type { b } from "./b.ts";\n',
      "src/sim/b.ts": 'import { c } from "./c/c.ts";\n',
      "src/sim/c/c.ts": 'import { a } from "../a.ts";\n',
      "src/sim/d.ts": 'import { a } from "./a.ts";\n',
    });
    expect(faults).toEqual(["src/sim/c/c.ts:1 import-cycle"]);
  });

  it("in the length of files", () => {
    const lines = (count: number): string => "a();\n".repeat(count);
    expect(faultsOf({ "src/sim/a.ts": lines(500), "src/ARCHITECTURE.md": lines(200) })).toEqual([]);
    expect(faultsOf({ "src/sim/a.ts": lines(501), "src/ARCHITECTURE.md": lines(201) })).toEqual([
      "src/ARCHITECTURE.md:0 architecture-lines",
      "src/sim/a.ts:0 file-lines",
    ]);
    expect(longFiles(new Map([["src/sim/a.ts", lines(301)]]))).toEqual(["src/sim/a.ts: 301 lines"]);
  });

  it("in names", () => {
    const names = ["pageTable.ts", "Page.ts", "page_table.ts", "string-utils.ts", "common/a.ts"];
    const vague = ["helpers.ts", "buffer-manager.ts", "util/a.ts"];
    const good = ["page-table.ts", "b-tree.fuzz.test.ts", "communal/a.ts", "README.md"];
    for (const name of [...names, ...vague]) {
      expect(faultsOf({ [`src/sim/${name}`]: "" }), name).toHaveLength(1);
    }
    for (const name of good) expect(faultsOf({ [`src/sim/${name}`]: "" }), name).toEqual([]);
  });

  it("in the files of a backend", () => {
    const names = ["index.ts", "storage.ts", "scheduler.ts", "costs.ts", "options.ts", "README.md"];
    const backend = (files: readonly string[]): Record<string, string> =>
      Object.fromEntries(files.map((name) => [`src/os/linux/${name}`, ""]));
    const more = ["memory.ts", "storage.test.ts", "storage/io-uring.ts"];
    expect(faultsOf(backend([...names, ...more]))).toEqual([]);
    for (const name of names) {
      const without = names.filter((other) => other !== name);
      expect(faultsOf(backend(without)), name).toEqual(["src/os/linux:0 backend-files"]);
    }
    expect(faultsOf(backend([...names, "ring.ts"]))).toEqual([
      "src/os/linux/ring.ts:0 backend-files",
    ]);
    expect(faultsOf({ "src/os/kernel/a.ts": "", "src/os/isolation/b.ts": "" })).toEqual([]);
  });
});

describe("a rule stays silent", () => {
  it("about what is allowed", () => {
    const allowed: Record<string, string> = {
      "src/engine/a.ts": 'import { b } from "../os/model.ts";\nimport { c } from "./b/c.ts";\n',
      "src/os/registry.ts": 'import { linux } from "./linux/index.ts";\n',
      "src/os/contract.test.ts": 'import { backends } from "./registry.ts";\n',
      "src/experiment/assemble.ts": 'import { backends } from "../os/registry.ts";\n',
      "src/cli/run.ts": 'import "./b.css";\nimport { b } from "../os/registry.ts";\n',
      "src/cli/main.ts": 'import { readFileSync } from "node:fs";\nconst a = await b;\n',
      "src/report/a.ts":
        'import { b } from "../experiment/metric.ts";\n// Date.now() is the host.\n',
      "src/base/a.ts":
        "const a = Math.sqrt(2) + Math.LN2; // Math.log(2) differs, as does 2 ** 3\n",
      "src/base/units.ts": "const a = 1 as Duration;\n",
      "src/sim/a.ts":
        'const a = ["Math.random", /await|Date/, `async ${"**"}`];\nconst b = a / 2;\n',
      "src/sim/c.ts": "export const forItsTest = 1;\nexport interface D {}\nexport class E {}\n",
      "src/sim/c.test.ts": 'import { forItsTest } from "./c.ts";\n',
      "src/sim/a.test.ts": 'import { a } from "../testing/a.ts";\nconst b = Math.exp(2) ** 2;\n',
      "src/testing/a.ts": 'import { b } from "../experiment/assemble.ts";\n',
      "scripts/a.ts": 'import { a } from "node:fs";\nimport { b } from "../src/cli/main.ts";\n',
      "src/hardware/a.ts": 'const a = { source: "haas23" }; // [haas23 §4.2]; a[i], [min, max)\n',
      "bench/sources.json": '{ "haas23": {} }',
    };
    expect(faultsOf(allowed).filter((fault) => !fault.includes("backend-files"))).toEqual([]);
  });
});

describe("source text", () => {
  it("keeps code and comments apart, at the same place", () => {
    const text = 'a("//", `b ${c("}")} /* d */`, /"\\/[/]/); // e "f"\nx / y / z; /* g */\n';
    const { code, comments } = readSource(text);
    expect(code.replace(/ +/g, " ")).toBe('a(" ", ` c(" ") `, ); \nx / y / z; \n');
    expect(comments.replace(/ +/g, " ")).toBe(' // e "f"\n /* g */\n');
    expect([code.length, comments.length]).toEqual([text.length, text.length]);
  });

  it("survives a template in a hole of a template, and the braces of an object there", () => {
    const text = "`${f({ a: `${b}}` })}` + c; // d\n";
    expect(readSource(text).code.replace(/ +/g, " ")).toBe("` f({ a: ` b ` }) ` + c; \n");
  });

  it("finds imports in code only", () => {
    const text =
      'import a, { b } from "./a.ts"; // from "./b.ts"\nconst c = Array.from("./c.ts");\n';
    expect(importsIn(readSource(text))).toEqual([{ specifier: "./a.ts", line: 1, bare: false }]);
  });

  it("measures functions, methods and arrows, each to its own end", () => {
    const text = [
      "export function one(",
      "  a: A,",
      "): B {",
      "  if (a) {",
      "  }",
      "}",
      "class C {",
      "  readonly d = 1;",
      "  *#two<T>(a: T): Generator<Wait> {",
      "    yield* b(`",
      "}",
      "`);",
      "  }",
      "  three = (a: A): B => {",
      "    return a;",
      "  };",
      "}",
      "const four = (a: A): B =>",
      "  b(a);",
      "",
      "const table = {",
      "  five(a: A) {",
      "  },",
      "  six: z.object({",
      "  }),",
      "};",
      "",
    ].join("\n");
    expect(
      functionsIn(readSource(text)).map(({ name, line, lines }) => [name, line, lines]),
    ).toEqual([
      ["one", 1, 6],
      ["#two", 9, 5],
      ["three", 14, 3],
      ["four", 18, 2],
      ["five", 22, 2],
    ]);
  });
});
