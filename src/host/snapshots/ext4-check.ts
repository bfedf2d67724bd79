/** Whether images of layers can be mounted where snapshots are. */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { LAYER_IMAGE } from "../diff/layer-image.ts";
import { toImageError } from "../errors.ts";
import { makeFilesystem } from "../filesystem.ts";
import type { Mounter } from "../platform.ts";
import { LayerMounts } from "./layer-mounts.ts";
import { removeTree } from "./remove-tree.ts";

/**
 * Makes an image, and mounts it.
 *
 * @param home  where the directories of snapshots are: what a crash leaves of ours is swept as theirs is
 * @throws ImageError  Unavailable, PermissionDenied, …: and what to do about it
 */
export async function assertMountsImages(home: string, mounter: Mounter): Promise<void> {
  const directory = await mkdtemp(join(home, "new-check-")).catch((error) => {
    throw toImageError(home, error);
  });
  const layers = new LayerMounts(mounter);
  try {
    await makeFilesystem(join(directory, LAYER_IMAGE), { size: 1024 ** 2, container: "vhd" });
    await layers.show(directory);
  } finally {
    await layers.hide(directory);
    await removeTree(directory);
  }
}
