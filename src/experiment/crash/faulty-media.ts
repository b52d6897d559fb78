/**
 * Media that misbehave while a workload runs, by plan and seed.
 *
 * - latent: a place that was once hit cannot be read until it is written again;
 * - transient: one read fails, the next one of the same place does not;
 * - write: one write fails and changes nothing;
 * - flush: one flush fails, and what it should have made durable is lost (the trace knows);
 * - vanish: from some command on the drive does not answer;
 * - lost: a write is reported complete and never happens;
 * - misdirected: a write goes to another place;
 * - torn: of a write, only some atomic units arrive, and it is reported complete.
 *
 * The last three lie (`LIES`): no drive that does that can be trusted, but an engine may notice.
 */
import { RandomStream } from "../../base/random.ts";
import type { Media } from "../../hardware/nvme/media.ts";
import {
  IO_DEVICE_GONE,
  IO_MEDIA_ERROR,
  IO_OK,
  IO_WRITE_FAULT,
  type IoStatus,
} from "../../hardware/nvme/status.ts";
import type { RecordingMedia } from "./device-trace.ts";

export const FAULTS = [
  "latent",
  "transient",
  "write",
  "flush",
  "vanish",
  "lost",
  "misdirected",
  "torn",
] as const;
export type FaultKind = (typeof FAULTS)[number];
/** Of them, those of drives that say what is not so. */
export const LIES: readonly string[] = ["lost", "misdirected", "torn"];

/** What goes wrong, and when: with the `after`-th command that it can hit, counted from 0. */
export interface FaultPlan {
  readonly kind: FaultKind;
  readonly after: number;
  readonly seed: number;
}

const UNIT_BYTES = 4_096;

export class FaultyMedia implements Media {
  /** Faults so far. */
  injected = 0;
  /** Where the trace was when the fault came; undefined: it has not come. */
  injectedAt: number | undefined;
  readonly #below: RecordingMedia;
  readonly #plan: FaultPlan;
  readonly #random: RandomStream;
  /** Commands that the fault could have hit. */
  #candidates = 0;
  #isArmed = false;
  #goneDrive = -1;
  readonly #latent = new Set<string>();

  constructor(below: RecordingMedia, plan: FaultPlan) {
    this.#below = below;
    this.#plan = plan;
    this.#random = new RandomStream(plan.seed, `fault ${plan.kind}`);
  }

  /** From now on commands count. */
  arm(): void {
    this.#isArmed = true;
  }

  read(drive: number, offset: number, bytes: number, into: Uint8Array | undefined): IoStatus {
    if (this.#isGone(drive)) return IO_DEVICE_GONE;
    const { kind } = this.#plan;
    const isRead = kind === "latent" || kind === "transient";
    const isHit = isRead && this.#hits();
    if (isHit && kind === "latent") this.#latent.add(placeOf(drive, offset));
    const isBad = this.#latent.size > 0 && this.#touchesLatent(drive, offset, bytes);
    if (isHit || isBad) return IO_MEDIA_ERROR;
    return this.#below.read(drive, offset, bytes, into);
  }

  write(drive: number, offset: number, bytes: number, from: Uint8Array | undefined): IoStatus {
    if (this.#isGone(drive)) return IO_DEVICE_GONE;
    const { kind } = this.#plan;
    if (this.#latent.size > 0) this.#repair(drive, offset, bytes);
    const isWrite =
      kind === "write" || kind === "lost" || kind === "misdirected" || kind === "torn";
    if (!isWrite || !this.#hits()) return this.#below.write(drive, offset, bytes, from);
    switch (kind) {
      case "write":
        return IO_WRITE_FAULT;
      case "lost":
        return IO_OK;
      case "misdirected":
        return this.#below.write(drive, this.#elsewhere(offset), bytes, from);
      default: {
        const part = Math.max(512, 512 * Math.floor(bytes / 1_024));
        return this.#below.write(drive, offset, Math.min(part, bytes - 512), from);
      }
    }
  }

  mayBeWritten(drive: number, offset: number, from: Uint8Array): void {
    this.#below.mayBeWritten(drive, offset, from);
  }

  acceptedSoFar(drive: number): number {
    return this.#below.acceptedSoFar(drive);
  }

  flush(drive: number, accepted: number): IoStatus {
    if (this.#isGone(drive)) return IO_DEVICE_GONE;
    if (this.#plan.kind === "flush" && this.#hits()) {
      this.#below.flushFailed(drive, accepted);
      return IO_WRITE_FAULT;
    }
    return this.#below.flush(drive, accepted);
  }

  #isGone(drive: number): boolean {
    if (this.#plan.kind !== "vanish") return false;
    if (this.#goneDrive < 0 && this.#hits()) this.#goneDrive = drive;
    return drive === this.#goneDrive;
  }

  #hits(): boolean {
    if (!this.#isArmed) return false;
    const isHit = this.#candidates === this.#plan.after;
    this.#candidates += 1;
    if (!isHit) return false;
    this.injected += 1;
    this.injectedAt = this.#below.events.length;
    return true;
  }

  #elsewhere(offset: number): number {
    const units = 1 + this.#random.below(16);
    return offset >= units * UNIT_BYTES ? offset - units * UNIT_BYTES : offset + units * UNIT_BYTES;
  }

  #touchesLatent(drive: number, offset: number, bytes: number): boolean {
    for (let at = offset - (offset % UNIT_BYTES); at < offset + bytes; at += UNIT_BYTES) {
      if (this.#latent.has(placeOf(drive, at))) return true;
    }
    return false;
  }

  #repair(drive: number, offset: number, bytes: number): void {
    for (let at = offset - (offset % UNIT_BYTES); at < offset + bytes; at += UNIT_BYTES) {
      this.#latent.delete(placeOf(drive, at));
    }
  }
}

const placeOf = (drive: number, offset: number): string =>
  `${drive}:${Math.floor(offset / UNIT_BYTES)}`;
