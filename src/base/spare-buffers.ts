/**
 * Large memory that somebody has done with, for whoever wants as much next.
 *
 * A host gives memory out page by page when it is first touched, at many times the cost of clearing
 * it. What is taken here is all zero, as if it were new.
 */
export class SpareBuffers {
  /** The one that was given back last comes last. */
  #buffers: ArrayBuffer[] = [];

  /** How much memory waits for somebody. */
  get bytes(): number {
    return this.#buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** A buffer that begins with `bytes` zeroes; it may be larger, and hold anything behind them. */
  take(bytes: number): ArrayBuffer {
    const [closest] = this.#buffers
      .filter(({ byteLength }) => byteLength >= bytes)
      .sort((a, b) => a.byteLength - b.byteLength);
    if (closest === undefined) return new ArrayBuffer(bytes);
    this.#buffers = this.#buffers.filter((buffer) => buffer !== closest);
    new Uint8Array(closest, 0, bytes).fill(0);
    return closest;
  }

  /** Nobody uses `buffer` any more; what has waited longest leaves until at most `bytesMax` do. */
  giveBack(buffer: ArrayBuffer, bytesMax: number): void {
    this.#buffers.push(buffer);
    this.shrinkTo(bytesMax);
  }

  /** Leaves memory to the host until at most `bytes` are kept. */
  shrinkTo(bytes: number): void {
    while (this.bytes > Math.max(0, bytes)) this.#buffers.shift();
  }
}
