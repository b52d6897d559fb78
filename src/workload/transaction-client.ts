/**
 * One client in a closed loop: it runs one transaction after the other without thinking, and begins
 * again what had to give way.
 */
import type { EngineTask, IsolationLevel, Session, Transaction } from "../engine/model.ts";
import { TransactionAborted } from "../engine/model.ts";
import { CATCH_UP, type Thread, type ThreadTask } from "../os/model.ts";
import type { TransactionSource } from "./transaction-source.ts";
import type { TransactionStatistics } from "./transaction-statistics.ts";

export interface ClientPlan {
  openSession(thread: Thread): Session;
  /** Made when the client's thread is there: sources may ask for the time. */
  openSource(thread: Thread): TransactionSource;
  readonly isolationLevel: IsolationLevel;
  readonly statistics: TransactionStatistics;
  /** The client's last act, when it has stopped. */
  afterwards?(session: Session): EngineTask<void>;
}

export class TransactionClient {
  /** Set to end the client: it begins nothing more. */
  isStopping = false;
  /** Whether its thread has run at all before the client was stopped. */
  hasBegun = false;
  readonly #plan: ClientPlan;

  constructor(plan: ClientPlan) {
    this.#plan = plan;
  }

  *body(thread: Thread): ThreadTask {
    const { statistics } = this.#plan;
    const session = this.#plan.openSession(thread);
    const source = this.#plan.openSource(thread);
    // The client does not think: what comes between two transactions is a wait for the core.
    let begunPs = thread.core.cursorPs;
    while (!this.isStopping) {
      this.hasBegun = true;
      source.draw();
      statistics.begun(begunPs);
      const first = session.begin(this.#plan.isolationLevel);
      let outcome: boolean | undefined = true;
      if (source.tryRun?.(first) !== true || !first.tryCommit()) {
        outcome = yield* this.#attempt(session, source, thread, first);
      }
      if (outcome === undefined) statistics.abandoned(thread.core.cursorPs);
      else statistics.ended(outcome, begunPs, thread.core.cursorPs);
      begunPs = thread.core.cursorPs;
      if (thread.isAhead()) yield CATCH_UP;
    }
    const { afterwards } = this.#plan;
    if (afterwards !== undefined) yield* afterwards(session);
    yield* session.close();
  }

  /**
   * Runs what was drawn until it commits or is to be rolled back, at first in `transaction`.
   * @returns whether it committed; undefined when it gave way and the run is over.
   */
  *#attempt(
    session: Session,
    source: TransactionSource,
    thread: Thread,
    transaction: Transaction,
  ): EngineTask<boolean | undefined> {
    while (true) {
      try {
        const isWanted = yield* source.run(transaction);
        if (isWanted) yield* transaction.commit();
        else yield* transaction.abort();
        if (isWanted) source.committed?.();
        return isWanted;
      } catch (error) {
        if (!(error instanceof TransactionAborted)) throw error;
        yield* transaction.abort();
        this.#plan.statistics.restarted(thread.core.cursorPs);
        if (this.isStopping) return undefined;
        transaction = session.begin(this.#plan.isolationLevel);
      }
    }
  }
}
