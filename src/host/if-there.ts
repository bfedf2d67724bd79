/**
 * What `work` comes to with a path that may not be there, or not any more.
 *
 * @returns undefined where there is nothing
 * @throws  what else the system says
 */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
