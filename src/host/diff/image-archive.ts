/** Layers made of images, as streams of bytes. */
import { PassThrough, type Writable } from "node:stream";
import { ErrorCode, ImageError } from "../errors.ts";
import { diffImages } from "../image/diff-images.ts";
import type { ExportOptions } from "../image/export.ts";
import { exportImage } from "../image/export-image.ts";

/** A tar of nothing: two blocks of zeros. */
const EMPTY_LAYER = Buffer.alloc(1024);

export async function* emptyLayer(): AsyncGenerator<Uint8Array> {
  yield EMPTY_LAYER;
}

/** The layer that is in the image at `path`, or in a directory of it, with whiteouts as layers have them. */
export function imageLayer(
  path: string,
  options: Pick<ExportOptions, "path" | "signal"> = {},
): AsyncGenerator<Uint8Array> {
  return streamed(path, (target) => exportImage(path, target, { ...options, whiteouts: "oci", digests: false }));
}

/** The layer that makes the tree in the image `lower` the one in `upper`. */
export function imageDifference(
  lower: string,
  upper: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  return streamed(upper, (target) => diffImages(lower, upper, target, { digests: false, ...(signal && { signal }) }));
}

/**
 * What `make` writes.
 *
 * @throws ImageError  what `make` fails with; FailedPrecondition if the image was not left in order
 */
async function* streamed(
  path: string,
  make: (target: Writable) => Promise<{ readonly needsRecovery: boolean }>,
): AsyncGenerator<Uint8Array> {
  const stream = new PassThrough();
  const made = make(stream);
  made.catch(() => stream.destroy()); // is told below, and ends the wait there
  try {
    yield* stream;
  } catch (error) {
    await made; // if it failed, the stream was closed for that
    throw error;
  } finally {
    stream.destroy();
    await made.catch(() => {}); // so that nothing is open when we return
  }
  if (!(await made).needsRecovery) return;
  throw new ImageError(
    ErrorCode.FailedPrecondition,
    `${path}: its journal holds changes that are not in their places yet: it is in use, or was not unmounted`,
  );
}
