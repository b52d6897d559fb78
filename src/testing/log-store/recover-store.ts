/** Recovery of the small store: analysis, redo of all, undo of losers, a new epoch of the log. */
import type { Disk, Steps } from "./disk.ts";
import {
  DATA_OFFSET,
  type Master,
  masterBytes,
  masterOffset,
  PAGE_BYTES,
  PAGES,
  type PlantedFault,
  pageChecksum,
  SLOT_BYTES,
  SLOTS,
  slotBytes,
} from "./layout.ts";
import {
  COMMIT,
  END,
  IMAGE,
  LOG_OFFSET,
  type LogRecord,
  recordsIn,
  SECTOR,
  UPDATE,
} from "./log-stream.ts";

const LOG_READ_BYTES = 1 << 17;

/** Returns the pages as they are then; counts what it did. */
export function* recoverStore(
  disk: Disk,
  fault: PlantedFault,
  counts: Record<string, number>,
): Steps<readonly Uint8Array[]> {
  counts["recoveries"]! += 1;
  const master = yield* readMaster(disk);
  const log = new Uint8Array(LOG_READ_BYTES);
  yield* disk.read(LOG_OFFSET + master.start, log);
  const records = recordsIn(log, master.start, master.epoch, fault !== "missing checksum");
  const pages: Uint8Array[] = [];
  const broken = new Set<number>();
  for (let number = 0; number < PAGES; number++) {
    const page = new Uint8Array(PAGE_BYTES);
    yield* disk.read(DATA_OFFSET + number * PAGE_BYTES, page);
    if (!isWhole(page)) broken.add(number);
    pages.push(page);
  }
  const updates = redo(records, pages, broken, fault, counts);
  if (broken.size > 0) throw new Error(`page ${[...broken][0]} is broken and has no image`);
  if (fault !== "forgotten undo") undo(records, pages, updates, counts);
  yield* beginEpoch(disk, pages, records, master);
  return pages;
}

function* readMaster(disk: Disk): Steps<Master> {
  const sectors = new Uint8Array(2 * SECTOR);
  yield* disk.read(0, sectors);
  let newest: Master = { epoch: 1, start: 0 };
  for (const at of [0, SECTOR]) {
    const view = new DataView(sectors.buffer, at);
    const master = { epoch: view.getUint32(4, true), start: view.getUint32(8, true) };
    const bytes = masterBytes(master);
    const isWhole = bytes.every((byte, index) => byte === sectors[at + index]);
    if (isWhole && master.epoch > newest.epoch) newest = master;
  }
  return newest;
}

function isWhole(page: Uint8Array): boolean {
  if (page.every((byte) => byte === 0)) return true;
  return new DataView(page.buffer).getUint32(0, true) === pageChecksum(page);
}

/** Repeats history; returns the updates in their order. */
function redo(
  records: readonly LogRecord[],
  pages: Uint8Array[],
  broken: Set<number>,
  fault: PlantedFault,
  counts: Record<string, number>,
): readonly LogRecord[] {
  for (const { type, body } of records) {
    if (type !== IMAGE) continue;
    pages[body[0]!]!.set(body.subarray(4));
    broken.delete(body[0]!);
  }
  const updates = records.filter(({ type }) => type === UPDATE);
  const order = fault === "wrong redo order" ? [...updates].reverse() : updates;
  for (const { body } of order) {
    slotOf(pages, body).set(body.subarray(4 + SLOT_BYTES));
    counts["redone"]! += 1;
  }
  return updates;
}

/** Takes back, last first, what transactions did that neither committed nor ended. */
function undo(
  records: readonly LogRecord[],
  pages: Uint8Array[],
  updates: readonly LogRecord[],
  counts: Record<string, number>,
): void {
  const ended = new Set<number>();
  for (const { type, transaction } of records) {
    if (type === COMMIT || type === END) ended.add(transaction);
  }
  for (const { transaction, body } of [...updates].reverse()) {
    if (ended.has(transaction)) continue;
    slotOf(pages, body).set(body.subarray(4, 4 + SLOT_BYTES));
    counts["undone"]! += 1;
  }
}

function slotOf(pages: readonly Uint8Array[], body: Uint8Array): Uint8Array {
  const slot = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  return slotBytes(pages[Math.floor(slot / SLOTS)]!, slot % SLOTS);
}

/** Until the new master record is durable, the old log stays valid. */
function* beginEpoch(
  disk: Disk,
  pages: readonly Uint8Array[],
  records: readonly LogRecord[],
  { epoch, start }: Master,
): Steps {
  for (let number = 0; number < PAGES; number++) {
    const page = pages[number]!;
    new DataView(page.buffer).setUint32(0, pageChecksum(page), true);
    yield* disk.write(DATA_OFFSET + number * PAGE_BYTES, page);
  }
  yield* disk.flush();
  const last = records.at(-1);
  const end = last === undefined ? start : last.lsn + last.body.length + SECTOR;
  const next = { epoch: epoch + 1, start: Math.ceil(end / SECTOR) * SECTOR };
  yield* disk.write(masterOffset(next.epoch), masterBytes(next));
  yield* disk.flush();
}
