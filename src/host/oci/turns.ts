/** Turns of the event loop within long work, so that a signal is heard and timers run. */

/** Milliseconds between two. */
const TURN = 50;

export class Turns {
  #turned = performance.now();

  constructor(readonly signal: AbortSignal | undefined) {}

  /** Gives the event loop its turn, when it is time for it. @throws the reason of the signal */
  async pause(): Promise<void> {
    if (performance.now() - this.#turned >= TURN) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#turned = performance.now();
    }
    this.signal?.throwIfAborted();
  }
}
