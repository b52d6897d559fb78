/**
 * Kioxia CM7-R 3.84 TB, the drive of ssdiq and ucache26: half the flash of a 7.68 TB one, the
 * same controller.
 *
 * The one of 1.92 TB writes half as fast, 3,500 MB/s [cm7-models]: what limits it are the dies,
 * which gives the time of a program. Fitted, beside what is fitted of `cm7r`: the sustained write
 * rate.
 */
import type { DriveSpec } from "../machine-spec.ts";
import { cm7r } from "./cm7r.ts";

export const cm7r3840: DriveSpec = {
  title: "Kioxia CM7-R 3.84 TB",
  numbers: {
    ...cm7r.numbers,
    capacity: {
      value: 3.84e12,
      unit: "B",
      provenance: "datasheet",
      source: "ssdiq",
      where: "capacity",
    },
    dies: {
      value: 128,
      unit: "1",
      provenance: "assumed",
      source: "ssdiq",
      where: "4 TiB in 1 Tb dies of four planes",
      range: [64, 256],
    },
    programTime: {
      value: 932,
      unit: "µs",
      provenance: "derived",
      source: "ssdiq",
      where:
        "128 units × 48 KiB ÷ 6,750 MB/s of sequential writes (§8.1); 899 µs from 1.92 TB's 64 " +
        "and 3,500 MB/s",
    },
    spare: {
      value: 0.13,
      unit: "1",
      provenance: "derived",
      source: "ssdiq",
      where: "so that 310,000 random writes per second are sustained (§8.1)",
      calibrated: true,
    },
  },
};
