/**
 * Tasks: simulated control flow that can suspend.
 *
 * A task is a generator; what it yields says what it waits for. Whoever runs tasks (a scheduler of
 * an operating system) knows the closed set of reasons, see `os/model.ts`.
 */
export type Task<Reason> = Generator<Reason, void, void>;
