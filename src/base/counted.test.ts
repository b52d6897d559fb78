import { expect, it } from "vitest";
import { counted } from "./counted.ts";

it("counts one and many", () => {
  expect([counted(1, "thread"), counted(0, "page"), counted(2, "drive")]).toEqual([
    "1 thread",
    "0 pages",
    "2 drives",
  ]);
});
