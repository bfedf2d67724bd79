/** Time, and turns of the event loop, in Node and in browsers alike. */

// The one is Node's; the other both have, and declare in different ways.
declare const setImmediate: undefined | ((call: () => void) => void);
declare const MessageChannel: new () => {
  readonly port1: { onmessage: () => void };
  readonly port2: { postMessage(message: unknown): void };
};

/** Lets all that waits in the event loop have its turn. A browser's timers would keep us waiting for 4 ms. */
export const nextTurn: () => Promise<void> =
  typeof setImmediate === "function" ? () => new Promise((resolve) => setImmediate(resolve)) : turnByMessage();

function turnByMessage(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()!();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(undefined);
    });
}

/** Whether it is `span` milliseconds since `then`, as `Date.now` has it; or the clock was set back. Node takes 3 ms to load a better one. */
export function isPast(then: number, span: number, now: number): boolean {
  return Math.abs(now - then) >= span;
}
