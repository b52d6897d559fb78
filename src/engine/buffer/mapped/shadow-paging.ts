/**
 * Shadow paging, as in LMDB: a changed page goes to a free place of the file, and a commit makes
 * the places reachable: data first, then the page map, flushed; then one meta page, flushed.
 *
 * The system may write pages when it likes: nobody's meta page leads to one that is not committed.
 * There is no log, and one writer at a time (`single-writer.ts`), since a commit takes all pages.
 *
 * I1  A place that the durable meta page leads to is neither stored to nor given out.
 */
import { assert } from "../../../base/assert.ts";
import { READ, WRITE } from "../../../os/model.ts";
import type { EngineTask } from "../../model.ts";
import { sealPage } from "../../page/page-header.ts";
import { DriveFailure, DriveIo } from "../../recovery/drive-io.ts";
import type { Worker } from "../../worker.ts";
import { type PageIo, pageDrive, pageOffset } from "../page-io.ts";
import { syncFile } from "./file-sync.ts";
import type { MappedFile } from "./mapped-file.ts";
import {
  emptyPage,
  MAP_ENTRIES,
  META_PLACES,
  mapPage,
  mapPagesOf,
  metaPage,
  readMap,
  readMeta,
} from "./page-map.ts";
import type { UpdateProtocol } from "./update-protocol.ts";

const NOBODY = -1;

export class ShadowPaging implements UpdateProtocol {
  /** Commits that have become durable. */
  snapshots = 0;
  written = 0;
  readonly #file: MappedFile;
  readonly #io: PageIo;
  /** Place of each page of the database; page at each place. */
  readonly #places: Int32Array;
  readonly #pages: Int32Array;
  /** Places that were given out since the last commit: nothing durable leads to them. */
  readonly #isFresh: Uint8Array;
  readonly #mapPlaces: Int32Array;
  readonly #changedMaps = new Set<number>();
  readonly #free: number[] = [];
  /** Places that only the durable meta page leads to. */
  #retiring: number[] = [];
  #fresh: number[] = [];
  #epoch = 0;

  /** @param filePlaces pages of the file; a page that changes needs a second one for a while. */
  constructor(file: MappedFile, io: PageIo, filePages: number, filePlaces: number) {
    this.#file = file;
    this.#io = io;
    const mapPages = mapPagesOf(filePages);
    const firstPage = META_PLACES + mapPages;
    this.#places = Int32Array.from({ length: filePages }, (_, page) => firstPage + page);
    this.#mapPlaces = Int32Array.from({ length: mapPages }, (_, number) => META_PLACES + number);
    this.#pages = new Int32Array(filePlaces).fill(NOBODY);
    for (const [page, place] of this.#places.entries()) this.#pages[place] = page;
    this.#isFresh = new Uint8Array(filePlaces);
    for (let place = filePlaces - 1; place >= firstPage + filePages; place--) {
      this.#free.push(place);
    }
    io.placeOf = (pageId) => this.#places[pageId]!;
  }

  /** A page that is not committed yet is sealed only then, and may leave and come back before. */
  isSealed(frame: number): boolean {
    return this.#isFresh[this.#places[this.#file.pool.frames.pageIds[frame]!]!] === 0;
  }

  isElsewhere(): boolean {
    return false;
  }

  placeInFile(pageId: number): number {
    return this.#places[pageId]!;
  }

  pageAt(place: number): number {
    return this.#pages[place]!;
  }

  bytesInFile(frame: number): Uint8Array {
    return this.#file.pool.frames.view(frame);
  }

  isReady(frame: number, worker: Worker): boolean {
    const place = this.#places[this.#file.pool.frames.pageIds[frame]!]!;
    return this.#isFresh[place] !== 0 && this.#file.isWritable(place, worker);
  }

  beforeStore(frame: number, worker: Worker | undefined): void {
    const { pool } = this.#file;
    const pageId = pool.frames.pageIds[frame]!;
    let place = this.#places[pageId]!;
    if (this.#isFresh[place] === 0) {
      place = this.#move(pageId, place);
      worker?.charge(pool.times.copyPage);
    }
    if (worker !== undefined) this.#file.announce(place, worker);
  }

  #move(pageId: number, from: number): number {
    const place = this.#takePlace();
    this.#retiring.push(from);
    this.#pages[from] = NOBODY;
    this.#pages[place] = pageId;
    this.#places[pageId] = place;
    this.#isFresh[place] = 1;
    this.#fresh.push(place);
    this.#changedMaps.add(Math.floor(pageId / MAP_ENTRIES));
    return place;
  }

  #takePlace(): number {
    const place = this.#free.pop();
    assert(place !== undefined, "the file has places for twice what one transaction changes");
    return place;
  }

  stored(frame: number): void {
    const { region, pool } = this.#file;
    const place = this.#places[pool.frames.pageIds[frame]!]!;
    assert(this.#isFresh[place] !== 0, "I1: a committed page was stored to");
    region.stores?.happened(place);
  }

  /** Makes everything that has changed durable, and reachable at one stroke. */
  *commit(worker: Worker): EngineTask<void> {
    const { frames } = this.#file.pool;
    const { core } = worker.thread;
    // 1. Whole pages, sealed, on the drives.
    for (const place of this.#fresh) {
      const frame = this.#file.pool.placeOf(this.#pages[place]!);
      this.#file.region.beforeStore(core, place);
      sealPage(frames.memory, frames.base(frame));
      this.#file.region.stores?.happened(place);
    }
    yield* syncFile(this.#file, worker);
    // 2. The map pages that lead to them, at places of their own.
    const epoch = this.#epoch + 1;
    const mapPlaces = this.#mapPlaces.slice();
    const retiring = [...this.#retiring];
    const io = new DriveIo(worker);
    for (const number of this.#changedMaps) {
      retiring.push(mapPlaces[number]!);
      mapPlaces[number] = this.#takePlace();
      const words = mapPage(this.#pageBytes, number, epoch, this.#places);
      yield* this.#startWrite(io, mapPlaces[number], words);
    }
    if (this.#changedMaps.size > 0) yield* this.#ended(io);
    yield* io.flush(this.#io.layout.drives);
    // 3. One meta page; until it is durable, the other one is the database.
    const meta = metaPage(this.#pageBytes, epoch, mapPlaces);
    yield* this.#startWrite(io, epoch % META_PLACES, meta);
    yield* this.#ended(io);
    yield* io.flush(this.#io.layout.drives);
    // 4. What only the older one led to is free.
    this.#epoch = epoch;
    this.#mapPlaces.set(mapPlaces);
    this.#changedMaps.clear();
    this.#free.push(...retiring);
    this.#retiring = [];
    for (const place of this.#fresh) this.#isFresh[place] = 0;
    this.#fresh = [];
    frames.dirty.fill(0);
    this.snapshots += 1;
  }

  /** The database as loaded is the first snapshot; takes no simulated time. */
  loaded(): void {
    this.#epoch += 1;
    for (const [number, place] of this.#mapPlaces.entries()) {
      const words = mapPage(this.#pageBytes, number, this.#epoch, this.#places);
      this.#io.placeAtOnce(place, bytesOf(words));
    }
    const meta = metaPage(this.#pageBytes, this.#epoch, this.#mapPlaces);
    this.#io.placeAtOnce(this.#epoch % META_PLACES, bytesOf(meta));
  }

  /** After a crash: the newest whole snapshot. */
  *open(worker: Worker): EngineTask<void> {
    const io = new DriveIo(worker);
    let newest: { epoch: number; mapPlaces: Int32Array } | undefined;
    for (let place = 0; place < META_PLACES; place++) {
      const meta = readMeta(yield* this.#read(io, place));
      if (meta !== undefined && meta.epoch > (newest?.epoch ?? 0)) newest = meta;
    }
    if (newest === undefined) throw new DriveFailure("there is no whole meta page", 0);
    this.#epoch = newest.epoch;
    this.#mapPlaces.set(newest.mapPlaces);
    for (const [number, place] of this.#mapPlaces.entries()) {
      const entries = readMap(yield* this.#read(io, place), number);
      if (entries === undefined) throw new DriveFailure(`map page ${number} is not whole`, 0);
      const from = number * MAP_ENTRIES;
      this.#places.set(entries.subarray(0, this.#places.length - from), from);
    }
    this.#findFreePlaces();
  }

  #findFreePlaces(): void {
    this.#pages.fill(NOBODY);
    for (const [page, place] of this.#places.entries()) this.#pages[place] = page;
    const isMap = new Set(this.#mapPlaces);
    this.#free.length = 0;
    for (let place = this.#pages.length - 1; place >= META_PLACES; place--) {
      if (this.#pages[place] === NOBODY && !isMap.has(place)) this.#free.push(place);
    }
  }

  get #pageBytes(): number {
    return this.#io.layout.pageBytes;
  }

  *#startWrite(io: DriveIo, place: number, words: Int32Array): EngineTask<void> {
    const { layout } = this.#io;
    this.written += 1;
    yield* io.start(WRITE, pageDrive(layout, place), pageOffset(layout, place), bytesOf(words));
  }

  *#ended(io: DriveIo): EngineTask<void> {
    const status = yield* io.end();
    if (status !== 0) throw new DriveFailure("the page map could not be written", status);
  }

  *#read(io: DriveIo, place: number): EngineTask<Int32Array> {
    const { layout } = this.#io;
    const words = emptyPage(layout.pageBytes);
    yield* io.start(READ, pageDrive(layout, place), pageOffset(layout, place), bytesOf(words));
    const status = yield* io.end();
    if (status !== 0) throw new DriveFailure("the page map could not be read", status);
    return words;
  }

  // biome-ignore lint/correctness/useYield: commits do it; there is no log to checkpoint.
  *writeOlderThan(): EngineTask<void> {
    assert(false, "shadow paging has no checkpoints");
  }

  isFull(): boolean {
    return false;
  }
}

const bytesOf = ({ buffer }: Int32Array): Uint8Array => new Uint8Array(buffer);
