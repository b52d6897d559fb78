/** The table model as GitHub Markdown. */
import { cellText, columnHeader, isRightAligned, type Table } from "./table.ts";

/** A Markdown table with aligned columns, ending in a line feed. */
export function markdownTable(table: Table): string {
  const head = table.columns.map((column) => escaped(columnHeader(column)));
  const body = table.rows.map((row) =>
    table.columns.map((column, index) => escaped(cellText(row[index], column))),
  );
  const widths = head.map((title, index) =>
    Math.max(3, title.length, ...body.map((row) => row[index]!.length)),
  );
  const right = head.map((_, index) => isRightAligned(table, index));
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, index) =>
      right[index] ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
    );
    return `| ${padded.join(" | ")} |\n`;
  };
  const rule = widths.map((width, index) =>
    right[index] ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return line(head) + line(rule) + body.map(line).join("");
}

/** A pipe would end the cell, a line feed the table, and an angle bracket start an element. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replaceAll(/\r?\n/g, " ");
}
