/** Linux's kernel threads. */
export { createKernelThreads as createScheduler } from "../kernel/scheduling/kernel-threads.ts";
