/** A thread that polls for a read of its own while another one tells it to go on. */
import { READ } from "../hardware/nvme/command-table.ts";
import type { OperatingSystem, ThreadTask } from "../os/model.ts";
import { SLEEP } from "../os/model.ts";

/** When the reader was told to go on, and when it did; 0: not yet. In picoseconds. */
export interface ToldReader {
  toldPs: number;
  wentOnPs: number;
}

/** Spawns a reader on core 0, and on core 1 who tells it at `atPs`; the caller lets them run. */
export function tellReader({ scheduler, storage }: OperatingSystem, atPs: number): ToldReader {
  const seen: ToldReader = { toldPs: 0, wentOnPs: 0 };
  const reader = scheduler.spawn(0, function* (self): ThreadTask {
    const channel = storage.openChannel(self, 1);
    channel.prepare(READ, 0, 0, 4_096, 0);
    channel.submit();
    channel.reap(1);
    yield channel.completionWait;
    seen.wentOnPs = self.core.cursorPs;
    while (channel.reap(1) === 0) yield channel.completionWait;
  });
  scheduler.spawn(1, function* (self): ThreadTask {
    yield { kind: "until", atPs, other: SLEEP };
    seen.toldPs = self.core.cursorPs;
    self.unpark(reader);
  });
  return seen;
}
