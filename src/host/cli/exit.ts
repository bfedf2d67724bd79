/** How a command ends: its exit code, its last words, and the signals that end it early. */
import { ErrorCode, ImageError } from "../errors.ts";

export const Exit = { Ok: 0, Failure: 1, Usage: 2, Mismatch: 3, Unsupported: 4 } as const;

/** By a shell's custom, a process that a signal ended has this and the signal's number for an exit code. */
const SIGNAL_EXIT = 128;
const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** Flags that are right one by one, and make no sense together. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Nothing failed, and yet what was compared is not alike. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** Why a signal's work was aborted. */
class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(
    signal: NodeJS.Signals,
    readonly exitCode: number,
  ) {
    super(`stopped by ${signal}; nothing is left behind`);
  }
}

/**
 * Runs `work`, whose signal SIGINT, SIGTERM and SIGHUP abort, so that it may clean up.
 * The second of them ends the process where it is.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const names = Object.keys(SIGNALS);
  const interrupt = (name: NodeJS.Signals, number: number) => {
    release();
    controller.abort(new Interrupted(name, SIGNAL_EXIT + number));
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
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof UsageError) return Exit.Usage;
  if (error instanceof Mismatch) return Exit.Mismatch;
  const code = error instanceof ImageError ? error.code : undefined;
  return code === ErrorCode.Unsupported || code === ErrorCode.Unavailable ? Exit.Unsupported : Exit.Failure;
}

/** A sentence; the stack too, but only where the fault is ours. */
export function describeError(error: unknown): string {
  const isTheirs = [Interrupted, UsageError, Mismatch].some((kind) => error instanceof kind);
  const isOurs = !isTheirs && !(error instanceof ImageError && error.code !== ErrorCode.Internal);
  if (!(error instanceof Error)) return String(error);
  return isOurs
    ? `${error.stack ?? error.message}\nThis is a fault of layerkiln's own; please report it.`
    : error.message;
}

/** Ends the process with `exitCode`; after a signal at once, for a source may still hold it. */
export function end(exitCode: number): void {
  if (exitCode > SIGNAL_EXIT) process.exit(exitCode);
  process.exitCode ||= exitCode;
}
