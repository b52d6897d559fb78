/** Shares in per cent as a user writes them, such as fio's `rwmixread`. */
import * as z from "zod";

const ALLOWED = "give a whole number from 0 to 100";

/** Any field that is such a share: a random draw of 0 to 99 is compared with it. */
export const PERCENT = z.int(ALLOWED).min(0, ALLOWED).max(100, ALLOWED);
