/**
 * The one place where pages meet drives: where a page lies, its checksum, its errors.
 *
 * Pages are striped over the drives: page p lies on drive p mod n, or, mapped, where md RAID0 with
 * its chunks of 512 KiB puts it. Every page is sealed with its
 * checksum on the way out and checked on the way in. A read that fails, or brings something that is
 * not the page, is repeated; what fails again, and every failed write, ends in `IoFailure`.
 *
 * I1  No page enters the pool whose checksum and number have not been verified.
 * I2  An I/O error is never ignored: it is retried or it becomes an `IoFailure`.
 */
import { type Media, READ, WRITE } from "../../os/model.ts";
import { isPageIntact, pageIdOf, sealPage } from "../page/page-header.ts";
import type { PageMemory } from "../page/page-memory.ts";
import type { IoOwner, Worker } from "../worker.ts";

/** The drive answered, but with something that is not the page. */
export const WRONG_CONTENT = -1;

/** A page could not be read or written; the database cannot go on with it. */
export class IoFailure extends Error {
  readonly pageId: number;
  readonly operation: "read" | "write";
  readonly status: number;

  constructor(pageId: number, operation: "read" | "write", status: number) {
    const reason = status === WRONG_CONTENT ? "its checksum is wrong" : `status ${status}`;
    super(`page ${pageId} could not be ${operation === "read" ? "read" : "written"}: ${reason}`);
    this.name = "IoFailure";
    this.pageId = pageId;
    this.operation = operation;
    this.status = status;
  }
}

/** Where pages lie. */
export interface PageLayout {
  readonly pageBytes: number;
  readonly drives: number;
  /** Bytes at the beginning of every drive that belong to the log. */
  readonly dataOffset: number;
  /** Neighbouring pages on one drive before the next one has its turn. */
  readonly stripePages: number;
}

export function pageDrive({ drives, stripePages }: PageLayout, pageId: number): number {
  return Math.floor(pageId / stripePages) % drives;
}

/** Byte offset of a page on its drive. */
export function pageOffset(layout: PageLayout, pageId: number): number {
  const { pageBytes, drives, dataOffset, stripePages } = layout;
  const stripe = Math.floor(pageId / (stripePages * drives));
  return dataOffset + (stripe * stripePages + (pageId % stripePages)) * pageBytes;
}

export class PageIo {
  readonly layout: PageLayout;
  readonly #media: Media | undefined;
  readonly #sealsPages: boolean;
  /** At which place of the file a page lies; it is its own number except under shadow paging. */
  placeOf: (pageId: number) => number = (pageId) => pageId;

  /**
   * @param media what is written on the drives, for loading; undefined: nothing is.
   * @param sealsPages whether all pages on the drives carry a valid checksum.
   */
  constructor(layout: PageLayout, media: Media | undefined, sealsPages = true) {
    this.layout = layout;
    this.#media = media;
    this.#sealsPages = sealsPages;
  }

  /** Whether pages can leave and come back. */
  get keepsPages(): boolean {
    return this.#media !== undefined;
  }

  /** Seals a page and puts it on its drive without simulated time: for loading. */
  writeAtOnce(memory: PageMemory, base: number, pageId: number): void {
    sealPage(memory, base);
    const { layout } = this;
    const from = memory.bytes.subarray(base, base + memory.pageBytes);
    const { pageBytes } = layout;
    const place = this.placeOf(pageId);
    this.#media?.write(pageDrive(layout, place), pageOffset(layout, place), pageBytes, from);
  }

  /** Puts bytes at a place of the file without simulated time: for loading. */
  placeAtOnce(place: number, from: Uint8Array): void {
    const { layout } = this;
    const at = pageOffset(layout, place);
    this.#media?.write(pageDrive(layout, place), at, layout.pageBytes, from);
  }

  /** Makes everything that was written at once durable. */
  settle(): void {
    const { drives } = this.layout;
    for (let drive = 0; drive < drives; drive++) {
      this.#media?.flush(drive, this.#media.acceptedSoFar(drive));
    }
  }

  /** Reads a page without simulated time: for checks. */
  readAtOnce(pageId: number, into: PageMemory): number {
    const { layout } = this;
    const place = this.placeOf(pageId);
    const at = pageOffset(layout, place);
    const status = this.#media?.read(pageDrive(layout, place), at, layout.pageBytes, into.bytes);
    return this.verify(into, 0, pageId, status ?? 0);
  }

  /** Begins to read a page into `into`; submit afterwards. */
  startRead(
    worker: Worker,
    pageId: number,
    into: Uint8Array,
    owner: IoOwner,
    argument: number,
  ): void {
    const { layout } = this;
    const at = pageOffset(layout, pageId);
    worker.start(READ, pageDrive(layout, pageId), at, into, owner, argument);
  }

  /** Why the page that was read must not be used; 0 when it may. */
  verify(memory: PageMemory, base: number, pageId: number, status: number): number {
    if (status !== 0) return status;
    const isRight = this.#sealsPages
      ? isPageIntact(memory, base, pageId)
      : pageIdOf(memory, base) === pageId;
    return isRight ? 0 : WRONG_CONTENT;
  }

  /**
   * Seals the page in `memory`, which nobody changes until the write has completed, and begins it.
   */
  startWrite(
    worker: Worker,
    pageId: number,
    memory: PageMemory,
    base: number,
    owner: IoOwner,
    argument: number,
  ): void {
    sealPage(memory, base);
    const bytes = memory.bytes.subarray(base, base + memory.pageBytes);
    const { layout } = this;
    const at = pageOffset(layout, pageId);
    worker.start(WRITE, pageDrive(layout, pageId), at, bytes, owner, argument);
  }
}
