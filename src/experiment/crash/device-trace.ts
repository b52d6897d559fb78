/**
 * What an array was told while a workload ran: every write that a drive accepted and every flush,
 * and every store to a mapped page, which the system may turn into a write, in their order. A crash
 * is a position in it.
 *
 * I1  Positions count events; an event's bytes are a copy.
 */
import type { Media } from "../../hardware/nvme/media.ts";
import { IO_OK, type IoStatus } from "../../hardware/nvme/status.ts";

export interface WriteEvent {
  readonly kind: "write";
  readonly drive: number;
  readonly offset: number;
  readonly content: Uint8Array;
}
export interface FlushEvent {
  readonly kind: "flush";
  readonly drive: number;
  /** The drive's first so many writes are durable. */
  readonly accepted: number;
  /** The flush failed: what it should have made durable is gone, and will not be flushed again. */
  readonly hasFailed: boolean;
}
/** A page of a file mapping was stored to: the system may write it as it is, from now on. */
export interface StoreEvent {
  readonly kind: "store";
  readonly drive: number;
  readonly offset: number;
  readonly content: Uint8Array;
}
export type DeviceEvent = WriteEvent | FlushEvent | StoreEvent;

export class RecordingMedia implements Media {
  readonly events: DeviceEvent[] = [];
  readonly #below: Media;
  readonly #accepted: number[];

  readonly #storesAreInDoubt: boolean;

  /**
   * @param below keeps the live content.
   * @param storesAreInDoubt whether the system may write mapped pages unasked.
   */
  constructor(below: Media, driveCount: number, storesAreInDoubt = true) {
    this.#below = below;
    this.#storesAreInDoubt = storesAreInDoubt;
    this.#accepted = new Array<number>(driveCount).fill(0);
  }

  read(drive: number, offset: number, bytes: number, into: Uint8Array | undefined): IoStatus {
    return this.#below.read(drive, offset, bytes, into);
  }

  write(drive: number, offset: number, bytes: number, from: Uint8Array | undefined): IoStatus {
    const status = this.#below.write(drive, offset, bytes, from);
    if (status === IO_OK && from !== undefined) {
      this.#accepted[drive]! += 1;
      this.events.push({ kind: "write", drive, offset, content: from.slice(0, bytes) });
    }
    return status;
  }

  mayBeWritten(drive: number, offset: number, from: Uint8Array): void {
    if (!this.#storesAreInDoubt) return;
    this.events.push({ kind: "store", drive, offset, content: from.slice() });
  }

  acceptedSoFar(drive: number): number {
    return this.#accepted[drive]!;
  }

  flush(drive: number, accepted: number): IoStatus {
    this.events.push({ kind: "flush", drive, accepted, hasFailed: false });
    return this.#below.flush(drive, accepted);
  }

  /** A flush has failed: nothing of what it covered will ever be durable. */
  flushFailed(drive: number, accepted: number): void {
    this.events.push({ kind: "flush", drive, accepted, hasFailed: true });
  }
}
