/**
 * What mounts of fuse-overlayfs have besides their directories: ids in the container may stand for others on the disk.
 *
 * Source: fuse-overlayfs(1), "uidmapping"; fuse-overlayfs-snapshotter.
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { GID_MAPPING, UID_MAPPING } from "./labels.ts";
import type { StackOptions } from "./overlay.ts";
import type { Info } from "./snapshotter.ts";

/** containerd's own name of the type: it runs `mount.fuse3 … -t fuse-overlayfs`. */
export const fuseOverlayFs: StackOptions = {
  type: "fuse3.fuse-overlayfs",
  options: (info) => [...mapping(info, UID_MAPPING, "uidmapping"), ...mapping(info, GID_MAPPING, "gidmapping")],
};

function mapping({ labels }: Info, label: string, option: string): string[] {
  const value = labels.get(label);
  if (value === undefined) return [];
  if (!/^\d+:\d+:\d+(,\d+:\d+:\d+)*$/.test(value)) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `label ${label}: ${JSON.stringify(value)} is not of the form container:host:size, by commas`,
    );
  }
  return [`${option}=${value.replaceAll(",", ":")}`];
}
