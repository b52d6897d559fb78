import { describe, expect, it } from "vitest";
import { crc32, withText } from "./png-text.ts";

describe("text in a PNG", () => {
  it("has the checksum that the specification gives as its example", () => {
    // The empty IEND chunk. [png 1.2 §11.2.5]
    expect(crc32(new TextEncoder().encode("IEND"))).toBe(0xae426082);
  });

  it("stands right behind the header, as one whole chunk", () => {
    const png = new Uint8Array(40).fill(7);
    const bytes = withText(png, "Comment", "hi");
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(40 + 12 + "Comment\0hi".length);
    expect(view.getUint32(33)).toBe("Comment\0hi".length);
    expect(String.fromCharCode(...bytes.slice(37, 51))).toBe("tEXtComment\0hi");
    expect(view.getUint32(51)).toBe(crc32(bytes.slice(37, 51)));
    expect([...bytes.slice(55)]).toEqual(new Array(7).fill(7));
  });
});
