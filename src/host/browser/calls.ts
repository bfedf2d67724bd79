/**
 * What a page and its workers say to one another: calls of operations, and what becomes of them.
 *
 *     page ─▶ call │ abort ─▶ worker          worker ─▶ ready, then progress… done │ failed ─▶ page
 *
 * Several calls may be on their way in one worker; each has a number.
 */
import type { ErrorCode } from "../errors.ts";
import type { Progress } from "../options.ts";

/** What an operation has beside its argument. */
export interface CallContext {
  /** Aborted when the page does not want the result any more. The page throws its own reason, whatever the operation throws. */
  readonly signal: AbortSignal;

  /** Tells the page how far it is. */
  readonly onProgress: (progress: Progress) => void;

  /** What of the result is handed over to the page, not copied, such as an ArrayBuffer: the operation puts it in here. */
  readonly transfer: unknown[];
}

/**
 * One thing that a worker does for the page.
 *
 * Argument and result go by structured clone: plain data, Blobs, handles of files; no functions, no classes of ours.
 *
 * @throws ImageError  which the page throws as it is here; all else becomes Internal
 */
export type Operation<Argument, Result> = (argument: Argument, context: CallContext) => Promise<Result> | Result;

/** What the page says. */
export type Request =
  | { readonly kind: "call"; readonly call: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: "abort"; readonly call: number };

/** What the worker says. */
export type Answer =
  /** First of all. Who gets the Web Lock `alive` knows that the worker is gone; there is none where there are no such locks. */
  | { readonly kind: "ready"; readonly alive?: string }
  | { readonly kind: "progress"; readonly call: number; readonly progress: Progress }
  | { readonly kind: "done"; readonly call: number; readonly result: unknown }
  | { readonly kind: "failed"; readonly call: number; readonly code: ErrorCode; readonly message: string };

/** One end of the way between the two, as seen from it: a Worker, a worker's own scope, a port. */
export interface Port {
  postMessage(message: unknown, transfer: never[]): void;
  onmessage: ((event: never) => void) | null;
}

/** Sends `message`, and hands over what stands in `transfer`. */
export function send(port: Port, message: Request | Answer, transfer: readonly unknown[] = []): void {
  port.postMessage(message, transfer as never[]); // what can be handed over has other names in Node and in browsers
}
