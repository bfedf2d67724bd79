/** How the server answers calls: failures become statuses, what matters is logged, and nothing is lost track of. */
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  ServerErrorResponse,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Log } from "./log.ts";
import { toStatus } from "./status.ts";

/** Beside the request: who asks, and whether they still listen. */
export interface CallContext {
  readonly metadata: Metadata;

  /** Aborted when the client has gone, or has had enough. */
  readonly signal: AbortSignal;
}

/** What is called of a server now. */
export class Calls {
  readonly #running = new Set<Promise<unknown>>();

  constructor(private readonly log: Log) {}

  /** A method with one request and one response. */
  unary<Q, R>(name: string, answer: (request: Q, context: CallContext) => Promise<R>): handleUnaryCall<Q, R> {
    return (call, respond) => {
      const signal = signalOf(call);
      const work = answer(call.request, { metadata: call.metadata, signal });
      const answered = this.#begin(name);
      this.#track(
        work.then(
          (response) => {
            answered();
            respond(null, response);
          },
          (error) => respond(this.#refuse(name, error, signal)),
        ),
      );
    };
  }

  /** A method whose responses come one after the other, as fast as the client takes them. */
  streaming<Q, R>(
    name: string,
    answer: (request: Q, context: CallContext) => AsyncIterable<R>,
  ): handleServerStreamingCall<Q, R> {
    return (call) => {
      const signal = signalOf(call);
      const work = pour(answer(call.request, { metadata: call.metadata, signal }), call, signal);
      const answered = this.#begin(name);
      this.#track(
        work.then(
          () => {
            answered();
            call.end();
          },
          (error) => call.emit("error", this.#refuse(name, error, signal)),
        ),
      );
    };
  }

  /** Resolves when no call is being answered any more; of those whose clients have gone, too. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #begin(method: string): () => void {
    const began = performance.now();
    return () => this.log.debug({ method, milliseconds: Math.round(performance.now() - began) }, "answered");
  }

  #track(work: Promise<unknown>): void {
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  #refuse(method: string, error: unknown, signal: AbortSignal): ServerErrorResponse {
    const status = toStatus(error);
    const isOurs = !(error instanceof ImageError) || error.code === ErrorCode.Internal;
    if (isOurs && !signal.aborted) this.log.error({ method, err: error }, status.details);
    else this.log.info({ method, code: status.code }, status.details);
    return Object.assign(new Error(status.details), status);
  }
}

function signalOf(call: { readonly cancelled: boolean; once(event: "cancelled", listener: () => void): unknown }) {
  const controller = new AbortController();
  call.once("cancelled", () => controller.abort());
  if (call.cancelled) controller.abort();
  return controller.signal;
}

/** Writes what `source` has; when the client goes, `source` is let go of too. */
async function pour<R>(
  source: AsyncIterable<R>,
  call: ServerWritableStream<unknown, R>,
  signal: AbortSignal,
): Promise<void> {
  for await (const response of source) {
    if (signal.aborted) return;
    if (!call.write(response)) await drained(call, signal);
  }
}

function drained(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    call.on("drain", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
