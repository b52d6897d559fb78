/** Blocking reads, writes and flushes of one thread; errors are thrown. */
import type { IoChannel, Opcode, Thread, Wait } from "../../os/model.ts";
import { CATCH_UP, FLUSH, IO_OK, IO_STATUS_TEXT, READ, WRITE } from "../../os/model.ts";

export type Steps<T = void> = Generator<Wait, T, void>;

export class DiskError extends Error {}

export class Disk {
  readonly thread: Thread;
  readonly #channel: IoChannel;

  constructor(thread: Thread, channel: IoChannel) {
    this.thread = thread;
    this.#channel = channel;
  }

  *read(offset: number, buffer: Uint8Array): Steps {
    yield* this.#done(READ, offset, buffer);
  }

  *write(offset: number, buffer: Uint8Array): Steps {
    yield* this.#done(WRITE, offset, buffer);
  }

  *flush(): Steps {
    yield* this.#done(FLUSH, 0, undefined);
  }

  *#done(opcode: Opcode, offset: number, buffer: Uint8Array | undefined): Steps {
    const channel = this.#channel;
    channel.prepare(opcode, 0, offset, buffer?.length ?? 0, 0, buffer);
    channel.submit();
    while (channel.reap(1) === 0) yield channel.completionWait;
    const status = channel.completedStatus[0]!;
    if (this.thread.isAhead()) yield CATCH_UP;
    if (status !== IO_OK) throw new DiskError(`${IO_STATUS_TEXT[status]} at ${offset}`);
  }
}
