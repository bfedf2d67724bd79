/** The files of a store: a directory of the origin's own. What a file is of, and whether it is whole, the index knows. */

/** How often, and after how many milliseconds, a file is tried again that a worker just ended has not let go of yet. */
const TRIES = 20;
const PAUSE = 100;

export class ImageFiles {
  /** @param path  from the origin's own directory */
  constructor(private readonly path: readonly string[]) {}

  /** Makes an empty file. */
  async create(name: string): Promise<FileSystemFileHandle> {
    return (await this.#directory()).getFileHandle(name, { create: true });
  }

  /** The file as it is now, or nothing. It can be read while it is there. */
  async open(name: string): Promise<File | undefined> {
    return unlessMissing(async () => (await (await this.#directory()).getFileHandle(name)).getFile());
  }

  /** It need not be there. */
  async remove(name: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await unlessMissing(async () => (await this.#directory()).removeEntry(name));
        return;
      } catch (error) {
        if (tries === TRIES || !isNamed(error, "NoModificationAllowedError")) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const name of (await this.#directory()).keys()) names.push(name);
    return names;
  }

  /** Anew each time: it may have been cleared from under us. */
  async #directory(): Promise<FileSystemDirectoryHandle> {
    let directory = await navigator.storage.getDirectory();
    for (const name of this.path) directory = await directory.getDirectoryHandle(name, { create: true });
    return directory;
  }
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isNamed(error, "NotFoundError")) return undefined;
    throw error;
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name;
}
