/**
 * What our ext4 snapshotter and its differ must agree on: names in a snapshot's directory, and what an image is.
 *
 *     <id>/.ext4layer  tells that it is one of these
 *          fs, work    what overlayfs writes to
 *          top         stands over all layers, and hides the lost+found that each image has
 *          layer.vhd   the image
 *          mnt         where it is mounted
 */
import { archiveDirectory } from "../archive/directory-archive.ts";
import type { ConvertOptions } from "../convert.ts";
import { convert } from "../convert.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Profile } from "../options.ts";
import type { FileCalls, Platform } from "../platform.ts";
import { LAYER_OPTIONS } from "./layer-image.ts";

export const EXT4_MARKER = ".ext4layer";
export const UPPER = "fs";
export const WORK = "work";
export const TOP = "top";
export const MOUNTED = "mnt";

/** Nothing may be written to a layer, by whatever way it is mounted. */
export function ext4LayerShape(profile: Profile = "modern"): Pick<ConvertOptions, "profile" | "filesystem"> {
  return profile === "modern" ? { profile, filesystem: { readOnly: true } } : { profile };
}

/** Makes the image at `path` of what was written to the upper directory of an overlayfs. */
export async function makeImageOfUpper(
  directory: string,
  path: string,
  calls: FileCalls,
  profile: Profile | undefined,
): Promise<void> {
  const options = { ...LAYER_OPTIONS, ...ext4LayerShape(profile), digests: false };
  await convert(archiveDirectory(directory, { calls }), path, options);
}

/** @throws ImageError  Unavailable, and what to do about it */
export async function fileCallsOf(platform: Platform): Promise<FileCalls> {
  const calls = await platform.fileCalls?.();
  if (calls !== undefined) return calls;
  throw new ImageError(
    ErrorCode.Unavailable,
    "attributes of files: cannot be read here: it takes Linux and koffi (npm install koffi)",
  );
}
