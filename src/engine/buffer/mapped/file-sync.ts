/** msync of the whole file, and what its failure means. */
import type { EngineTask } from "../../model.ts";
import { DriveFailure } from "../../recovery/drive-io.ts";
import type { Worker } from "../../worker.ts";
import type { MappedFile } from "./mapped-file.ts";

/** @throws DriveFailure after which nobody knows which pages the drives hold. */
export function* syncFile({ region }: MappedFile, { thread }: Worker): EngineTask<void> {
  const { stores } = region;
  const status = stores === undefined ? 0 : yield* stores.sync(thread);
  if (status !== 0) throw new DriveFailure("the mapped file could not be written", status);
}
