/** Volumes: what filesystem one has, and how it comes to fill a disk that grew. */
import { type Handle, withOpen } from "./file-handle.ts";
import {
  DeviceIoControl,
  FSCTL_EXTEND_VOLUME,
  GENERIC,
  GetDiskFreeSpaceExW,
  GetVolumeInformationW,
  GetVolumePathNameW,
  IOCTL_DISK_GET_LENGTH_INFO,
} from "./kernel32-dll.ts";
import { assertDone } from "./last-error.ts";
import { pathBuffer, textOf, unitsOf } from "./wide-text.ts";

/** @returns such as "NTFS" */
export function filesystemName(path: string): string {
  const root = pathBuffer();
  assertDone(path, GetVolumePathNameW(path, root, unitsOf(root)));
  const name = pathBuffer();
  const volume = textOf(root);
  const done = GetVolumeInformationW(volume, null, 0, null, null, null, name, unitsOf(name));
  assertDone(`${path}: volume ${volume}`, done);
  return textOf(name);
}

/**
 * Makes the filesystem as large as the partition that it is in.
 *
 * Source: hcsshim, internal/wclayer/expandscratchsize.go; Microsoft, FSCTL_EXTEND_VOLUME.
 *
 * @param path  of the volume, with a backslash at its end or without
 */
export async function extendVolume(path: string): Promise<void> {
  const volume = path.replace(/\\$/, "");
  await withOpen(volume, GENERIC.READ | GENERIC.WRITE, (handle) => {
    const sectors = sectorsToFill(partitionSize(volume, handle), filesystemSize(`${volume}\\`));
    if (sectors === undefined) return;
    const words = Buffer.alloc(8);
    words.writeBigInt64LE(BigInt(sectors));
    const done = DeviceIoControl(handle, FSCTL_EXTEND_VOLUME, words, words.length, null, 0, [0], null);
    assertDone(`extend volume ${volume}`, done);
  });
}

/** Of NTFS, as HcsFormatWritableLayerVhd makes it. Bytes. */
const CLUSTER_SIZE = 4096;
const SECTOR_SIZE = 512;

/**
 * @param partition   bytes
 * @param filesystem  bytes
 * @returns sectors that the filesystem is to have; undefined where it fills the partition, but for a cluster that NTFS keeps: to
 *          extend it by nothing is refused
 */
export function sectorsToFill(partition: number, filesystem: number): number | undefined {
  const clusters = Math.floor(partition / CLUSTER_SIZE);
  if (Math.floor(filesystem / CLUSTER_SIZE) + 1 >= clusters) return undefined;
  return (clusters * CLUSTER_SIZE) / SECTOR_SIZE;
}

function partitionSize(volume: string, handle: Handle): number {
  const size = Buffer.alloc(8); // GET_LENGTH_INFORMATION
  const done = DeviceIoControl(handle, IOCTL_DISK_GET_LENGTH_INFO, null, 0, size, size.length, [0], null);
  assertDone(`size of the partition of ${volume}`, done);
  return Number(size.readBigInt64LE());
}

function filesystemSize(volume: string): number {
  const size = [0n];
  assertDone(`size of volume ${volume}`, GetDiskFreeSpaceExW(volume, null, size, null));
  return Number(size[0]);
}
