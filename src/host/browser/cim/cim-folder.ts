/**
 * The files of a CIM come into a directory that the page was given: all of them, or none; nothing that stands there is replaced.
 * The CIM itself comes last. A tab that is killed meanwhile may leave the others.
 */
import type { CimMember } from "../../cim/cim-members.ts";
import { ErrorCode, ImageError, toImageError } from "../../errors.ts";

/** Puts bytes into a file that is new and empty: they are windows, valid until the next is asked for. */
export type FillFile = (file: FileSystemFileHandle, pieces: Iterable<Uint8Array>) => Promise<void>;

export async function giveFiles(
  directory: FileSystemDirectoryHandle,
  members: readonly CimMember[],
  fill: FillFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  await navigator.locks.request("layerkiln cims", { ...(signal && { signal }) }, async () => {
    for (const { name } of members) await assertIsFree(directory, name.split("/")[0]!);
    try {
      for (const { name, read } of members) await give(directory, name, read, fill);
    } catch (error) {
      for (const { name } of members) await remove(directory, name.split("/")[0]!);
      throw error;
    }
  });
}

async function give(
  directory: FileSystemDirectoryHandle,
  path: string,
  read: CimMember["read"],
  fill: FillFile,
): Promise<void> {
  const folders = path.split("/");
  const name = folders.pop()!;
  try {
    let place = directory;
    for (const folder of folders) place = await place.getDirectoryHandle(folder, { create: true });
    await fill(await place.getFileHandle(name, { create: true }), read());
  } catch (error) {
    throw toImageError(path, error);
  }
}

/** @throws ImageError  AlreadyExists */
export async function assertIsFree(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
  try {
    await directory.getFileHandle(name);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return;
    if (!(error instanceof DOMException && error.name === "TypeMismatchError")) throw toImageError(name, error);
  }
  throw new ImageError(ErrorCode.AlreadyExists, `${name}: exists already`);
}

async function remove(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
  await directory.removeEntry(name, { recursive: true }).catch(() => {}); // it may not have got there
}
