/**
 * One page of a database cannot be read: who hears of it, and what becomes of the others.
 *
 * Threads look entries up; the drive has lost one leaf. With I/O of its own the database gets an
 * error status in one place and tells the transaction that asked. Under a file mapping the access
 * itself fails, wherever it is: SIGBUS, which ends the process with all its threads.
 */
import { RandomStream } from "../../base/random.ts";
import { IoFailure, pageDrive, pageOffset } from "../../engine/buffer/page-io.ts";
import { Engine } from "../../engine/engine.ts";
import { FREE_ENGINE } from "../../engine/times.ts";
import { FREE_TRANSACTIONS } from "../../engine/transaction/transactions.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { SparseMedia } from "../../hardware/nvme/media.ts";
import { IO_MEDIA_ERROR, type IoStatus } from "../../hardware/nvme/status.ts";
import {
  BusError,
  type MemoryTraits,
  type SchedulerFacet,
  type Thread,
  type ThreadTask,
} from "../../os/model.ts";
import type { Actor, Witness } from "../../workload/witness.ts";
import type {
  Measured,
  RunningWorkload,
  WorkloadKind,
  WorkloadResult,
  WorkloadSite,
} from "../workload-kind.ts";
import type { ReadErrorSpec } from "./read-error-spec.ts";

const KEY_BYTES = 8;
const VALUE = new Uint8Array(120).fill(7);
const TREE = "entries";
/** Which page of the file is lost: a leaf in the middle of the tree. */
const LOST_PAGE = 200;

const isMappedOn = ({ residency }: MemoryTraits): boolean => residency === "transparent";

export const readError: WorkloadKind<ReadErrorSpec> = {
  id: "read-error",
  title: "a database one of whose pages cannot be read",
  operation: "transaction",
  threads: ({ threads }) => threads,
  usesMemory: (_spec, traits) => isMappedOn(traits),
  resolve: (workload) => workload,
  build: (workload, site) => new ReadErrorRun(workload, site),
};

/** Everything is kept, but one place cannot be read. */
class LosingMedia extends SparseMedia {
  lost: { readonly drive: number; readonly offset: number } | undefined;
  /** Told of every read that hits the lost place. */
  onHit: () => void = () => undefined;

  override read(
    drive: number,
    offset: number,
    bytes: number,
    into: Uint8Array | undefined,
  ): IoStatus {
    const { lost } = this;
    const isHit = lost?.drive === drive && lost.offset >= offset && lost.offset < offset + bytes;
    if (!isHit) return super.read(drive, offset, bytes, into);
    this.onHit();
    return IO_MEDIA_ERROR;
  }
}

class ReadErrorRun implements RunningWorkload {
  readonly #spec: ReadErrorSpec;
  readonly #seed: number;
  readonly #engine: Engine;
  readonly #machine: HostMachine;
  readonly #media: LosingMedia;
  readonly #nowPs: () => number;
  #witness: Witness | undefined;
  #running = 0;
  #isKilled = false;
  #toldErrors = 0;
  #done = 0;
  #doneAfterError = 0;

  constructor(
    spec: ReadErrorSpec,
    { spec: around, simulation, machine, system, memoryTraits }: WorkloadSite,
  ) {
    this.#spec = spec;
    this.#seed = around.seed;
    this.#machine = machine;
    this.#nowPs = () => simulation.nowPs;
    const media = new LosingMedia(machine.array.shape.driveCount);
    machine.array.media = media;
    this.#media = media;
    const isMapped = isMappedOn(memoryTraits);
    this.#engine = Engine.create(system, {
      pageBytes: 4_096,
      poolPages: spec.poolPages,
      buffer: isMapped ? "mmap" : "hash-table",
      ...(isMapped && {
        mapped: { updateProtocol: "in-place", filePages: spec.entries, scale: 1e-6 },
      }),
      wal: false,
      logBytes: 0,
      checkpointEveryBytes: 0,
      fullPageImages: false,
      times: FREE_ENGINE,
      transactionCosts: FREE_TRANSACTIONS,
    });
    const tree = this.#engine.createTree(TREE);
    this.#engine.bulkLoad(tree, entries(spec.entries));
    const layout = this.#engine.pageLayout;
    if (!spec.isPageLost) return;
    media.lost = { drive: pageDrive(layout, LOST_PAGE), offset: pageOffset(layout, LOST_PAGE) };
  }

  tell(witness: Witness): void {
    this.#witness = witness;
    const { threads, entries } = this.#spec;
    this.#note("database", `${threads} threads look up ${entries} entries`);
    this.#media.onHit = () => this.#note("drive", `page ${LOST_PAGE} cannot be read`, "bad");
  }

  #note(who: Actor, what: string, tone?: "good" | "bad"): void {
    const process = this.#isKilled ? "killed" : "running";
    const holds = {
      process,
      "transactions done": String(this.#done),
      "errors told": String(this.#toldErrors),
      [`page ${LOST_PAGE} on the drive`]: this.#spec.isPageLost ? "unreadable" : "readable",
    };
    this.#witness?.({ atPs: this.#nowPs(), who, what, ...(tone && { tone }), holds });
  }

  start(scheduler: SchedulerFacet): readonly Thread[] {
    this.#running = this.#spec.threads;
    return Array.from({ length: this.#spec.threads }, (_, index) =>
      scheduler.spawn(index, (thread) => this.#body(thread, index)),
    );
  }

  /** Every thread works to its end, or to the process's. */
  stop(): void {}

  outstanding(): number {
    return this.#running + this.#machine.array.commands.inFlight;
  }

  result(_measured: Measured): WorkloadResult {
    if (!this.#isKilled) {
      const rest = `${this.#doneAfterError} transactions have committed since the first error`;
      this.#note(
        "database",
        this.#toldErrors > 0 ? rest : "every transaction has committed",
        "good",
      );
    }
    const metrics = {
      acknowledgedTransactions: this.#done,
      toldErrors: this.#toldErrors,
      killedProcesses: this.#isKilled ? 1 : 0,
      transactionsAfterError: this.#doneAfterError,
    };
    return { metrics, operations: this.#done };
  }

  *#body(thread: Thread, index: number): ThreadTask {
    const random = new RandomStream(this.#seed, `reader ${index}`);
    const tree = this.#engine.tree(TREE);
    const session = this.#engine.openSession(thread);
    const key = new Uint8Array(KEY_BYTES);
    for (let count = 0; count < this.#spec.transactions && !this.#isKilled; count++) {
      writeKey(key, random.below(this.#spec.entries));
      const transaction = session.begin("read-committed");
      try {
        yield* transaction.get(tree, key);
        yield* transaction.commit();
        this.#noteDone();
      } catch (error) {
        if (error instanceof BusError) this.#killed(index);
        else if (!(error instanceof IoFailure)) throw error;
        else {
          this.#toldErrors += 1;
          this.#note("database", `thread ${index} is told: ${error.message}`, "good");
          yield* transaction.abort();
        }
      }
    }
    if (!this.#isKilled) yield* session.close();
    this.#running -= 1;
  }

  /** Whichever thread was hit, the signal ends them all. */
  #killed(index: number): void {
    if (this.#isKilled) return;
    this.#note(
      "kernel",
      `SIGBUS in thread ${index}, in the middle of a walk through the tree`,
      "bad",
    );
    this.#isKilled = true;
    const others = this.#spec.threads - 1;
    this.#note("database", `the process has ended, its ${others} other threads with it`, "bad");
  }

  #noteDone(): void {
    if (this.#isKilled) return;
    this.#done += 1;
    if (this.#toldErrors > 0) this.#doneAfterError += 1;
  }
}

function* entries(count: number): Generator<readonly [Uint8Array, Uint8Array]> {
  const key = new Uint8Array(KEY_BYTES);
  for (let number = 0; number < count; number++) {
    writeKey(key, number);
    yield [key, VALUE];
  }
}

function writeKey(key: Uint8Array, number: number): void {
  new DataView(key.buffer).setBigUint64(0, BigInt(number));
}
