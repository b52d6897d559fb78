/**
 * TypeScript source seen as text, precisely enough for the tidy test.
 *
 * Not a parser: it tells code from comments, strings and regular expressions, finds imports, and
 * finds functions by the indentation that the formatter guarantees.
 */

/** One source file, split into layers of the same length and the same line breaks as the text. */
export interface SourceText {
  readonly text: string;
  /** Code alone: comments, regular expressions and what is in strings and templates are blank. */
  readonly code: string;
  /** Comments alone. */
  readonly comments: string;
}

/** A `from "…"`, `import "…"` or `import("…")`. */
export interface ImportOf {
  readonly specifier: string;
  readonly line: number;
  /** Imported for its side effect: nothing is named. */
  readonly bare: boolean;
}

/** A top-level function, or a method or arrow function of a top-level class or object. */
export interface FunctionOf {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** One expression that matches what any of `parts` matches. */
function anyOf(parts: readonly RegExp[], flags = ""): RegExp {
  return new RegExp(parts.map(({ source }) => source).join("|"), flags);
}

const TOKEN = anyOf(
  [
    /\/\/[^\n]*/,
    /\/\*[\s\S]*?\*\//,
    /"(?:\\.|[^"\\\n])*"/,
    /'(?:\\.|[^'\\\n])*'/,
    /[`{}]/,
    /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/,
  ],
  "g",
);
const TEMPLATE_PART = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(`|\$\{)/y;
/** What stands before a regular expression; before a division stands a value. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|void))\s*$/;

/** Splits `text` into its layers. */
export function readSource(text: string): SourceText {
  const units = text.split("");
  const code = [...units];
  const comments = units.map((unit): string => (unit === "\n" ? unit : " "));
  const blank = (from: number, to: number): void => {
    for (let index = from; index < to; index++) if (units[index] !== "\n") code[index] = " ";
  };
  /** One entry per open `${`: how many plain braces are open inside it. */
  const holes: number[] = [];
  const token = new RegExp(TOKEN);
  const readTemplate = (from: number): void => {
    TEMPLATE_PART.lastIndex = from;
    const part = TEMPLATE_PART.exec(text);
    const end = part === null ? text.length : TEMPLATE_PART.lastIndex;
    const closed = part === null || part[1] === "`";
    blank(from, closed ? end - 1 : end);
    if (!closed) holes.push(0);
    token.lastIndex = end;
  };
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    const start = match.index;
    const end = start + found.length;
    if (found.startsWith("//") || found.startsWith("/*")) {
      for (let index = start; index < end; index++) comments[index] = units[index]!;
      blank(start, end);
    } else if (found === "`") readTemplate(end);
    else if (found === "{" && holes.length > 0) holes[holes.length - 1]! += 1;
    else if (found === "}" && holes.length > 0) {
      if (holes[holes.length - 1] === 0) {
        holes.pop();
        blank(start, end);
        readTemplate(end);
      } else holes[holes.length - 1]! -= 1;
    } else if (found.startsWith("/")) {
      if (BEFORE_REGEX.test(code.slice(Math.max(0, start - 80), start).join(""))) blank(start, end);
      else token.lastIndex = start + 1;
    } else if (/["']/.test(found[0]!)) blank(start + 1, end - 1);
  }
  return { text, code: code.join(""), comments: comments.join("") };
}

/** The 1-based line of a position in a text. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*(\(?)\s*)(["'])( +)\2/g;

/** Every import of a file, in order: static, re-exported, dynamic, and of types. */
export function importsIn({ text, code }: SourceText): ImportOf[] {
  return Array.from(code.matchAll(IMPORT), (match) => {
    const end = match.index + match[0].length - 1;
    return {
      specifier: text.slice(end - match[3]!.length, end),
      line: lineAt(text, match.index),
      bare: match[0].startsWith("import") && match[1] === "",
    };
  });
}

const TOP_FUNCTION = anyOf([
  /^(?:export )?(?:default )?(?:async )?function\b\s*\*?\s*([\w$]*)/,
  /^(?:export )?(?:const|let) ([\w$]+)(?:: .*)? = (?:async )?(?:function\b|[(<]|\w+ =>)/,
]);
const CONTAINER = /^(?:export )?(?:default )?(?:(?:abstract )?class\b|(?:const|let) .*[{[(]$)/;
/** Modifiers and name; then parameters, or an arrow or function as the value. */
const METHOD = new RegExp(
  /^ {2}(?:(?:static|override|async|get|set|public|private|protected|readonly) )*/.source +
    /\*?([#\w$]+|\[[\w.]+\])/.source +
    /(?:\??\(|<|(?:: .*)? = (?:async )?(?:function|\(|\w+ =>)|: (?:async )?(?:function|\(|\w+ =>))/
      .source,
);

/** Every function whose length the limit applies to; nested ones count as part of theirs. */
export function functionsIn({ code }: SourceText): FunctionOf[] {
  const lines = linesOutsideTemplates(code);
  const found: FunctionOf[] = [];
  let inContainer = false;
  for (const [index, line] of lines.entries()) {
    const top = TOP_FUNCTION.exec(line);
    if (/^\S/.test(line) && !/^[)}\]]/.test(line)) inContainer = CONTAINER.test(line);
    const header = top ?? (inContainer ? METHOD.exec(line) : null);
    if (header === null) continue;
    const name = header[1] ?? header[2] ?? "";
    const last = lastLineOfBlock(lines, index);
    found.push({ name: name === "" ? "default" : name, line: index + 1, lines: last - index + 1 });
  }
  return found;
}

/** Lines of code; one that begins inside a template is blank, for its indentation means nothing. */
function linesOutsideTemplates(code: string): string[] {
  let inside = false;
  return code.split("\n").map((line) => {
    const kept = inside ? "" : line;
    if (line.split("`").length % 2 === 0) inside = !inside;
    return kept;
  });
}

/** A block ends at the first line indented no deeper that does not open another part of it. */
function lastLineOfBlock(lines: readonly string[], first: number): number {
  const indent = lines[first]!.search(/\S/);
  for (let index = first + 1; index < lines.length; index++) {
    const line = lines[index]!;
    if (line.trim() === "" || line.search(/\S/) > indent) continue;
    if (!/^\s*[)}\]>]/.test(line)) return lastLineWithCode(lines, index - 1);
    if (!/[{([]\s*$/.test(line)) return index;
  }
  return lastLineWithCode(lines, lines.length - 1);
}

function lastLineWithCode(lines: readonly string[], from: number): number {
  let index = from;
  while (index > 0 && lines[index]!.trim() === "") index -= 1;
  return index;
}
