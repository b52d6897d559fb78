/** Light threads and tasks: what their plans share. */
import type { BackendOption, OptionValues } from "../../options.ts";
import { LightQueue } from "./light-queue.ts";
import type { RunnableThreads } from "./runnable-threads.ts";

/** Who may take the core from a running thread. */
export const preemptionOption = (defaultChoice: "none" | "timer"): BackendOption => ({
  name: "preemption",
  type: "choice",
  choices: ["none", "timer", "arrival"],
  default: defaultChoice,
  meaning:
    "who takes the core from a running light thread or task: nobody, a timer at the end of its " +
    "quantum, or besides that the arrival of an urgent one",
});

/** How an idle core waits, and with that how another one reaches it. */
export const idleOption: BackendOption = {
  name: "idle",
  type: "choice",
  choices: ["watch", "poll", "halt", "guest-halt"],
  default: "watch",
  guestDefault: "guest-halt",
  meaning:
    "how an idle core waits: it watches a line of memory in a light sleep (MWAIT), polls it, " +
    "halts until an interrupt, or, in a virtual machine and by default there, halts and leaves " +
    "the guest",
};

/** Light threads have no dispatcher. */
export const sharedQueueOption: BackendOption = {
  name: "run_queue",
  type: "choice",
  choices: ["own", "shared"],
  default: "own",
  meaning: "where runnable threads wait: at one core, or for whichever core is free",
};

export const runQueueOption: BackendOption = {
  name: "run_queue",
  type: "choice",
  choices: ["own", "shared", "central"],
  default: "own",
  meaning:
    "where runnable tasks wait: at one core, for whichever core is free, or for a dispatcher on " +
    "a core of its own that assigns them",
};

/** The runnable threads that `options` ask for. */
export function lightQueue(options: OptionValues, quantumPs: number): () => RunnableThreads {
  const { preemption } = options;
  const isPreemptive = preemption !== "none";
  return () =>
    new LightQueue(isPreemptive ? quantumPs : Number.POSITIVE_INFINITY, preemption === "arrival");
}
