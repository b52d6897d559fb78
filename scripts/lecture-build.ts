/**
 * Builds the lecture page: one HTML file that needs nothing else.
 *
 * The page's code and the simulator are bundled one by one; the page starts the simulator's text as
 * a worker, so that the file works from a USB stick. The policy names the hash of the one script
 * and of the one style sheet: nothing else can run, and nothing at all can be loaded.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "vite";
import { PROJECT_ROOT, readProjectFile } from "../src/cli/project.ts";
import { pageData } from "./lecture-data.ts";

/** Largest page, plain and compressed, in bytes. */
const MAX_BYTES = 1_000_000;
const MAX_GZIP_BYTES = 350_000;

/** Packages for terminals and files, which report/ imports and the page never calls. */
const ABSENT = ["@observablehq/plot", "cli-table3", "csv-stringify/sync", "linkedom"];
/** Under the policy there is no `eval`: zod must not even try. */
const NO_EVAL = "globalThis.__zod_globalConfig={jitless:true};";

/** The whole page as text. */
export async function lecturePage(): Promise<string> {
  const style = readProjectFile("src/web/page.css").replaceAll(/\s*\n\s*/g, "\n");
  const script = await bundle("src/web/main.ts");
  const parts: Record<string, string> = {
    style,
    script,
    data: inScript(JSON.stringify(pageData())),
    simulator: await bundle("src/web/worker.ts"),
    policy: policyOf(script, style),
  };
  const page = readProjectFile("src/web/page.html").replaceAll(
    /\{\{(\w+)\}\}/g,
    (_, name: string) => parts[name] ?? "",
  );
  checkSize(page);
  return page;
}

function checkSize(page: string): void {
  const [bytes, compressed] = [Buffer.byteLength(page), gzipSync(page).length];
  if (bytes <= MAX_BYTES && compressed <= MAX_GZIP_BYTES) return;
  throw new Error(`the page has ${bytes} bytes, ${compressed} compressed: too many`);
}

function policyOf(script: string, style: string): string {
  const hash = (text: string): string =>
    `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)} blob:`,
    "worker-src blob:",
    `style-src ${hash(style)}`,
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Nothing in a script element may look like its end, or like the start of a comment. */
const inScript = (text: string): string => text.replaceAll(/<(?=\/script|script|!--)/gi, "\\u003c");

async function bundle(entry: string): Promise<string> {
  const result = await build({
    root: fileURLToPath(PROJECT_ROOT),
    configFile: false,
    logLevel: "error",
    publicDir: false,
    plugins: [withoutAbsent()],
    build: {
      write: false,
      target: "es2022",
      rolldownOptions: {
        input: fileURLToPath(new URL(entry, PROJECT_ROOT)),
        output: { format: "iife", intro: NO_EVAL },
      },
    },
  });
  const outputs = [result].flat().flatMap((part) => ("output" in part ? part.output : []));
  const chunk = outputs.find((output) => output.type === "chunk");
  if (chunk === undefined) throw new Error(`${entry} came out empty`);
  return inScript(chunk.code.trim());
}

function withoutAbsent(): Plugin {
  return {
    name: "absent",
    enforce: "pre",
    resolveId: (id) => (ABSENT.includes(id) ? `\0absent:${id}` : undefined),
    load: (id) =>
      id.startsWith("\0absent:")
        ? "export default undefined; export const parseHTML = undefined, stringify = undefined;"
        : undefined,
  };
}
