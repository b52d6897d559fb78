import { expect, it } from "vitest";
import { roundedBytes, short, sizeText } from "./amount-text.ts";

it.each([
  [0, "0 B"],
  [512, "512 B"],
  [4_096, "4 KiB"],
  [8_000, "8 kB"],
  [134_217_728, "128 MiB"],
  [128e9, "128 GB"],
  [2 ** 41, "2 TiB"],
  [1e12, "1 TB"],
  [100 * 2 ** 30, "100 GiB"],
  [171_798_691, "171.8 MB"],
  [1_500_000, "1500 kB"],
])("writes %s bytes as %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

it("rounds to four digits", () => {
  expect(short(1234.56)).toBe("1235");
  expect(roundedBytes(225_280_000.4)).toBe("225.3 MB");
});
