/**
 * A folder among the origin's own files (OPFS) for what is on its way. It goes with whoever made it: at the end of the work, or,
 * if the tab was killed, when the next one is made.
 *
 *     layerkiln-unfinished/<a random name>/    whose name is that of a Web Lock too, held while somebody works in it
 */
import { ErrorCode, ImageError, toImageError } from "../../errors.ts";

const PARENT = "layerkiln-unfinished";

export class ScratchFolder {
  private constructor(
    readonly directory: FileSystemDirectoryHandle,
    private readonly parent: FileSystemDirectoryHandle,
    private readonly release: () => void,
  ) {}

  /**
   * @param subject  what wants to work in it, for messages
   * @throws ImageError  Unavailable: this browser, or this window, gives an origin no files of its own
   */
  static async create(subject: string): Promise<ScratchFolder> {
    const parent = await openParent(subject);
    await removeAbandoned(parent);
    const name = crypto.randomUUID();
    const release = await hold(lockOf(name));
    try {
      const directory = await parent.getDirectoryHandle(name, { create: true });
      return new ScratchFolder(directory, parent, release);
    } catch (error) {
      release();
      throw toImageError(subject, error);
    }
  }

  /** With all that is in it. What cannot be removed now goes when the next one is made. */
  async remove(): Promise<void> {
    try {
      await this.parent.removeEntry(this.directory.name, { recursive: true });
    } catch {
    } finally {
      this.release();
    }
  }
}

async function openParent(subject: string): Promise<FileSystemDirectoryHandle> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(PARENT, { create: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new ImageError(
      ErrorCode.Unavailable,
      `${subject}: needs files of the page's own (OPFS) to work in: ${why}`,
      error,
    );
  }
}

const lockOf = (name: string): string => `${PARENT}/${name}`;

/** Resolves once the lock is ours, and gives what lets go of it. */
function hold(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks.request(name, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}

async function removeAbandoned(parent: FileSystemDirectoryHandle): Promise<void> {
  const names: string[] = [];
  for await (const name of parent.keys()) names.push(name);
  for (const name of names) {
    await navigator.locks.request(lockOf(name), { ifAvailable: true }, async (lock) => {
      if (lock) await parent.removeEntry(name, { recursive: true }).catch(() => {}); // another tab may do the same
    });
  }
}
