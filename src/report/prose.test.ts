import { expect, it } from "vitest";
import { wrapText } from "./prose.ts";

it("breaks between words and keeps the indentation", () => {
  expect(wrapText("a title\n  one two three four", 12)).toBe("a title\n  one two\n  three four");
});

it("leaves a word that is too long, a table, and what nobody reads", () => {
  expect(wrapText("incomprehensible", 5)).toBe("incomprehensible");
  expect(wrapText("│ a │ b │", 5)).toBe("│ a │ b │");
  expect(wrapText("as long as it is")).toBe("as long as it is");
});
