/** What overlays of layers need besides their directories. Source: Linux, Documentation/filesystems/overlayfs.rst. */
import { access, readFile } from "node:fs/promises";

/** Of a namespace that has all ids there are: user_namespaces(7). */
const ALL_IDS = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * Layers are shared between mounts, which an index of inodes forbids; kernels before 4.13 know none, and no option for it.
 * In a user namespace nobody may write `trusted` attributes: overlayfs keeps its marks in `user` ones there.
 */
export async function overlayOptions(): Promise<string[]> {
  const options: string[] = [];
  if (await isThere("/sys/module/overlay/parameters/index")) options.push("index=off");
  if (!ALL_IDS.test(await readFile("/proc/self/uid_map", "utf8"))) options.push("userxattr");
  return options;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
