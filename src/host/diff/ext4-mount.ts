/** Mounts of snapshots whose layers are ext4 images, as our own snapshotter says them. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { archiveDirectory } from "../archive/directory-archive.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { FileCalls, Mount } from "../platform.ts";
import { EXT4_MARKER, MOUNTED, TOP, UPPER } from "./ext4-layer.ts";
import { LAYER_IMAGE } from "./layer-image.ts";
import type { LayerStack } from "./layer-stack.ts";
import { optionOf } from "./mount-option.ts";

/** The directory of the snapshot that is written to. @throws ImageError  Unsupported: not such a snapshot */
export function ext4DirectoryOf(mounts: readonly Mount[]): string {
  const directory = ownDirectoryOf(mounts);
  if (directory !== undefined) return directory;
  throw new ImageError(ErrorCode.Unsupported, "mounts: are of a snapshot that is only read");
}

/**
 * @param calls  to read what was written
 * @throws ImageError  Unsupported: not such a snapshot
 */
export function ext4StackOf(mounts: readonly Mount[], calls: FileCalls): LayerStack {
  const directory = ownDirectoryOf(mounts);
  const parents = ext4ParentsOf(mounts);
  if (directory === undefined) return { layers: parents };
  if (existsSync(join(directory, LAYER_IMAGE))) return { layers: [directory, ...parents] };
  if (lastOf(mounts).options.includes("ro")) return { layers: [] }; // a view of nothing
  return { layers: parents, changes: (signal) => archiveDirectory(join(directory, UPPER), { calls, signal }) };
}

/** By the last mount: the others are what it stands on. */
function ownDirectoryOf(mounts: readonly Mount[]): string | undefined {
  const mount = lastOf(mounts);
  const upper = mount.type === "bind" ? mount.source : optionOf(mount, "upperdir");
  if (upper !== undefined) return marked(dirname(upper));
  if (optionOf(mount, "lowerdir") !== undefined) return undefined;
  throw unsupported(`of type ${mount.type}, is neither bind nor an overlay`);
}

/** Directories of the layers below, the topmost first: where their images are mounted, or what mounts the images. */
export function ext4ParentsOf(mounts: readonly Mount[]): string[] {
  const images = mounts.filter(({ type }) => type === "ext4").map(({ source }) => marked(dirname(source)));
  if (images.length > 0) return images;
  const lowers = optionOf(lastOf(mounts), "lowerdir")?.split(":") ?? [];
  return lowers
    .filter((lower) => basename(lower) !== TOP)
    .map((lower) => {
      if (basename(lower) === MOUNTED) return marked(dirname(lower));
      throw unsupported(`has ${lower} below it, which is no layer of an image`);
    });
}

function marked(directory: string): string {
  if (existsSync(join(directory, EXT4_MARKER))) return directory;
  throw unsupported(`is of ${directory}, which has no ${EXT4_MARKER}`);
}

function lastOf(mounts: readonly Mount[]): Mount {
  const last = mounts.at(-1);
  if (last !== undefined) return last;
  throw new ImageError(ErrorCode.InvalidArgument, "mounts: there are none");
}

function unsupported(why: string): ImageError {
  return new ImageError(ErrorCode.Unsupported, `mount: ${why}`);
}
