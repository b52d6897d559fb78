/** The null system has no options. */
import type { SchedulerTraits } from "../model.ts";
import type { BackendOption } from "../options.ts";

export const options: readonly BackendOption[] = [];

export const schedulerOptions: readonly BackendOption[] = [];

export const schedulerTraits = (): SchedulerTraits => ({ canSleep: true, sharesChannels: false });
