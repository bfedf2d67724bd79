/** Names outlive a power cut when their directory has been synced. */
import { closeSync, fsync as fsyncThen, openSync } from "node:fs";
import { promisify } from "node:util";

const fsync = promisify(fsyncThen);

/** Some systems cannot sync a directory, and need not. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = openSync(path, "r");
    try {
      await fsync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    if (!["EINVAL", "EPERM", "EISDIR", "EACCES", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
  }
}
