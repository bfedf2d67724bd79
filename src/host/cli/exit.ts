/** How a command ends: its exit code, its last words, and the signals that end it early. */
import { ErrorCode, ImageError } from "../errors.ts";

export const Exit = { Ok: 0, Failure: 1, Usage: 2, Mismatch: 3, Unsupported: 4 } as const;

/** By a shell's custom, a process that a signal ended has this and the signal's number for an exit code. */
export const SIGNAL_EXIT = 128;
const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGBREAK: 21 };

/** As errors.ts: each file of the program has classes of its own. */
const MARK = Symbol.for("layerkiln.Ending");

/** A command that ends early, with no fault of ours. */
abstract class Ending extends Error {
  abstract readonly exitCode: number;
  readonly [MARK] = true;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && MARK in value;
  }
}

/** Flags that are right one by one, and make no sense together. */
export class UsageError extends Ending {
  override readonly name = "UsageError";
  readonly exitCode = Exit.Usage;
}

/** Nothing failed, and yet what was compared is not alike. */
export class Mismatch extends Ending {
  override readonly name = "Mismatch";
  readonly exitCode = Exit.Mismatch;
}

class Interrupted extends Ending {
  override readonly name = "Interrupted";

  constructor(
    signal: NodeJS.Signals,
    readonly exitCode: number,
    left: string,
  ) {
    super(`stopped by ${signal}; ${left}`);
  }
}

/**
 * Runs `work`, whose signal SIGINT, SIGTERM, SIGHUP and, on Windows, SIGBREAK abort, so that it may clean up.
 * The second of them ends the process where it is.
 *
 * @param left  what becomes of work that is interrupted
 */
export async function untilInterrupted<T>(
  work: (signal: AbortSignal) => Promise<T>,
  left = "nothing is left behind",
): Promise<T> {
  const controller = new AbortController();
  const names = Object.keys(SIGNALS);
  const interrupt = (name: NodeJS.Signals, number: number) => {
    release();
    controller.abort(new Interrupted(name, SIGNAL_EXIT + number, left));
  };
  const release = () => {
    for (const name of names) process.off(name, interrupt);
  };
  for (const name of names) process.on(name, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Ending) return error.exitCode;
  const code = error instanceof ImageError ? error.code : undefined;
  return code === ErrorCode.Unsupported || code === ErrorCode.Unavailable ? Exit.Unsupported : Exit.Failure;
}

/** A sentence; the stack too, but only where the fault is ours. */
export function describeError(error: unknown): string {
  const isOurs = !(error instanceof Ending) && !(error instanceof ImageError && error.code !== ErrorCode.Internal);
  if (!(error instanceof Error)) return String(error);
  return isOurs
    ? `${error.stack ?? error.message}\nThis is a fault of layerkiln's own; please report it.`
    : error.message;
}

let hasEnded = false;

/**
 * To be called first. Node ends a process with success when nothing is left to wait for, whether its work is done or hangs:
 * that is no success.
 */
export function begin(): void {
  process.once("exit", (exitCode) => {
    if (hasEnded || exitCode !== Exit.Ok) return;
    process.exitCode = Exit.Failure;
    process.stderr.write("layerkiln: ended before its work was done, and cannot say why; please report it.\n");
  });
}

/** Ends the process with `exitCode`; after a signal at once, for a source may still hold it. */
export function end(exitCode: number): void {
  hasEnded = true;
  if (exitCode > SIGNAL_EXIT) process.exit(exitCode);
  process.exitCode ||= exitCode;
}
