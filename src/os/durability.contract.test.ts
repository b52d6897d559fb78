/** Do all storage facets move real bytes, flush, and report errors? */
import { describe, expect, it } from "vitest";
import { type Media, SparseMedia } from "../hardware/nvme/media.ts";
import { type BareRun, bareRun } from "../testing/bare-run.ts";
import { INTERFACES, type Variant } from "../testing/variants.ts";
import {
  CATCH_UP,
  FLUSH,
  FLUSH_METADATA,
  IO_DEVICE_GONE,
  IO_MEDIA_ERROR,
  IO_OK,
  IO_WRITE_FAULT,
  type IoChannel,
  type IoStatus,
  type Opcode,
  READ,
  type Thread,
  type Wait,
  WRITE,
} from "./model.ts";
import { resolveOptions } from "./options.ts";

const END_PS = 100_000_000_000;
const variants = INTERFACES.filter(({ backend, options }) => {
  return backend.traits(resolveOptions(backend.id, backend.options, options)).takesFlushes;
}).map((variant) => [variant.name, variant] as const);

interface Request {
  readonly opcode: Opcode;
  readonly drive?: number;
  readonly offset?: number;
  readonly buffer?: Uint8Array;
}

/** Does one request and returns its status. */
function* done(thread: Thread, channel: IoChannel, request: Request): Generator<Wait, number> {
  const { opcode, drive = 0, offset = 0, buffer } = request;
  channel.prepare(opcode, drive, offset, buffer?.length ?? 0, 7, buffer);
  channel.submit();
  while (channel.reap(1) === 0) yield channel.completionWait;
  expect(channel.completed[0]).toBe(7);
  const status = channel.completedStatus[0]!;
  if (thread.isAhead()) yield CATCH_UP;
  return status;
}

function session(
  { backend, options }: Variant,
  media: Media | undefined,
  body: (run: BareRun, thread: Thread, channel: IoChannel) => Generator<Wait, void>,
  more: { readonly options?: Record<string, string>; readonly set?: Record<string, number> } = {},
): BareRun {
  const run = bareRun(
    {
      drives: 2,
      backend: backend.id,
      options: { ...options, ...more.options },
      workload: { kind: "raw-io" },
      set: more.set ?? {},
    },
    END_PS,
  );
  run.machine.array.media = media;
  let hasEnded = false;
  run.system.scheduler.spawn(0, function* (thread) {
    yield* body(run, thread, run.system.storage.openChannel(thread, 4));
    hasEnded = true;
  });
  run.simulation.runUntil(END_PS);
  expect(hasEnded).toBe(true);
  expect(run.machine.array.commands.inFlight).toBe(0);
  return run;
}

const page = (value: number): Uint8Array => new Uint8Array(4_096).fill(value);

describe.each(variants)("%s", (_, variant) => {
  it("gives back what was written, drive by drive", () => {
    session(variant, new SparseMedia(2), function* (_run, thread, channel) {
      for (const drive of [0, 1]) {
        const buffer = page(10 + drive);
        yield* done(thread, channel, { opcode: WRITE, drive, offset: 8_192, buffer });
      }
      for (const drive of [0, 1]) {
        const buffer = page(0);
        yield* done(thread, channel, { opcode: READ, drive, offset: 8_192, buffer });
        expect(new Set(buffer)).toEqual(new Set([10 + drive]));
      }
    });
  });

  it("completes both kinds of flush, with a volatile cache and without", () => {
    for (const volatileCache of [0, 1]) {
      const set = { "drive.volatileCache": volatileCache };
      session(
        variant,
        undefined,
        function* (_run, thread, channel) {
          yield* done(thread, channel, { opcode: WRITE, buffer: page(1) });
          for (const opcode of [FLUSH, FLUSH_METADATA] as const) {
            const beforePs = thread.core.cursorPs;
            expect(yield* done(thread, channel, { opcode })).toBe(IO_OK);
            expect(thread.core.cursorPs).toBeGreaterThanOrEqual(beforePs);
          }
        },
        { set },
      );
    }
  });

  it.each([
    ["fdatasync", FLUSH],
    ["fsync", FLUSH_METADATA],
  ] as const)(
    "flushes the drive's volatile cache by %s, and writes nothing of its own",
    (_name, opcode) => {
      let [flushes, writes] = [0, 0];
      const media = new SparseMedia(2);
      media.write = () => {
        writes += 1;
        return IO_OK;
      };
      media.flush = () => {
        flushes += 1;
        return IO_OK;
      };
      session(
        variant,
        media,
        function* (_run, thread, channel) {
          yield* done(thread, channel, { opcode: WRITE, buffer: page(1) });
          yield* done(thread, channel, { opcode });
        },
        { set: { "drive.volatileCache": 1 } },
      );
      expect(flushes).toBeGreaterThan(0);
      expect(writes).toBe(1);
    },
  );

  it("has made durable, when a flush completes, every write that completed before it", () => {
    const durable = [0, 0];
    const accepted = [0, 0];
    const media: Media = {
      read: () => IO_OK,
      write: (drive) => {
        accepted[drive]! += 1;
        return IO_OK;
      },
      acceptedSoFar: (drive) => accepted[drive]!,
      flush: (drive, mark) => {
        durable[drive] = mark;
        return IO_OK;
      },
    };
    session(
      variant,
      media,
      function* (_run, thread, channel) {
        for (let round = 1; round <= 5; round++) {
          yield* done(thread, channel, { opcode: WRITE, drive: 1, buffer: page(round) });
          yield* done(thread, channel, { opcode: FLUSH, drive: 1 });
          expect(durable[1]).toBe(round);
        }
      },
      { set: { "drive.volatileCache": 1 } },
    );
  });

  it("reports errors of reads, writes and flushes, each once", () => {
    let answer: IoStatus = IO_OK;
    const media: Media = {
      read: () => answer,
      write: () => answer,
      acceptedSoFar: () => 0,
      flush: () => answer,
    };
    session(
      variant,
      media,
      function* (_run, thread, channel) {
        const buffer = page(1);
        const answers = [IO_MEDIA_ERROR, IO_OK, IO_WRITE_FAULT, IO_DEVICE_GONE, IO_OK] as const;
        for (const status of answers) {
          answer = status;
          for (const opcode of [READ, WRITE] as const) {
            expect(yield* done(thread, channel, { opcode, buffer })).toBe(status);
          }
          expect(yield* done(thread, channel, { opcode: FLUSH })).toBe(status);
        }
      },
      { set: { "drive.volatileCache": 1 } },
    );
  });
});
