/** Work on several things at a time. */

/**
 * Does `work` with each of `items`, begun in their order, with at most `limit` of them at a time. When one fails, the others
 * are told by their signal.
 *
 * @throws what failed first, when all have ended
 */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  const either = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
  const rest = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async () => {
    for (let next = rest.next(); !next.done && !either.aborted; next = rest.next()) {
      try {
        await work(next.value, either);
      } catch (error) {
        failures.push(error);
        controller.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
