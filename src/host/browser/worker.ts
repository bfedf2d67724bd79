/** What a worker runs: it answers calls until it is ended, or hashes for one that does. */
import { answerCalls } from "./answer-calls.ts";
import { type Port, send } from "./calls.ts";
import { runHashThread, THREAD_NAME } from "./hash-thread.ts";
import { OPERATIONS } from "./operations.ts";

const port = self as unknown as Port;

if (self.name === THREAD_NAME) runHashThread(port as unknown as Parameters<typeof runHashThread>[0]);
else answer();

function answer(): void {
  answerCalls(OPERATIONS, port);
  if (navigator.locks === undefined) {
    send(port, { kind: "ready" });
    return;
  }
  const alive = `layerkiln worker ${crypto.randomUUID()}`;
  void navigator.locks.request(alive, () => {
    send(port, { kind: "ready", alive });
    return new Promise(() => {}); // held until the worker ends, however it does
  });
}
