/** Text for people whose terminal has so many columns. */

/**
 * `text` with its long lines broken between words; continuations are indented like their line.
 * Lines of tables stay as they are.
 * @param width characters of a line; undefined: nobody reads it, nothing is broken.
 */
export function wrapText(text: string, width?: number): string {
  if (width === undefined) return text;
  return text
    .split("\n")
    .flatMap((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  if (line.length <= width || /^[┌│└]/.test(line)) return [line];
  const indent = /^ */.exec(line)![0];
  const lines: string[] = [];
  let now = "";
  for (const word of line.slice(indent.length).split(" ")) {
    const longer = now === "" ? indent + word : `${now} ${word}`;
    if (longer.length <= width || now === "") now = longer;
    else {
      lines.push(now);
      now = indent + word;
    }
  }
  return [...lines, now];
}
