/**
 * The commands that a controller cannot work on yet, and which of them comes next.
 *
 * Interface: `push` a command that has been announced; `shift` the next one. The controller fetches
 * commands in the order of their doorbells as long as it has memory for them. Beyond that they stay
 * in their submission queues, and those take turns; a turn is at most one arbitration burst.
 * [nvme2.0 §3.4.4.1 round robin, feature 01h arbitration burst]
 *
 * I1  Commands of one queue leave in the order in which they came.
 * I2  Between two turns of a queue every other queue that has commands has had one.
 */
import { IntRing } from "../../base/ring.ts";

export class Arbiter {
  readonly #slots: number;
  readonly #burst: number;
  readonly #fetched = new IntRing(64);
  /** Commands by queue, and the queues that have any, the one whose turn it is first. */
  readonly #commands: IntRing[] = [];
  readonly #turns = new IntRing(16);
  #takenInTurn = 0;
  #queued = 0;

  /**
   * @param slots commands that it holds itself.
   * @param burst commands of one turn.
   */
  constructor(slots: number, burst: number) {
    this.#slots = slots;
    this.#burst = burst;
  }

  /** Commands that wait. */
  get length(): number {
    return this.#fetched.length + this.#queued;
  }

  push(queue: number, command: number): void {
    if (this.#fetched.length < this.#slots) {
      this.#fetched.push(command);
      return;
    }
    this.#commands[queue] ??= new IntRing(16);
    const commands = this.#commands[queue];
    if (commands.length === 0) this.#turns.push(queue);
    commands.push(command);
    this.#queued += 1;
  }

  /** The next command; undefined when none waits. */
  shift(): number | undefined {
    const command = this.#fetched.shift();
    if (this.#queued > 0) this.#fetched.push(this.#fetch());
    return command;
  }

  /** Takes a command from the submission queue whose turn it is. */
  #fetch(): number {
    const queue = this.#turns.peek()!;
    const commands = this.#commands[queue]!;
    const command = commands.shift()!;
    this.#queued -= 1;
    this.#takenInTurn += 1;
    if (commands.length === 0 || this.#takenInTurn >= this.#burst) {
      this.#takenInTurn = 0;
      this.#turns.shift();
      if (commands.length > 0) this.#turns.push(queue);
    }
    return command;
  }
}
