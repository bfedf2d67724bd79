/** Steps that are taken back, the last first, if a later one fails. */
import { ImageError, toImageError } from "../../host/errors.ts";

/** @param failures  of the steps that were taken back before it */
type Step = (failures: readonly unknown[]) => unknown;

export class Undo {
  readonly #steps: Step[] = [];

  /** Called after a step: how it is taken back. */
  by(step: Step): void {
    this.#steps.push(step);
  }

  /** All of them, whatever becomes of each. @returns what some of them failed with */
  async takeBack(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step(failures);
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}

/**
 * Does `work`, which says after each step how it is taken back.
 *
 *     await undoing("mount C:\\layer", async (undo) => {
 *       await activateLayer("C:\\layer");
 *       undo.by(() => deactivateLayer("C:\\layer"));
 *       …
 *     });
 *
 * @throws ImageError  what `work` failed with. What could not be taken back is said behind it, and is its cause: an
 *                     AggregateError, the first failure first
 */
export async function undoing<T>(subject: string, work: (undo: Undo) => Promise<T>): Promise<T> {
  const undo = new Undo();
  try {
    return await work(undo);
  } catch (error) {
    throw joined(toImageError(subject, error), await undo.takeBack());
  }
}

function joined(first: ImageError, failures: unknown[]): ImageError {
  if (failures.length === 0) return first;
  const left = failures.map((each) => (each instanceof Error ? each.message : String(each)));
  const message = `${first.message}; and what was done before could not be undone: ${left.join("; ")}`;
  return new ImageError(first.code, message, new AggregateError([first, ...failures], message));
}
