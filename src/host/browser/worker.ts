/** What a worker runs: it answers calls until it is ended. */
import { answerCalls } from "./answer-calls.ts";
import { type Port, send } from "./calls.ts";
import { OPERATIONS } from "./operations.ts";

const port = self as unknown as Port;

answerCalls(OPERATIONS, port);
if (navigator.locks === undefined) send(port, { kind: "ready" });
else {
  const alive = `layerkiln worker ${crypto.randomUUID()}`;
  void navigator.locks.request(alive, () => {
    send(port, { kind: "ready", alive });
    return new Promise(() => {}); // held until the worker ends, however it does
  });
}
