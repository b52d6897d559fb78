/** Every backend there is. To add one: `README.md` beside this file. */
import { bypass } from "./bypass/index.ts";
import { custom } from "./custom/index.ts";
import { linux } from "./linux/index.ts";
import { mmap } from "./mmap/index.ts";
import type { BackendModule } from "./model.ts";
import { nullBackend } from "./null/index.ts";
import { unikernel } from "./unikernel/index.ts";
import { unikernelPort } from "./unikernel-port/index.ts";

export const backends = {
  linux,
  mmap,
  custom,
  bypass,
  unikernel,
  "unikernel-port": unikernelPort,
  null: nullBackend,
} as const satisfies Record<string, BackendModule>;

export type BackendId = keyof typeof backends;
export const BACKEND_IDS = Object.keys(backends) as BackendId[];
