/** Linux's kernel threads; one that waits for a page sleeps. */
export { createKernelThreads as createScheduler } from "../kernel/scheduling/kernel-threads.ts";
