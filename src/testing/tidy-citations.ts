/** What is cited is in `bench/sources.json`, by its key, and what is there is cited. */
import { lineAt } from "./source-text.ts";
import type { Fault, SourceFile } from "./tidy-fault.ts";

const SOURCES = "bench/sources.json";
/** The source of a number that `--set` replaces. */
const SET_BY_USER = "user";
const SOURCE_KEY = /\bsource:\s*"( +)"/g;
const JSON_SOURCE_KEY = /"source":\s*"([^"]*)"/g;
/** `[haas23 §4.2]`: a key with a digit, then where. */
const CITATION = /\[([a-z][a-z-]*[0-9][\w.-]*) (?:§|p\.|Fig|Table|[a-z]+\/)[^\]]*\]/g;
/** `[linux-5.x mm/swap.c lru_add_drain]`: a key, then a source file; brackets without a key too. */
const FILE_CITATION = /\[([^\][\s]+)[^\][]*\]/g;
const FILE_NAME = /[\w-]\.(?:c|h|cc|cpp|rs|py)\b/;

interface Citation {
  readonly key: string;
  readonly index: number;
}

/** Keys that are used but not in `bench/sources.json`, and those there that nobody uses. */
export function citationFaults(files: readonly SourceFile[]): Fault[] {
  const sources = files.find(({ path }) => path === SOURCES)?.text ?? "{}";
  const keys = Object.keys(JSON.parse(sources) as object);
  const known = new Set([...keys, SET_BY_USER]);
  const unknown = files.flatMap((file) =>
    citationsIn(file)
      .filter(({ key }) => !known.has(key))
      .map(({ key, index }) => ({
        rule: "source-key",
        path: file.path,
        line: lineAt(file.text, index),
        instead: `add "${key}" to ${SOURCES}, or cite a source that is there`,
      })),
  );
  const texts = files.filter(({ path, forTests }) => path !== SOURCES && !forTests);
  const unused = keys.filter((key) => {
    // As a value, or first in brackets: a key such as "osv" is a word of prose, too.
    const uses = [`"${key}"`, ...[" ", ",", ":", "]"].map((end) => `[${key}${end}`)];
    return !texts.some(({ text }) => uses.some((use) => text.includes(use)));
  });
  return [
    ...unknown,
    ...unused.map((key) => ({
      rule: "unused-source",
      path: SOURCES,
      line: lineAt(sources, sources.indexOf(`"${key}"`)),
      instead: `nothing cites "${key}": cite it where it is used, or take it out`,
    })),
  ];
}

function citationsIn({ path, text, code, comments, forTests }: SourceFile): Citation[] {
  if (!path.startsWith("src/") || forTests) return [];
  const cited: Citation[] = [];
  for (const match of code.matchAll(SOURCE_KEY)) {
    const end = match.index + match[0].length - 1;
    cited.push({ key: text.slice(end - match[1]!.length, end), index: match.index });
  }
  for (const match of comments.matchAll(CITATION)) {
    if (!FILE_NAME.test(match[0])) cited.push({ key: match[1]!, index: match.index });
  }
  for (const match of comments.matchAll(FILE_CITATION)) {
    if (FILE_NAME.test(match[0])) cited.push({ key: match[1]!, index: match.index });
  }
  if (path.endsWith(".json")) {
    for (const match of text.matchAll(JSON_SOURCE_KEY)) {
      cited.push({ key: match[1]!, index: match.index });
    }
  }
  return cited;
}
