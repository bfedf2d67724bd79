/** The page's side of calls: one worker, and what it was asked for. */
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { Progress } from "../options.ts";
import { type Answer, type Port, send } from "./calls.ts";

/** How long a worker may take to end what was aborted, before it is ended itself. Milliseconds. */
const PATIENCE = 10_000;

/** How long it may take to be loaded: servers may keep us waiting for ever. Milliseconds. */
const LOADING = 60_000;

/** A worker, or what stands for it in a test. */
export interface WorkerPort extends Port {
  onerror: ((event: never) => void) | null;
  onmessageerror: ((event: never) => void) | null;
  terminate(): void;
}

/** How a call is watched and stopped. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** What of the argument is handed over, not copied. */
  readonly transfer?: readonly unknown[];
}

interface Pending {
  answer(answer: Exclude<Answer, { kind: "ready" }>): void;
  fail(error: ImageError): void;
}

export class WorkerLink {
  readonly #worker: WorkerPort;
  readonly #pending = new Map<number, Pending>();
  readonly #watched = new AbortController();
  #calls = 0;
  #isReady = false;
  readonly #patience: number;
  readonly #loading: ReturnType<typeof setTimeout>;
  /** Why it can do no more. */
  #failure: ImageError | undefined;

  /** @param untilGone  waits until nobody holds the Web Lock of that name, or the signal is aborted */
  constructor(
    worker: WorkerPort,
    private readonly untilGone: (lock: string, signal: AbortSignal) => Promise<void>,
    { loading = LOADING, patience = PATIENCE } = {},
  ) {
    this.#patience = patience;
    this.#worker = worker;
    this.#loading = setTimeout(() => this.#miss(`is not there after ${loading / 1000} seconds`), loading);
    worker.onmessage = ({ data }: { readonly data: Answer }) => this.#hear(data);
    worker.onmessageerror = () => this.#break("a message of it could not be read");
    worker.onerror = (event: { readonly message?: string; preventDefault?(): void }) => {
      event.preventDefault?.(); // it is told to who called
      if (this.#isReady) this.#break(event.message || "it failed without a word");
      else this.#miss(event.message || "its file cannot be loaded");
    };
  }

  /** Whether it can be asked for more. */
  get isAlive(): boolean {
    return this.#failure === undefined;
  }

  /**
   * Has the worker run the operation `name`.
   *
   * @throws ImageError  what the operation throws; Internal if the worker ends before it does; Unavailable if it cannot be started
   * @throws             the reason of `signal`
   */
  call(name: string, argument: unknown, { signal, onProgress, transfer }: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#failure) return reject(this.#failure);
      const call = ++this.#calls;
      let patience: ReturnType<typeof setTimeout> | undefined;
      let stopped: ImageError | undefined;

      const stop = () => {
        send(this.#worker, { kind: "abort", call });
        patience ??= setTimeout(() => this.#break("it did not stop when it was asked to"), this.#patience);
      };
      const settle = (end: () => void) => {
        this.#pending.delete(call);
        clearTimeout(patience);
        signal?.removeEventListener("abort", stop);
        if (signal?.aborted) reject(signal.reason);
        else if (stopped) reject(stopped);
        else end();
      };
      const tell = (progress: Progress) => {
        if (stopped || signal?.aborted) return;
        try {
          onProgress?.(progress);
        } catch (error) {
          stopped = toImageError("onProgress", error);
          stop();
        }
      };

      this.#pending.set(call, {
        answer(answer) {
          if (answer.kind === "progress") tell(answer.progress);
          else if (answer.kind === "done") settle(() => resolve(answer.result));
          else settle(() => reject(new ImageError(answer.code, answer.message)));
        },
        fail: (error) => settle(() => reject(error)),
      });
      signal?.addEventListener("abort", stop);
      try {
        send(this.#worker, { kind: "call", call, name, argument }, transfer);
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        const failure = new ImageError(
          ErrorCode.InvalidArgument,
          `${name}: cannot be sent to the worker: ${words}`,
          error,
        );
        settle(() => reject(failure));
      }
    });
  }

  /** Ends the worker. What it was asked for fails. */
  end(): void {
    this.#break("it was ended");
  }

  #hear(answer: Answer): void {
    if (answer.kind !== "ready") {
      this.#pending.get(answer.call)?.answer(answer);
      return;
    }
    this.#isReady = true;
    clearTimeout(this.#loading);
    if (answer.alive !== undefined) void this.#watch(answer.alive);
  }

  /** A worker that ends of itself says nothing; but its lock is free then. */
  async #watch(lock: string): Promise<void> {
    try {
      await this.untilGone(lock, this.#watched.signal);
      this.#break("it has ended");
    } catch {} // we ended it
  }

  /** It could not even begin. */
  #miss(why: string): void {
    this.#fail(new ImageError(ErrorCode.Unavailable, `worker: ${why}`));
  }

  #break(why: string): void {
    this.#fail(new ImageError(ErrorCode.Internal, `worker: ${why}`));
  }

  #fail(error: ImageError): void {
    if (this.#failure) return;
    this.#failure = error;
    clearTimeout(this.#loading);
    this.#watched.abort();
    this.#worker.terminate();
    for (const pending of [...this.#pending.values()]) pending.fail(error);
  }
}
