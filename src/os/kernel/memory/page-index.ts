/**
 * Which frame holds a page of the file: what the kernel keeps in `address_space.i_pages`.
 *
 * The kernel's is a radix tree (XArray); here it is an array with a place for every page of the
 * file, because only the tree's answers and its lock matter to the model. Neighbours lie side by
 * side: fault-around, which asks for sixteen of them, reads one line of the host's cache.
 *
 * I1  Every frame that was added is found under its page, and under no other.
 */
export class PageIndex {
  /** Frame + 1 of each page, so that 0 is `NO_FRAME`. The host gives memory to what is touched. */
  readonly #places: Int32Array;
  readonly #pageOf: Uint32Array;
  #size = 0;

  /**
   * @param pages pages of the file.
   * @param pageOf the page that each frame holds; read, never written.
   */
  constructor(pages: number, pageOf: Uint32Array) {
    this.#places = new Int32Array(pages);
    this.#pageOf = pageOf;
  }

  get size(): number {
    return this.#size;
  }

  /** The frame that holds `page`, 0 ≤ page < pages, or `NO_FRAME`. */
  find(page: number): number {
    return this.#places[page]! - 1;
  }

  /** Adds `frame` under the page that it holds, which must not be there yet. */
  add(frame: number): void {
    this.#places[this.#pageOf[frame]!] = frame + 1;
    this.#size += 1;
  }

  /** Removes `frame`, which still holds its page; returns whether it was there. */
  remove(frame: number): boolean {
    const page = this.#pageOf[frame]!;
    if (this.#places[page] !== frame + 1) return false;
    this.#places[page] = 0;
    this.#size -= 1;
    return true;
  }
}
