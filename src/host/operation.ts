/** What callers ask for: it succeeds, or fails in one way. */
import { ErrorCode, ImageError } from "./errors.ts";

/**
 * Runs `work`, an operation called `name` that callers ask for.
 *
 * @throws ImageError  and nothing else, but for the reason of `signal`
 */
export async function asOperation<T>(
  name: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof ImageError) throw error;
    throw new ImageError(ErrorCode.Internal, `${name}: ${error instanceof Error ? error.message : error}`, error);
  }
}
