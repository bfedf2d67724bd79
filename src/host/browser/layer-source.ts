/** What a worker is given to read, opened. */
import { toImageError } from "../errors.ts";
import type { Input } from "../input.ts";
import { openStream } from "../stream.ts";
import { openBlobInput } from "./blob-input.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { receiveSource, type SentSource } from "./web-source.ts";

/**
 * @param fingerprint  is given all of it, if it is a Blob
 * @throws ImageError  what the browser says of a file: NotFound, PermissionDenied
 */
export async function openSource(sent: SentSource, fingerprint?: Fingerprint): Promise<Input> {
  const source = receiveSource(sent);
  if (source instanceof Blob) return openBlobInput(source, fingerprint);
  if (source instanceof Uint8Array) return openStream([source]);
  if (source instanceof FileSystemFileHandle) return openBlobInput(await fileOf(source));
  return openStream(source);
}

/** Bytes of a source that is the same each time it is opened; undefined: it can be read once. */
export function sizeOf(source: SentSource): number | undefined {
  if (source instanceof Blob) return source.size;
  return source instanceof Uint8Array ? source.length : undefined;
}

/** The file as it is now. @throws ImageError  NotFound, PermissionDenied, … */
export async function fileOf(source: Blob | FileSystemFileHandle): Promise<Blob> {
  if (source instanceof Blob) return source;
  try {
    return await source.getFile();
  } catch (error) {
    throw toImageError(source.name, error);
  }
}
