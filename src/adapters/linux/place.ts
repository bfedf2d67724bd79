/** Mounts come into their places, and what they are there is changed. */
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  AT_SYMLINK_NOFOLLOW,
  EINVAL,
  MNT_DETACH,
  MOVE_MOUNT_F_EMPTY_PATH,
  mount_setattr,
  move_mount,
  SYS_mount_setattr,
  SYS_move_mount,
  UMOUNT_NOFOLLOW,
  umount2,
} from "./libc.ts";
import type { MountOptions } from "./mount-options.ts";
import { checked, failure, onThread } from "./system-call.ts";

/** Puts a mount that is in no place yet on `target`. It is gone if that fails and `mounted` is closed. */
export async function place(
  mounted: number,
  target: string,
  options: Pick<MountOptions, "propagation">,
  subject: string,
): Promise<void> {
  const flags = MOVE_MOUNT_F_EMPTY_PATH;
  const moved = await onThread(move_mount, SYS_move_mount, mounted, "", AT_FDCWD, target, flags);
  if (moved < 0)
    throw failure(
      `${subject}: ${target}`,
      moved,
      moved === -EINVAL ? "only a directory goes on a directory" : undefined,
    );
  // Only now, as a place that is shared makes what is put there shared too.
  await orUnmount(target, setPropagation(mounted, "", options), subject);
}

/** Takes off again what is mounted, if `last`, the last step, fails. */
export async function orUnmount(target: string, last: Promise<number>, subject: string): Promise<void> {
  const result = await last;
  if (result < 0) await onThread(umount2, target, MNT_DETACH | UMOUNT_NOFOLLOW);
  checked(subject, result);
}

/** `struct mount_attr`: set, clear, propagation and a user namespace. */
const MOUNT_ATTR_SIZE = 32;

/** @param path  of a mount; "" if `file` is it */
export function setAttributes(
  file: number,
  path: string,
  { set, clear }: Pick<MountOptions, "set" | "clear">,
  recursive: boolean,
): Promise<number> {
  return change(file, path, [set, clear, 0], recursive);
}

export async function setPropagation(
  file: number,
  path: string,
  { propagation }: Pick<MountOptions, "propagation">,
): Promise<number> {
  return propagation ? change(file, path, [0, 0, propagation.type], propagation.recursive) : 0;
}

function change(file: number, path: string, words: number[], recursive: boolean): Promise<number> {
  const attr = Buffer.alloc(MOUNT_ATTR_SIZE);
  for (const [index, bits] of words.entries()) attr.writeBigUInt64LE(BigInt(bits), index * 8);
  const flags = (path === "" ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW) | (recursive ? AT_RECURSIVE : 0);
  return onThread(mount_setattr, SYS_mount_setattr, file, path, flags, attr, attr.length);
}
