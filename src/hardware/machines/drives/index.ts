/** Every built-in drive. To add one: its file, its import, its line. */
import type { DriveSpec } from "../machine-spec.ts";
import { cm7r } from "./cm7r.ts";
import { cm7r3840 } from "./cm7r-3840.ts";
import { p5500 } from "./p5500.ts";
import { p5520 } from "./p5520.ts";
import { p5800x } from "./p5800x.ts";
import { pe8110 } from "./pe8110.ts";
import { pm9a3 } from "./pm9a3.ts";
import { pm1733 } from "./pm1733.ts";

export const drives = {
  cm7r,
  "cm7r-3840": cm7r3840,
  p5500,
  p5520,
  p5800x,
  pe8110,
  pm1733,
  pm9a3,
} as const satisfies Record<string, DriveSpec>;

export const DRIVE_IDS = Object.keys(drives);
