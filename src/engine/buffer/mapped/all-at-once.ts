/** A mapped file's checkpoint: one call, which one worker makes for all; an msync has no shares. */
import type { EngineTask } from "../../model.ts";
import type { Worker } from "../../worker.ts";
import type { UpdateProtocol } from "./update-protocol.ts";

export class AllAtOnce {
  readonly pages = 1;
  left = 1;
  isWritten = false;
  readonly #protocol: UpdateProtocol;
  readonly #lsn: number;

  constructor(protocol: UpdateProtocol, lsn: number) {
    this.#protocol = protocol;
    this.#lsn = lsn;
  }

  *write(_most: number, worker: Worker): EngineTask<void> {
    if (this.left === 0) return;
    this.left = 0;
    yield* this.#protocol.writeOlderThan(this.#lsn, worker);
    this.isWritten = true;
  }
}
