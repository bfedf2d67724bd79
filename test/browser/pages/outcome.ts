/** What became of work, so that it can leave the page. */
import { isError } from "../../../build/src/web.js";
import type { Outcome } from "../outcome.ts";

export async function outcome<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { done: await work() };
  } catch (error) {
    const { message, code } = error as { message: string; code: number };
    return { failed: message, ...(isError(error, code) && { code }) };
  }
}
