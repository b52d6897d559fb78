/** Puts a line of text into a PNG, where image viewers and `exiftool` show it. */

/** Signature and header: the text goes right behind them. [png 1.2 §5.1, §11.2.2] */
const HEAD_BYTES = 33;

/** @param text Latin-1. [png 1.2 §11.3.4.3] */
export function withText(png: Uint8Array, keyword: string, text: string): Uint8Array<ArrayBuffer> {
  const data = Uint8Array.from(`tEXt${keyword}\0${text}`, (letter) => letter.charCodeAt(0) & 0xff);
  const chunk = new Uint8Array(data.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length - 4);
  chunk.set(data, 4);
  view.setUint32(4 + data.length, crc32(data));
  const whole = new Uint8Array(png.length + chunk.length);
  whole.set(png.subarray(0, HEAD_BYTES));
  whole.set(chunk, HEAD_BYTES);
  whole.set(png.subarray(HEAD_BYTES), HEAD_BYTES + chunk.length);
  return whole;
}

/** CRC-32 as PNG defines it, bit by bit: it sees a hundred bytes. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
