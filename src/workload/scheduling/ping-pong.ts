/** Two threads that wake each other in turn: what a switch takes, on one core or across two. */
import { badValue } from "../../base/usage-error.ts";
import type { Thread, ThreadTask } from "../../os/model.ts";
import { PARK } from "../../os/model.ts";
import type { Window } from "../job-statistics.ts";
import { SchedulingStatistics, type SchedulingWork } from "./scheduling-statistics.ts";

/** So many turns in one instant: none will ever take time. */
const TIMELESS_TURNS = 1_000;

export class PingPong implements SchedulingWork {
  readonly statistics: SchedulingStatistics;
  readonly outstanding = 0;
  readonly #players: Thread[] = [];
  #turn = 0;
  /** When the last turn began. */
  #turnPs = 0;
  /** Turns since time last passed. */
  #timelessTurns = 0;
  #isStopping = false;

  constructor(window: Window) {
    this.statistics = new SchedulingStatistics(window);
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Player 0 or 1; an operation is one turn, from the beginning of the other's. */
  *body(player: 0 | 1, thread: Thread): ThreadTask {
    this.#players[player] = thread;
    while (!this.#isStopping) {
      if (this.#turn !== player) {
        yield PARK;
        continue;
      }
      const nowPs = thread.core.cursorPs;
      this.statistics.ended(this.#turnPs, nowPs, false);
      this.#checkTime(nowPs);
      this.#turnPs = nowPs;
      this.#turn = 1 - player;
      const other = this.#players[1 - player];
      if (other !== undefined) thread.unpark(other);
      yield PARK;
    }
  }
  /** Where waking and switching are free the game would go on for ever without time passing. */
  #checkTime(nowPs: number): void {
    this.#timelessTurns = nowPs > this.#turnPs ? 0 : this.#timelessTurns + 1;
    if (this.#timelessTurns < TIMELESS_TURNS) return;
    throw badValue(
      "workload.work.pattern",
      "ping-pong",
      "waking and switching cost nothing here, so its turns take no time; choose another backend",
    );
  }
}
