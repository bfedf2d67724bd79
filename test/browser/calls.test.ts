/** Calls between a page and its workers: both ends of them, over a channel of Node's. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { answerCalls, type OperationList } from "../../src/host/browser/answer-calls.ts";
import { type CallContext, type Port, send } from "../../src/host/browser/calls.ts";
import { WorkerLink, type WorkerPort } from "../../src/host/browser/worker-link.ts";
import { ErrorCode, ImageError, isError } from "../../src/host/errors.ts";

const calls = suite("browser: calls");

const KNOWN: OperationList = {
  double: async () => async (number: number) => 2 * number,
  refuse: async () => async () => {
    throw new ImageError(ErrorCode.Corrupt, "tar: is broken");
  },
  trap: async () => () => {
    throw new RangeError("out of bounds");
  },
  lost: async () => {
    throw new TypeError("Failed to fetch dynamically imported module");
  },
  functions: async () => () => ({ no: () => {} }),
  count: async () => (to: number, context: CallContext) => {
    for (let bytesRead = 1; bytesRead <= to; bytesRead++) context.onProgress({ bytesRead, totalBytes: to });
  },
  give: async () => (_: undefined, context: CallContext) => {
    const bytes = new Uint8Array([1, 2, 3]);
    context.transfer.push(bytes.buffer);
    return bytes;
  },
  wait: async () => (_: undefined, context: CallContext) =>
    new Promise((_resolve, reject) => {
      context.signal.addEventListener("abort", () => reject(new Error("in other words")));
    }),
  sleep: async () => () => new Promise(() => {}),
};

/** A worker as the link sees it, and a way to have it fail. */
function fakeWorker(limits?: { loading?: number; patience?: number }) {
  const { port1: near, port2: far } = new MessageChannel();
  answerCalls(KNOWN, far as unknown as Port);
  const worker = {
    onmessage: null,
    onmessageerror: null,
    onerror: null,
    postMessage: (message: unknown, transfer: never[]) => near.postMessage(message, transfer),
    terminate: () => near.close(),
  } as WorkerPort & { onerror: ((event: { message?: string }) => void) | null };
  (near as unknown as Port).onmessage = (event) => worker.onmessage?.(event);
  let die = () => {};
  const gone = new Promise<void>((resolve) => {
    die = resolve;
  });
  return {
    link: new WorkerLink(worker, () => gone, limits),
    ready: () => send(far as unknown as Port, { kind: "ready", alive: "a lock" }),
    fail: (message?: string) => worker.onerror!({ ...(message && { message }) }),
    die,
  };
}

async function failure(work: Promise<unknown>): Promise<ImageError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, ImageError);
  return error as ImageError;
}

/** Runs `work` with a worker that is ended after it, for it would keep the process alive. */
async function withWorker(work: (worker: ReturnType<typeof fakeWorker>) => Promise<void>): Promise<void> {
  const worker = fakeWorker();
  try {
    await work(worker);
  } finally {
    worker.link.end();
  }
}

calls("have their own results, however many are on their way", () =>
  withWorker(async ({ link }) => {
    assert.equal(await Promise.all([1, 2, 3].map((number) => link.call("double", number))), [2, 4, 6]);
  }),
);

calls("hand over what the operation says", () =>
  withWorker(async ({ link }) => assert.equal(await link.call("give", undefined), new Uint8Array([1, 2, 3]))),
);

calls("fail as the operation does, and what is not ours is Internal", () =>
  withWorker(async ({ link }) => {
    const refused = await failure(link.call("refuse", undefined));
    assert.is(refused.code, ErrorCode.Corrupt);
    assert.is(refused.message, "tar: is broken");
    const trapped = await failure(link.call("trap", undefined));
    assert.is(trapped.code, ErrorCode.Internal);
    assert.is(trapped.message, "trap: out of bounds");
    assert.is(await link.call("double", 2), 4, "and the worker is good for more");
  }),
);

calls("fail if the operation is not there, or its file", () =>
  withWorker(async ({ link }) => {
    assert.is((await failure(link.call("nothing", undefined))).code, ErrorCode.Unavailable);
    assert.is((await failure(link.call("toString", undefined))).code, ErrorCode.Unavailable);
    assert.is((await failure(link.call("lost", undefined))).code, ErrorCode.Unavailable);
  }),
);

calls("fail if argument or result cannot be sent", () =>
  withWorker(async ({ link }) => {
    const unsent = await failure(link.call("double", () => {}));
    assert.is(unsent.code, ErrorCode.InvalidArgument);
    assert.match(unsent.message, /^double: cannot be sent to the worker: /);
    assert.is((await failure(link.call("functions", undefined))).code, ErrorCode.Internal);
  }),
);

calls("tell their progress in order, before their result", () =>
  withWorker(async ({ link }) => {
    const told: number[] = [];
    await link.call("count", 5, { onProgress: ({ bytesRead }) => told.push(bytesRead) });
    assert.equal(told, [1, 2, 3, 4, 5]);
  }),
);

calls("that are aborted throw the signal's reason, when the operation has ended", () =>
  withWorker(async ({ link }) => {
    const controller = new AbortController();
    const waiting = link.call("wait", undefined, { signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    assert.is(await waiting.catch((error) => error), reason);
    assert.is(await link.call("double", 1, { signal: controller.signal }).catch((error) => error), reason);
  }),
);

calls("that do not stop when they are aborted have their worker ended", async () => {
  const { link } = fakeWorker({ patience: 20 });
  const controller = new AbortController();
  const [aborted, other] = [link.call("sleep", undefined, controller), failure(link.call("sleep", undefined))];
  const reason = new Error("enough");
  controller.abort(reason);
  assert.is(await aborted.catch((error) => error), reason);
  assert.is((await other).message, "worker: it did not stop when it was asked to");
  assert.not.ok(link.isAlive);
});

calls("whose progress is not taken fail by it", () =>
  withWorker(async ({ link }) => {
    const error = new Error("no room on the screen");
    const failed = await failure(
      link.call("count", 3, {
        onProgress: () => {
          throw error;
        },
      }),
    );
    assert.is(failed.message, "onProgress: no room on the screen");
    assert.is(failed.cause, error);
  }),
);

calls("fail as Unavailable where the worker cannot be loaded", () =>
  withWorker(async ({ link, fail }) => {
    const waiting = failure(link.call("sleep", undefined));
    fail();
    const { code, message } = await waiting;
    assert.is(code, ErrorCode.Unavailable);
    assert.is(message, "worker: its file cannot be loaded");
    assert.not.ok(link.isAlive);
    assert.is((await failure(link.call("double", 1))).code, ErrorCode.Unavailable);
  }),
);

calls("fail as Unavailable where the worker does not come", async () => {
  const { code, message } = await failure(fakeWorker({ loading: 20 }).link.call("sleep", undefined));
  assert.is(code, ErrorCode.Unavailable);
  assert.is(message, "worker: is not there after 0.02 seconds");
});

for (const [how, end, message] of [
  ["fails", ({ fail }) => fail("Uncaught Error: oops"), "worker: Uncaught Error: oops"],
  ["ends of itself", ({ die }) => die(), "worker: it has ended"],
  ["is ended", ({ link }) => link.end(), "worker: it was ended"],
] as [string, (worker: ReturnType<typeof fakeWorker>) => void, string][]) {
  calls(`fail as Internal where the worker ${how}`, () =>
    withWorker(async (worker) => {
      worker.ready();
      assert.is(await worker.link.call("double", 1), 2);
      const waiting = [failure(worker.link.call("sleep", undefined)), failure(worker.link.call("sleep", undefined))];
      end(worker);
      for (const error of await Promise.all(waiting)) {
        assert.ok(isError(error, ErrorCode.Internal));
        assert.is(error.message, message);
      }
      assert.not.ok(worker.link.isAlive);
    }),
  );
}

calls.run();
