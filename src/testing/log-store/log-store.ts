/**
 * A small store over a log, with which the crash explorer itself is tested: records of fixed size
 * on a few pages, steal and no-force, full page images, undo, checkpoints, group commit. Each rule
 * that makes it safe can be broken on purpose.
 */
import { RandomStream } from "../../base/random.ts";
import type { CommitOracle, TransactionRecord } from "../../experiment/crash/oracle.ts";
import type {
  Coverage,
  CrashSubject,
  Recovered,
  RecoveryRun,
  WorkloadRun,
} from "../../experiment/crash/subject.ts";
import type { OperatingSystem, Thread, ThreadTask, Until } from "../../os/model.ts";
import { SLEEP } from "../../os/model.ts";
import { Disk, DiskError, type Steps } from "./disk.ts";
import {
  DATA_OFFSET,
  keyOf,
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
import { COMMIT, END, IMAGE, LOG_OFFSET, LogStream, SECTOR, UPDATE } from "./log-stream.ts";
import { recoverStore } from "./recover-store.ts";

const THREADS = 2;
const TRANSACTIONS = 24;
const CHECKPOINT_EVERY = 10;
const PAUSE_PS = 3_000_000;

export function logStore(fault: PlantedFault = "none"): CrashSubject {
  return {
    id: "log-store",
    threads: THREADS,
    start: (system, oracle, seed) => new Run(system, oracle, seed, fault),
    recover: (system, found): RecoveryRun => {
      const counts: Record<string, number> = { recoveries: 0, redone: 0, undone: 0 };
      return {
        *body(thread: Thread): ThreadTask {
          const disk = new Disk(thread, system.storage.openChannel(thread, 1));
          const pages = yield* recoverStore(disk, fault, counts);
          report(pages, found);
        },
        coverage: () => counts,
      };
    },
  };
}

function report(pages: readonly Uint8Array[], found: Recovered): void {
  pages.forEach((page, number) => {
    for (let slot = 0; slot < SLOTS; slot++) {
      const value = slotBytes(page, slot);
      if (value.some((byte) => byte !== 0)) found.record(0, keyOf(number * SLOTS + slot), value);
    }
  });
}

class Run implements WorkloadRun {
  readonly bodies: readonly ((thread: Thread) => ThreadTask)[];
  readonly #fault: PlantedFault;
  readonly #oracle: CommitOracle;
  readonly #pages = Array.from({ length: PAGES }, () => new Uint8Array(PAGE_BYTES));
  readonly #counts = { aborts: 0, checkpoints: 0, groupCommits: 0, steals: 0 };
  #log = new LogStream(1, 0);
  #durable = 0;
  #isFlushing = false;
  #isCheckpointing = false;
  #hasPanicked = false;
  #active = 0;
  #transactions = 0;
  #dirty = new Set<number>();
  /** Pages whose image is in the log. */
  #imaged = new Set<number>();

  constructor(system: OperatingSystem, oracle: CommitOracle, seed: number, fault: PlantedFault) {
    this.#fault = fault;
    this.#oracle = oracle;
    this.bodies = Array.from({ length: THREADS }, (_, index) => (thread: Thread) => {
      const disk = new Disk(thread, system.storage.openChannel(thread, 1));
      return this.#work(disk, index, new RandomStream(seed, `store ${index}`));
    });
  }

  coverage(): Coverage {
    return this.#counts;
  }

  *#work(disk: Disk, index: number, random: RandomStream): ThreadTask {
    try {
      for (let count = 0; count < TRANSACTIONS && !this.#hasPanicked; count++) {
        while (this.#isCheckpointing) yield* this.#waitForOthers(disk);
        yield* this.#transaction(disk, index, random);
        if (index === 0 && count % CHECKPOINT_EVERY === CHECKPOINT_EVERY - 1) {
          yield* this.#checkpoint(disk);
        }
      }
    } catch (error) {
      // Whoever cannot be sure what is durable stops; recovery finds out.
      this.#hasPanicked = true;
      throw error;
    }
  }

  *#transaction(disk: Disk, index: number, random: RandomStream): Steps {
    const number = ++this.#transactions;
    const record = this.#oracle.begin();
    const undo: { slot: number; before: Uint8Array }[] = [];
    this.#active += 1;
    for (let change = 1 + random.below(4); change > 0; change--) {
      // Each thread has slots of its own, so nothing needs a lock.
      const slot = index + THREADS * random.below((PAGES * SLOTS) / THREADS);
      const before = slotBytes(this.#pages[Math.floor(slot / SLOTS)]!, slot % SLOTS).slice();
      undo.push({ slot, before });
      const value = new Uint8Array(SLOT_BYTES);
      if (random.below(5) > 0)
        for (let at = 0; at < SLOT_BYTES; at++) value[at] = random.below(256);
      this.#change(number, slot, value, record);
      if (random.below(3) === 0) yield* this.#steal(disk, Math.floor(slot / SLOTS));
    }
    if (random.below(5) === 0) {
      this.#counts.aborts += 1;
      for (const { slot, before } of undo.reverse()) this.#change(number, slot, before);
      this.#log.append(END, number, new Uint8Array(0));
    } else {
      this.#oracle.requested(record);
      const lsn = this.#log.append(COMMIT, number, new Uint8Array(0));
      yield* this.#flushLog(disk, lsn, this.#fault !== "missing log flush");
      this.#oracle.acknowledged(record);
    }
    this.#active -= 1;
  }

  #change(number: number, slot: number, value: Uint8Array, record?: TransactionRecord): void {
    const pageNumber = Math.floor(slot / SLOTS);
    const page = this.#pages[pageNumber]!;
    if (!this.#imaged.has(pageNumber)) {
      this.#imaged.add(pageNumber);
      const body = new Uint8Array(4 + PAGE_BYTES);
      body[0] = pageNumber;
      body.set(page, 4);
      this.#log.append(IMAGE, 0, body);
    }
    const bytes = slotBytes(page, slot % SLOTS);
    const body = new Uint8Array(4 + 2 * SLOT_BYTES);
    new DataView(body.buffer).setUint32(0, slot, true);
    body.set(bytes, 4);
    body.set(value, 4 + SLOT_BYTES);
    this.#log.append(UPDATE, number, body);
    bytes.set(value);
    this.#dirty.add(pageNumber);
    if (value.some((byte) => byte !== 0)) record?.put(0, keyOf(slot), value);
    else record?.remove(0, keyOf(slot));
  }

  *#steal(disk: Disk, pageNumber: number): Steps {
    this.#counts.steals += 1;
    const page = this.#pages[pageNumber]!.slice();
    const lsn = this.#log.end;
    if (this.#fault !== "page before log") yield* this.#flushLog(disk, lsn, true);
    yield* this.#writePage(disk, pageNumber, page);
  }

  *#writePage(disk: Disk, pageNumber: number, page: Uint8Array): Steps {
    new DataView(page.buffer).setUint32(0, pageChecksum(page), true);
    yield* disk.write(DATA_OFFSET + pageNumber * PAGE_BYTES, page);
  }

  /** Returns when the log is durable up to `lsn`; who comes first flushes for all. */
  *#flushLog(disk: Disk, lsn: number, flushes: boolean): Steps {
    while (this.#durable < lsn) {
      this.#endIfPanicked();
      if (this.#isFlushing) {
        this.#counts.groupCommits += 1;
        yield* this.#waitForOthers(disk);
        continue;
      }
      this.#isFlushing = true;
      const { end } = this.#log;
      const { at, bytes } = this.#log.sectorsFrom(this.#durable);
      yield* disk.write(LOG_OFFSET + at, bytes);
      if (flushes) yield* this.#flush(disk);
      this.#durable = end;
      this.#isFlushing = false;
    }
  }

  /** Who has panicked will never do what others wait for. */
  #endIfPanicked(): void {
    if (this.#hasPanicked) throw new DiskError("the store has panicked");
  }

  *#waitForOthers({ thread }: Disk): Steps {
    this.#endIfPanicked();
    const wait: Until = { kind: "until", atPs: thread.core.cursorPs + PAUSE_PS, other: SLEEP };
    yield wait;
  }

  *#flush(disk: Disk): Steps {
    if (this.#fault !== "flush retry") {
      yield* disk.flush();
      return;
    }
    try {
      yield* disk.flush();
    } catch {
      yield* disk.flush();
    }
  }

  *#checkpoint(disk: Disk): Steps {
    this.#isCheckpointing = true;
    while (this.#active > 0) yield* this.#waitForOthers(disk);
    this.#counts.checkpoints += 1;
    yield* this.#flushLog(disk, this.#log.end, true);
    for (const pageNumber of this.#dirty) {
      yield* this.#writePage(disk, pageNumber, this.#pages[pageNumber]!.slice());
    }
    yield* this.#flush(disk);
    const epoch = this.#log.epoch + 1;
    const start = Math.ceil(this.#log.end / SECTOR) * SECTOR;
    yield* disk.write(masterOffset(epoch), masterBytes({ epoch, start }));
    yield* this.#flush(disk);
    this.#log = new LogStream(epoch, start);
    this.#durable = start;
    this.#dirty = new Set();
    this.#imaged = new Set();
    this.#isCheckpointing = false;
  }
}
