/** Copies of disk images: by sharing blocks where the filesystem can, else only of what is not zeros. */
import { constants } from "node:fs";
import { copyFile, type FileHandle, open, rename, rm } from "node:fs/promises";
import { toImageError } from "./errors.ts";
import { laterWhileInUse } from "./while-in-use.ts";

/** Bytes that are read at a time, and those that are left out together where all are zeros: a block of most filesystems. */
const CHUNK = 1024 ** 2;
const PIECE = 4096;
const ZEROS = Buffer.alloc(PIECE);

/**
 * Copies the file `source` to `target`, with permissions `mode`. The copy is there whole and synced, or not at all.
 *
 * @throws ImageError  NotFound: there is no `source`; what else the system says
 */
export async function copyDisk(source: string, target: string, mode: number): Promise<void> {
  const partial = `${target}.${Math.random().toString(36).slice(2, 10)}.partial`;
  try {
    if (!(await cloned(source, partial))) await copySparsely(source, partial);
    await withFile(partial, "r+", async (file) => {
      await file.chmod(mode);
      await file.sync();
    });
    await laterWhileInUse(() => rename(partial, target));
  } catch (error) {
    await rm(partial, { force: true });
    throw toImageError(source, error);
  }
}

async function cloned(source: string, target: string): Promise<boolean> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch {
    await rm(target, { force: true });
    return false; // what is wrong with the files themselves is found by the copy that follows
  }
}

async function copySparsely(source: string, target: string): Promise<void> {
  await withFile(source, "r", (from) =>
    withFile(target, "wx", async (to) => {
      const { size } = await from.stat();
      const chunk = Buffer.alloc(CHUNK);
      for (let at = 0; at < size; ) {
        const { bytesRead } = await from.read(chunk, 0, CHUNK, at);
        if (bytesRead === 0) break;
        await writeData(to, at, chunk.subarray(0, bytesRead));
        at += bytesRead;
      }
      await to.truncate(size);
    }),
  );
}

/** Writes what is not zeros, as far as it hangs together. */
async function writeData(file: FileHandle, at: number, bytes: Buffer): Promise<void> {
  const isZeros = (from: number): boolean =>
    bytes.subarray(from, from + PIECE).equals(ZEROS.subarray(0, bytes.length - from));
  for (let from = 0; from < bytes.length; from += PIECE) {
    if (isZeros(from)) continue;
    const start = from;
    while (from < bytes.length && !isZeros(from)) from += PIECE;
    await writeAll(file, at + start, bytes.subarray(start, from));
  }
}

async function writeAll(file: FileHandle, at: number, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

async function withFile<T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
