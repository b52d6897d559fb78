/** Do faulty drives and crash states really do what their names say? */
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import {
  IO_DEVICE_GONE,
  IO_MEDIA_ERROR,
  IO_OK,
  IO_WRITE_FAULT,
} from "../../hardware/nvme/status.ts";
import { CrashStates } from "./crash-states.ts";
import { RecordingMedia } from "./device-trace.ts";
import { type FaultKind, FaultyMedia } from "./faulty-media.ts";
import { Image } from "./image.ts";

const page = (value: number, bytes = 4_096): Uint8Array => new Uint8Array(bytes).fill(value);

/** Two drives with `kind` to come at the command number `after`. */
function drives(kind: FaultKind, after = 0) {
  const trace = new RecordingMedia(new Image(), 2);
  const media = new FaultyMedia(trace, { kind, after, seed: 1 });
  media.arm();
  const at = (drive: number, offset: number): number => {
    const into = page(99);
    expect(trace.read(drive, offset, 4_096, into)).toBe(IO_OK);
    return into[0]!;
  };
  return { trace, media, at };
}

describe("faulty drives", () => {
  it("have latent errors, until the place is written again", () => {
    const { media } = drives("latent");
    const read = (): number => media.read(0, 8_192, 4_096, page(0));
    expect([read(), read(), read()]).toEqual([IO_MEDIA_ERROR, IO_MEDIA_ERROR, IO_MEDIA_ERROR]);
    expect(media.read(1, 8_192, 4_096, page(0))).toBe(IO_OK);
    expect(media.write(0, 8_192, 4_096, page(1))).toBe(IO_OK);
    expect([read(), media.injected]).toEqual([IO_OK, 1]);
  });

  it("have transient errors, once, at the command that was asked for", () => {
    const { media } = drives("transient", 2);
    const read = (): number => media.read(0, 0, 4_096, page(0));
    expect([read(), read(), read(), read()]).toEqual([IO_OK, IO_OK, IO_MEDIA_ERROR, IO_OK]);
  });

  it("fail a write, which then has not happened", () => {
    const { media, at, trace } = drives("write");
    expect(media.write(0, 0, 4_096, page(5))).toBe(IO_WRITE_FAULT);
    expect([at(0, 0), trace.events.length]).toEqual([0, 0]);
    expect(media.write(0, 0, 4_096, page(5))).toBe(IO_OK);
    expect(at(0, 0)).toBe(5);
  });

  it("fail a flush, and a second one does not bring back what the first should have kept", () => {
    const { media, trace } = drives("flush");
    media.write(0, 0, 4_096, page(5));
    expect(media.flush(0, media.acceptedSoFar(0))).toBe(IO_WRITE_FAULT);
    media.write(0, 4_096, 4_096, page(6));
    expect(media.flush(0, media.acceptedSoFar(0))).toBe(IO_OK);
    const states = new CrashStates(new Image(), trace.events, 512);
    states.advance(trace.events.length);
    const { image } = states.state(new RandomStream(1, "x"), 1);
    const into = page(0, 8_192);
    image.read(0, 0, 8_192, into);
    expect([into[0], into[4_096]]).toEqual([0, 6]);
  });

  it("vanish: one drive answers nothing any more, the other goes on", () => {
    const { media } = drives("vanish", 1);
    expect(media.read(0, 0, 4_096, page(0))).toBe(IO_OK);
    expect(media.write(1, 0, 4_096, page(0))).toBe(IO_DEVICE_GONE);
    expect(media.read(1, 0, 4_096, page(0))).toBe(IO_DEVICE_GONE);
    expect(media.flush(1, 0)).toBe(IO_DEVICE_GONE);
    expect(media.read(0, 0, 4_096, page(0))).toBe(IO_OK);
  });

  it("lose a write and say that it is done", () => {
    const { media, at } = drives("lost");
    expect(media.write(0, 0, 4_096, page(5))).toBe(IO_OK);
    expect(at(0, 0)).toBe(0);
  });

  it("put a write somewhere else and say that it is done", () => {
    const { media, at } = drives("misdirected");
    expect(media.write(0, 1 << 20, 4_096, page(5))).toBe(IO_OK);
    expect(at(0, 1 << 20)).toBe(0);
    const found = Array.from({ length: 512 }, (_, unit) => at(0, unit * 4_096));
    expect(found.filter((value) => value === 5)).toHaveLength(1);
  });

  it("tear a write and say that it is done", () => {
    const { media, trace } = drives("torn");
    expect(media.write(0, 0, 4_096, page(5))).toBe(IO_OK);
    const into = page(0);
    trace.read(0, 0, 4_096, into);
    expect([into[0], into[4_095]]).toEqual([5, 0]);
  });
});

/** Every state after `events` as the first bytes of pages 0, 1 and 2, and what was torn. */
function statesAfter(build: (media: RecordingMedia) => void, atomicBytes: 512 | 4096) {
  const trace = new RecordingMedia(new Image(), 1);
  build(trace);
  const states = new CrashStates(new Image(), trace.events, atomicBytes);
  states.advance(trace.events.length);
  return Array.from({ length: states.subsets }, (_, subset) => {
    const state = states.state(new RandomStream(3, `subset ${subset}`), subset);
    const bytes = page(0, 12_288);
    state.image.read(0, 0, 12_288, bytes);
    const sectors = Array.from({ length: 24 }, (_, sector) => bytes[sector * 512]!);
    return { ...state, sectors, pages: [bytes[0], bytes[4_096], bytes[8_192]] };
  });
}

const threeWrites = (media: RecordingMedia): void => {
  for (const index of [0, 1, 2]) media.write(0, index * 4_096, 4_096, page(index + 1));
};

it("a trace keeps what was written and stored, whatever becomes of the buffer", () => {
  const trace = new RecordingMedia(new Image(), 1);
  const buffer = page(1);
  trace.write(0, 0, 4_096, buffer);
  trace.mayBeWritten(0, 4_096, buffer);
  buffer.fill(2);
  const contents = trace.events.map((event) => (event.kind === "flush" ? [] : event.content[0]));
  expect(contents).toEqual([1, 1]);
});

describe("states after a crash", () => {
  it("keep what was flushed, always", () => {
    const found = statesAfter((media) => {
      threeWrites(media);
      media.flush(0, 3);
    }, 512);
    expect(found.map(({ pages }) => pages)).toEqual([[1, 2, 3]]);
  });

  it("keep of what is written during a flush or behind it all or nothing, as before", () => {
    const found = statesAfter((media) => {
      threeWrites(media);
      media.flush(0, 2);
    }, 4_096);
    expect(found.map(({ pages }) => pages.join("")).sort()).toEqual(["120", "123"]);
  });

  it("keep nothing for certain that another drive has flushed", () => {
    const found = statesAfter((media) => {
      threeWrites(media);
      media.flush(1, 3);
    }, 4_096);
    expect(new Set(found.map(({ pages }) => pages.join(""))).size).toBe(8);
  });

  it("keep all, nothing, or any part of what was not, in any order", () => {
    const found = statesAfter(threeWrites, 4_096);
    const distinct = new Set(found.map(({ pages }) => pages.join("")));
    expect([...distinct].sort()).toEqual(["000", "003", "020", "023", "100", "103", "120", "123"]);
    expect(found.some(({ isReordered }) => isReordered)).toBe(true);
    expect(found.every(({ torn }) => torn === 0)).toBe(true);
  });

  it("tear writes at the drive's atomic unit and at no other place", () => {
    const torn = statesAfter(threeWrites, 512).filter((state) => state.torn > 0);
    expect(torn.length).toBeGreaterThan(5);
    const isPart = (sectors: number[]): boolean => new Set(sectors).size > 1;
    expect(torn.some(({ sectors }) => isPart(sectors.slice(0, 8)))).toBe(true);
    const large = statesAfter((media) => media.write(0, 0, 8_192, page(1, 8_192)), 4_096);
    for (const { sectors } of large) expect(isPart(sectors.slice(0, 8))).toBe(false);
  });

  it("tear off an end, a beginning, or any units", () => {
    const shapes = statesAfter((media) => media.write(0, 0, 4_096, page(1)), 512).flatMap(
      ({ torn, sectors }) => (torn > 0 ? [sectors.slice(0, 8).join("")] : []),
    );
    expect(shapes.some((shape) => /^1+0+$/.test(shape))).toBe(true);
    expect(shapes.some((shape) => /^0+1+$/.test(shape))).toBe(true);
    expect(shapes.some((shape) => /10+1|01+0/.test(shape))).toBe(true);
  });

  it("lack the last of many writes alone, or have it alone, whatever else they try", () => {
    const found = statesAfter((media) => {
      for (let sector = 0; sector < 6; sector++) media.write(0, sector * 512, 512, page(1, 512));
    }, 512);
    const first = found.slice(0, 4).map(({ sectors }) => sectors.slice(0, 6).join(""));
    expect(first).toEqual(["000000", "111111", "111110", "000001"]);
  });

  it("have of a mapped page its newest content or none, beside what was written of it", () => {
    const stores = (media: RecordingMedia): void => {
      media.mayBeWritten(0, 0, page(1));
      media.mayBeWritten(0, 0, page(2));
    };
    expect(statesAfter(stores, 4_096).map(({ pages }) => pages[0])).toEqual([0, 2]);
    const written = statesAfter((media) => {
      media.mayBeWritten(0, 0, page(1));
      media.write(0, 0, 4_096, page(1));
      media.mayBeWritten(0, 0, page(2));
    }, 4_096);
    expect(new Set(written.map(({ pages }) => pages[0]))).toEqual(new Set([0, 1, 2]));
  });

  it("let the later of two writes to one place win, if it is there", () => {
    const found = statesAfter((media) => {
      media.write(0, 0, 512, page(1, 512));
      media.write(0, 0, 512, page(2, 512));
    }, 512);
    expect(new Set(found.map(({ pages }) => pages[0]))).toEqual(new Set([0, 1, 2]));
    expect(found[1]!.pages[0]).toBe(2);
  });

  it("keep that order also of what a flush has left in doubt", () => {
    const found = statesAfter((media) => {
      media.write(0, 4_096, 512, page(9, 512));
      media.write(0, 0, 512, page(1, 512));
      media.write(0, 0, 512, page(2, 512));
      media.flush(0, 1);
    }, 512);
    expect(found.map(({ pages }) => pages.slice(0, 2).join(""))).toEqual(["09", "29", "19", "29"]);
  });

  it("have one digest for one content, whatever the way to it", () => {
    const one = new Image();
    one.write(0, 0, 4_096, page(1));
    const two = new Image(new Image());
    two.write(0, 0, 4_096, page(9));
    two.write(0, 4_096, 512, page(4, 512));
    two.write(0, 4_096, 512, page(0, 512));
    expect(two.digest).not.toBe(one.digest);
    two.write(0, 0, 4_096, page(1));
    expect(two.digest).toBe(one.digest);
    expect(new Image().digest).toBe(new Image(new Image()).digest);
  });
});
