/** Images laid over one another. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toImageError } from "../errors.ts";
import type { Mount, Mounter } from "../platform.ts";
import { HARMLESS, type Mountable } from "./mountable.ts";

/**
 * Mounts each layer for as long as `work` takes. An overlay that is made meanwhile holds them on, without their places, and
 * lets them go when it goes.
 */
export async function withLayers(
  layers: readonly Mountable[],
  mounter: Mounter,
  signal: AbortSignal | undefined,
  work: (directories: string[]) => Promise<void>,
): Promise<void> {
  const { folder, directories } = makeDirectories(layers.length);
  const mounted: string[] = [];
  try {
    for (const [index, { mount }] of layers.entries()) {
      signal?.throwIfAborted();
      await mounter.mount(mount, directories[index]!);
      mounted.push(directories[index]!);
    }
    signal?.throwIfAborted();
    await work(directories);
  } finally {
    for (const directory of mounted.reverse()) await mounter.unmount(directory, true); // whatever looks at it just now
    for (const directory of [...directories, folder]) rmdirSync(directory); // not what is in them, should something be
  }
}

function makeDirectories(count: number): { folder: string; directories: string[] } {
  try {
    const folder = mkdtempSync(join(tmpdir(), "layerkiln-mount-"));
    const directories = Array.from({ length: count }, (_, index) => join(folder, String(index)));
    for (const directory of directories) mkdirSync(directory);
    return { folder, directories };
  } catch (error) {
    throw toImageError(tmpdir(), error);
  }
}

/**
 * @param directories  of the layers, the base first
 * @param scratch      where changes go; without, there are none
 */
export function overlayOf(
  directories: readonly string[],
  scratch: string | undefined,
  options: readonly string[],
): Mount {
  const layers = [...directories].reverse(); // the kernel wants the highest first
  const changes = scratch === undefined ? ["ro"] : changesIn(scratch, layers[0]!);
  return {
    type: "overlay",
    source: "overlay",
    target: "",
    options: [
      `lowerdir=${layers.map(escapePath).join(":")}`,
      ...changes,
      // A layer that says its directory is another's, or its file has another's content, is not believed.
      "redirect_dir=nofollow",
      "metacopy=off",
      "index=off", // a layer may be in several overlays
      "xino=on", // each image counts its inodes from the same number; without it each is a device of its own to find and du
      ...HARMLESS,
      ...options,
    ],
  };
}

/** @param top  the highest layer, whose root the overlay's own root is like */
function changesIn(scratch: string, top: string): string[] {
  const [upper, work] = [join(scratch, "upper"), join(scratch, "work")];
  try {
    mkdirSync(work, { recursive: true });
    const isNew = mkdirSync(upper, { recursive: true }) !== undefined;
    if (isNew) {
      const { uid, gid, mode } = statSync(top);
      chownSync(upper, uid, gid);
      chmodSync(upper, mode);
    }
  } catch (error) {
    throw toImageError(scratch, error);
  }
  return [`upperdir=${escapePath(upper)}`, `workdir=${escapePath(work)}`];
}

/** Of overlayfs' own characters. */
const escapePath = (path: string): string => path.replace(/[\\:]/g, "\\$&");
