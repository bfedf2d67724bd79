/** Paths of inodes. */
import { utf8Of } from "../bytes.ts";
import { isDamage } from "../image/damage.ts";
import type { Image } from "../image/image.ts";
import { directories, joinPath } from "../image/walk.ts";

const ROOT = 2;

/**
 * One path of each inode that has any, from the root, as bytes. Ends as soon as all are found, or at the first directory
 * that is damaged: what lies behind it has no names then.
 */
export function findPaths(image: Image | undefined, wanted: ReadonlySet<number>): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  if (image === undefined) return found;
  if (wanted.has(ROOT)) found.set(ROOT, utf8Of("/"));
  try {
    for (const { path, entries } of found.size < wanted.size ? directories(image, "/", new Uint8Array()) : []) {
      for (const { inode, nameBytes } of entries) {
        if (wanted.has(inode) && !found.has(inode)) found.set(inode, joinPath(path, nameBytes));
      }
      if (found.size === wanted.size) break;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return found;
}
