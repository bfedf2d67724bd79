/** Overlayfs: mounts images over one another and shows the tree that comes of it. */
import { scratchFolder } from "../fixtures/scratch.ts";
import { loopMount, readMounted } from "./loop-mount.ts";
import { mke2fs } from "./mke2fs.ts";
import { ask, type Oracle, run } from "./oracle.ts";
import type { Tree } from "./tree.ts";

export const overlay = {
  name: "overlayfs",
  missing: whyNot(),

  /** @param images  paths, the lowest first */
  tree: (images: string[]): Tree => mountAll(images, [], (folders) => merged(folders, readMounted)),
} satisfies Oracle & Record<string, unknown>;

function mountAll<T>(images: string[], folders: string[], look: (folders: string[]) => T): T {
  const [image, ...rest] = images;
  if (image === undefined) return look(folders);
  const folder = scratchFolder();
  ask("mount", ["-t", "ext4", "-o", "ro,loop", image, folder]);
  try {
    return mountAll(rest, [folder, ...folders], look);
  } finally {
    ask("umount", [folder]);
  }
}

/** @param folders  the highest first */
function merged<T>(folders: string[], look: (folder: string) => T): T {
  const folder = scratchFolder();
  // Without xino, files of different layers may have one number.
  ask("mount", ["-t", "overlay", "overlay", "-o", `lowerdir=${folders.join(":")},xino=on`, folder]);
  try {
    return look(folder);
  } finally {
    ask("umount", [folder]);
  }
}

function whyNot(): string | undefined {
  if (loopMount.missing !== undefined) return loopMount.missing;
  const images = [mke2fs.make("-t ext4", 2 ** 20), mke2fs.make("-t ext4", 2 ** 20)];
  return mountAll(images, [], (folders) => {
    const folder = scratchFolder();
    const { status, stderr } = run("mount", [
      "-t",
      "overlay",
      "overlay",
      "-o",
      `lowerdir=${folders.join(":")}`,
      folder,
    ]);
    if (status !== 0) return `overlayfs cannot be mounted here: ${stderr.trim()}`;
    ask("umount", [folder]);
    return undefined;
  });
}
