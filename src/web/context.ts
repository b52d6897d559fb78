/** What every panel gets: the data, the state, what is computed, and a way to change the state. */
import type { ChartSize } from "./charts/line-chart.ts";
import type { PageData } from "./page-data.ts";
import type { Answer, Task } from "./protocol.ts";
import type { State } from "./state.ts";
import type { Theme } from "./theme.ts";

export interface Context {
  readonly data: PageData;
  readonly state: State;
  readonly theme: Theme;
  /** Whether nothing may move. */
  readonly isStill: boolean;
  /** Width that a panel has, in pixels. */
  readonly width: number;
  /** Height that a chart may have, in pixels; presenting, all that the screen leaves. */
  readonly height: number;
  readonly fontSize: number;
  readonly answer: (task: Task) => Answer | undefined;
  readonly set: (change: Partial<State>) => void;
  /** Whether the details of this id are open; the reader's choice outlives a redraw. */
  readonly isOpen: (id: string) => boolean;
  readonly setOpen: (id: string, open: boolean) => void;
}

export const chartSize = ({ width, height, fontSize }: Context, share = 1): ChartSize => ({
  width: Math.max(260, Math.floor(width * share)),
  height,
  fontSize,
});
