/**
 * What the keys and labels of snapshots tell a snapshotter.
 *
 * Source: containerd, core/snapshots/snapshotter.go and plugins/snapshots.
 */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Labels } from "./snapshotter.ts";

/**
 * Whether a layer is to be unpacked under `key`, as opposed to a container run. containerd begins such keys with `extract-`,
 * and puts its namespace and a number before them. A container whose own name has the word in it is mistaken for one.
 */
export const isForUnpacking = (key: string): boolean => key.includes("extract");

/** `container:host:size`, by commas: how ids in a container stand for those on the disk. */
export const UID_MAPPING = "containerd.io/snapshot/uidmapping";
export const GID_MAPPING = "containerd.io/snapshot/gidmapping";

/** How large a scratch disk is. Bytes, or, deprecated, GiB. */
export const SCRATCH_BYTES = "containerd.io/snapshot/windows/rootfs.sizebytes";
export const SCRATCH_GIB = "containerd.io/snapshot/io.microsoft.container.storage.rootfs.size-gb";

/** Whatever its value: a utility machine needs a scratch disk too. */
export const MACHINE_SCRATCH = "containerd.io/snapshot/io.microsoft.vm.storage.scratch";

/** The directory of the disk that scratch disks are copied from. */
export const SCRATCH_LOCATION = "containerd.io/snapshot/io.microsoft.container.storage.rootfs.location";

/** "true": the scratch disk is that of the owner. */
export const REUSE_SCRATCH = "containerd.io/snapshot/io.microsoft.container.storage.reuse-scratch";
export const OWNER_KEY = "containerd.io/snapshot/io.microsoft.owner.key";

/**
 * The whole number above zero in label `name`.
 *
 * @returns undefined where there is no such label, or 0, which stands for the default
 * @throws ImageError  InvalidArgument: it is none, or past `most`
 */
export function sizeLabel(labels: Labels, name: string, most: number): number | undefined {
  const text = labels.get(name);
  if (!text) return undefined; // no label has an empty value
  const size = Number(text);
  if (/^\d+$/.test(text) && size <= most) return size === 0 ? undefined : size;
  throw new ImageError(
    ErrorCode.InvalidArgument,
    `label ${name}: ${JSON.stringify(text)} is no number from 0 to ${most}`,
  );
}
