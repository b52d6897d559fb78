/** Cells of the rows of a printed table that contain `text`, without the frame around them. */
export const cellsOfRows = (table: string, text: string): string[][] =>
  table
    .split("\n")
    .filter((line) => line.includes(text))
    .map((row) =>
      row
        .split("│")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
