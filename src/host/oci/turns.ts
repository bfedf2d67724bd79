/** Turns of the event loop within long work, so that a signal is heard and timers run. */
import { isPast, nextTurn } from "../turn.ts";

/** Milliseconds between two. */
const TURN = 50;

export class Turns {
  #turned = Date.now();

  constructor(readonly signal: AbortSignal | undefined) {}

  /** Gives the event loop its turn, when it is time for it. @throws the reason of the signal */
  async pause(): Promise<void> {
    if (isPast(this.#turned, TURN, Date.now())) {
      await nextTurn();
      this.#turned = Date.now();
    }
    this.signal?.throwIfAborted();
  }
}
