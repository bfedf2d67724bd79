/** Mounts, as the host wants them. Source: containerd, core/mount/mount_linux.go, for types and options. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import type { Mounter } from "../../host/platform.ts";
import { mountBind } from "./bind.ts";
import { FilesystemContext } from "./filesystem.ts";
import { isFuseOverlayfs, keepersOf, MOUNTED_TYPE, mountFuseOverlayfs, waitForEnd } from "./fuse-overlayfs.ts";
import { AT_FDCWD, EINVAL, ENOENT, MNT_DETACH, UMOUNT_NOFOLLOW, umount2 } from "./libc.ts";
import { attachLoop } from "./loop.ts";
import { readMountInfo } from "./mount-info.ts";
import { type MountOptions, parseOptions } from "./mount-options.ts";
import { mountOverlay } from "./overlay.ts";
import { place, setAttributes, setPropagation } from "./place.ts";
import { checked, closing, onThread } from "./system-call.ts";

export const mounter: Mounter = {
  async mount({ type, source, options: words }, target) {
    const subject = `mount ${type} ${source} on ${target}`;
    assertNoZero([type, source, target, ...words], subject);
    if (isFuseOverlayfs(type)) return mountFuseOverlayfs(target, words, subject);
    const options = parseOptions(type === "bind" ? ["bind", ...words] : words);
    if (options.remount) return remount(target, options, subject);
    if (options.bind) return mountBind(source, target, options, subject);
    if (type === "overlay") return mountOverlay(source, target, options, subject);
    return mountFilesystem(type, source, target, options, subject);
  },

  async unmount(target, lazily = false) {
    const subject = `unmount ${target}`;
    assertNoZero([target], subject);
    const keepers = lazily ? [] : await keepersAt(target);
    const result = await onThread(umount2, target, UMOUNT_NOFOLLOW | (lazily ? MNT_DETACH : 0));
    if (result === -EINVAL || result === -ENOENT) return false;
    checked(subject, result);
    await waitForEnd(keepers, subject);
    return true;
  },
};

async function mountFilesystem(
  type: string,
  source: string,
  target: string,
  options: MountOptions,
  subject: string,
): Promise<void> {
  const loop = options.loop && (await attachLoop(source, options.loop));
  try {
    const context = await FilesystemContext.open(type, subject);
    try {
      await context.set("source", loop?.path ?? source);
      await context.setAll(options);
      await closing(await context.mount(options.set), (mounted) => place(mounted, target, options, subject));
    } finally {
      context.close();
    }
  } finally {
    await loop?.close(); // the mount holds it now, or nobody does and it goes
  }
}

/** With "bind" only this mount changes, else the filesystem too, wherever it is seen. */
async function remount(target: string, options: MountOptions, subject: string): Promise<void> {
  if (!options.bind) {
    const context = await FilesystemContext.pick(target, subject);
    try {
      await context.setAll(options);
      await context.reconfigure();
    } finally {
      context.close();
    }
  }
  const recursive = options.bind === "recursive";
  checked(subject, await setAttributes(AT_FDCWD, target, options, recursive));
  checked(subject, await setPropagation(AT_FDCWD, target, options));
}

/** Programs that keep what is mounted on `target`, which itself is not looked at: one that hangs would not answer. */
async function keepersAt(target: string): Promise<number[]> {
  const path = resolve(target);
  const place = join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
  const top = (await readMountInfo()).findLast((mount) => mount.target === place);
  return top?.type === MOUNTED_TYPE ? keepersOf(place) : [];
}

/** The kernel would see a word that ends there. */
function assertNoZero(words: readonly string[], subject: string): void {
  if (words.some((word) => word.includes("\0")))
    throw new ImageError(ErrorCode.InvalidArgument, `${subject.replaceAll("\0", "\\0")}: has a zero byte in it`);
}
