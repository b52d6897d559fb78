/**
 * The content of an array as a stack of layers: what lies below is shared, what is written is the
 * layer's own. Thousands of crash states share the image that they differ from.
 *
 * I1  `digest` is that of all sectors that are not zero, kept up to date with every write.
 * I2  Nobody writes to a layer while another one lies on it.
 */
import type { Media } from "../../hardware/nvme/media.ts";
import { IO_OK, type IoStatus } from "../../hardware/nvme/status.ts";
import { hashWords, SetDigest } from "./digest.ts";

export const SECTOR_BYTES = 512;
const UNIT_BYTES = 4_096;
const SECTOR_WORDS = SECTOR_BYTES / 4;
/** Drives are told apart in a unit's number. */
const DRIVE_UNITS = 2 ** 40;

interface Unit {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

export class Image implements Media {
  readonly #below: Image | undefined;
  readonly #units = new Map<number, Unit>();
  readonly #digest: SetDigest;

  constructor(below?: Image) {
    this.#below = below;
    this.#digest = below === undefined ? new SetDigest() : below.#digest.copy();
  }

  /** Equal for equal content, whatever the layers. */
  get digest(): number {
    return this.#digest.value;
  }

  read(drive: number, offset: number, bytes: number, into: Uint8Array | undefined): IoStatus {
    if (into === undefined) return IO_OK;
    for (let done = 0; done < bytes; ) {
      const unit = Math.floor((offset + done) / UNIT_BYTES);
      const start = offset + done - unit * UNIT_BYTES;
      const count = Math.min(UNIT_BYTES - start, bytes - done);
      const found = this.#find(drive * DRIVE_UNITS + unit);
      if (found === undefined) into.fill(0, done, done + count);
      else into.set(found.bytes.subarray(start, start + count), done);
      done += count;
    }
    return IO_OK;
  }

  /** Whole sectors only. */
  write(drive: number, offset: number, bytes: number, from: Uint8Array | undefined): IoStatus {
    if (from === undefined) return IO_OK;
    for (let done = 0; done < bytes; ) {
      const unit = Math.floor((offset + done) / UNIT_BYTES);
      const start = offset + done - unit * UNIT_BYTES;
      const count = Math.min(UNIT_BYTES - start, bytes - done);
      const number = drive * DRIVE_UNITS + unit;
      const own = this.#own(number);
      const first = Math.floor(start / SECTOR_BYTES);
      const last = Math.floor((start + count - 1) / SECTOR_BYTES);
      for (let sector = first; sector <= last; sector++) this.#hash(number, own, sector, -1);
      own.bytes.set(from.subarray(done, done + count), start);
      for (let sector = first; sector <= last; sector++) this.#hash(number, own, sector, 1);
      done += count;
    }
    return IO_OK;
  }

  acceptedSoFar(): number {
    return 0;
  }

  flush(): IoStatus {
    return IO_OK;
  }

  #find(number: number): Unit | undefined {
    const mine = this.#units.get(number);
    if (mine !== undefined || this.#below === undefined) return mine;
    return this.#below.#find(number);
  }

  #own(number: number): Unit {
    const mine = this.#units.get(number);
    if (mine !== undefined) return mine;
    const bytes = new Uint8Array(UNIT_BYTES);
    const below = this.#find(number);
    if (below !== undefined) bytes.set(below.bytes);
    const unit = { bytes, words: new Uint32Array(bytes.buffer) };
    this.#units.set(number, unit);
    return unit;
  }

  #hash(number: number, { words }: Unit, sector: number, sign: 1 | -1): void {
    const from = sector * SECTOR_WORDS;
    let any = 0;
    for (let index = from; index < from + SECTOR_WORDS; index++) any |= words[index]!;
    if (any === 0) return;
    const place = number * (UNIT_BYTES / SECTOR_BYTES) + sector;
    const seed = Math.imul(place | 0, 0x9e37_79b1) ^ Math.floor(place / 4_294_967_296);
    const low = hashWords(words, from, SECTOR_WORDS, seed);
    const high = hashWords(words, from, SECTOR_WORDS, ~seed ^ 0x1656_67b1);
    this.#digest.apply(low, high, sign);
  }
}
