/**
 * The scratch disk of a container: an ext4 in which the virtual machine keeps the upper directory of overlayfs.
 *
 * Source: hcsshim, internal/layers/lcow.go ("scratch" and the container's id) and internal/guest/runtime/hcsv2 ("upper").
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import { openImage } from "../image/open-image.ts";
import { emptyLayer, imageLayer } from "./image-archive.ts";

const SCRATCH = "sandbox.vhdx";

/** The layer of what was written to the scratch in a snapshot's directory; an empty one where nothing was. */
export async function* scratchLayer(directory: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const path = join(directory, SCRATCH);
  if (!existsSync(path)) throw new ImageError(ErrorCode.NotFound, `${path}: there is no scratch to compare`);
  const upper = await upperDirectoryOf(path);
  if (upper === undefined) yield* emptyLayer();
  else yield* imageLayer(path, { path: upper, ...(signal && { signal }) });
}

/** @returns undefined where no container has run yet; @throws ImageError  Unsupported if several have */
async function upperDirectoryOf(path: string): Promise<Uint8Array | undefined> {
  const image = await openImage(path);
  try {
    const directories = (place: string): Buffer[] =>
      [...image.list(place)].filter(({ type }) => type === "directory").map(({ nameBytes }) => Buffer.from(nameBytes));
    const root = directories("/").map((name) => name.toString("latin1"));
    if (root.includes("upper")) return Buffer.from("upper"); // as older versions have it
    const containers = root.includes("scratch") ? directories("/scratch") : [];
    if (containers.length <= 1)
      return containers[0] && Buffer.concat([Buffer.from("scratch/"), containers[0], Buffer.from("/upper")]);
    throw new ImageError(ErrorCode.Unsupported, `${path}: is shared by ${containers.length} containers`);
  } finally {
    image.close();
  }
}
