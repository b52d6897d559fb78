/** The null system has no options. */
import type { BackendOption } from "../options.ts";

export const options: readonly BackendOption[] = [];
