/** Whether stacked directories can be had under a root: nobody knows before they were mounted and written to. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { mounterOf } from "../mounter.ts";
import type { Mounter, Platform } from "../platform.ts";
import { removeTree } from "./remove-tree.ts";

/**
 * Mounts directories by `type`, replaces one of the lower, and sees whether it is replaced.
 *
 * @param home     where directories of snapshots are: what is made here for the attempt has such a name that a sweep finds it
 * @param options  of the mount, besides its directories
 * @throws ImageError  Unavailable, PermissionDenied, FailedPrecondition: and what to do about it
 */
export async function assertStacks(
  home: string,
  type: string,
  options: readonly string[],
  platform: Platform,
): Promise<void> {
  const mounter = await mounterOf(platform, type);
  const directory = await mkdtemp(join(home, "new-check-")).catch((error) => {
    throw toImageError(home, error);
  });
  try {
    await tryOut(directory, type, options, mounter);
  } catch (error) {
    throw explained(home, type, toImageError(type, error));
  } finally {
    await removeTree(directory);
  }
}

async function tryOut(directory: string, type: string, extra: readonly string[], mounter: Mounter): Promise<void> {
  const [lower1, lower2, upper, work, merged] = ["lower1", "lower2", "upper", "work", "merged"].map((name) =>
    join(directory, name),
  ) as [string, string, string, string, string];
  for (const each of [lower1, lower2, upper, work, merged]) await mkdir(each);
  await mkdir(join(lower1, "replaced"));
  await writeFile(join(lower1, "replaced", "hidden"), "");
  const options = [`workdir=${work}`, `upperdir=${upper}`, `lowerdir=${lower2}:${lower1}`, ...extra];
  await mounter.mount({ type, source: "overlay", target: "", options }, merged);
  try {
    await rm(join(merged, "replaced"), { recursive: true });
    await mkdir(join(merged, "replaced"));
    const left = await readdir(join(merged, "replaced"));
    if (left.length > 0)
      throw new ImageError(ErrorCode.FailedPrecondition, "a directory that was replaced is not empty");
  } finally {
    await mounter.unmount(merged);
  }
}

/** A missing program or right says itself what to do; of all else the filesystem below is the likely cause. */
function explained(home: string, type: string, error: ImageError): ImageError {
  if (error.code === ErrorCode.Unavailable || error.code === ErrorCode.PermissionDenied) return error;
  const remedy = "choose a root on ext4, xfs, btrfs or tmpfs";
  const other = type === "overlay" ? ", or the snapshotter fuse-overlayfs" : "";
  return new ImageError(
    ErrorCode.FailedPrecondition,
    `${home}: ${type} cannot keep layers here (${error.message}); ${remedy}${other}`,
    error,
  );
}
