/** Lets a request travel, a failure happen, or the time of a chart pass, by itself. */
import type { Context } from "./context.ts";
import { shownMoments } from "./panels/failures.ts";
import { shownStations } from "./panels/path.ts";
import { chapterOf, type State } from "./state.ts";
import { wantedTasks } from "./wanted.ts";

/** How long a step stands. */
const STEP_MS = { step: 900, moment: 1_800, at: 60 } as const;

/** Where what is played stands in the state, how far it goes, and how it stands when it is over. */
interface Played {
  readonly field: keyof typeof STEP_MS;
  readonly last: number;
  readonly end: Partial<State>;
}

export class Player {
  readonly #context: () => Context;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(context: () => Context) {
    this.#context = context;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Plays what stands on the screen, or stops. */
  toggle(): void {
    if (this.#timer !== undefined) {
      this.stop();
      return;
    }
    const ctx = this.#context();
    const played = playedIn(ctx);
    if (played === undefined) return;
    const { field, last, end } = played;
    if (ctx.isStill) {
      ctx.set(end);
      return;
    }
    const { view } = ctx.state;
    if (field === "at") ctx.set({ at: 1 });
    else if (ctx.state[field] >= last) ctx.set({ [field]: 0 });
    this.#timer = setInterval(() => {
      const { state, set } = this.#context();
      const now = state[field] ?? last;
      if (state.view === view && now < last) {
        set({ [field]: now + 1 });
        return;
      }
      this.stop();
      if (state.view === view) set(end);
    }, STEP_MS[field]);
  }
}

function playedIn(ctx: Context): Played | undefined {
  const { data, state } = ctx;
  const chapter = chapterOf(data, state);
  if (chapter === undefined) return undefined;
  const panel = state.presenting ? state.panel : undefined;
  if (panel === "failures") {
    const last = shownMoments(ctx, chapter).length - 1;
    return { field: "moment", last, end: { moment: last } };
  }
  const isChart = panel === undefined || panel === "chart";
  if ("overTime" in chapter.chart.x && state.revealed && isChart) {
    const lengths = wantedTasks(data, state, false).map((task) => {
      const answer = ctx.answer(task);
      return answer?.kind === "run" ? answer.intervals.length : 0;
    });
    return { field: "at", last: Math.max(0, ...lengths), end: { at: undefined } };
  }
  const last = Math.max(0, shownStations(ctx, chapter).length - 1);
  return { field: "step", last, end: { step: last } };
}
