/** mke2fs: makes ext2, ext3 and ext4 filesystems as their authors do. */
import { truncateSync, writeFileSync } from "node:fs";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { ask, missing } from "./oracle.ts";

export const mke2fs = {
  name: "mke2fs",
  missing: missing("mke2fs", "e2fsprogs", "-V"),

  /**
   * An image of `size` bytes.
   *
   * @param options  as `-t ext4 -b 1024`, separated by spaces
   * @param folder   whose content it gets; otherwise it is empty
   */
  make(options: string, size: number, folder?: string): string {
    const path = scratchPath("mke2fs.img");
    writeFileSync(path, "");
    truncateSync(path, size);
    ask("mke2fs", ["-q", "-F", ...options.split(" "), ...(folder === undefined ? [] : ["-d", folder]), path]);
    return path;
  },

  /** Mounts an image for writing, and lets `change` change what is in it. */
  fill(path: string, change: (folder: string) => void, options = ""): void {
    const folder = scratchFolder();
    ask("mount", ["-t", "ext4", "-o", `loop${options}`, path, folder]);
    try {
      change(folder);
    } finally {
      ask("umount", [folder]);
    }
  },
};
