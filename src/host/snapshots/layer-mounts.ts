/**
 * Images of layers, each mounted once, for all who stack them.
 *
 * They stay mounted when the snapshotter is closed, for containers go on running; after a restart of the machine they are
 * mounted again when they are wanted.
 */
import { existsSync, lstatSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MOUNTED } from "../diff/ext4-layer.ts";
import { LAYER_IMAGE } from "../diff/layer-image.ts";
import type { Mount, Mounter } from "../platform.ts";

/** A layer is not to be run from here: set-user-id bits and devices count where it is stacked. */
const PRIVATE = ["nosuid", "nodev"];

/** The journal of an image is never replayed: a layer does not change. */
const OPTIONS = ["ro", "loop", "noload"];

export class LayerMounts {
  /** Directories that somebody is mounting in. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(private readonly mounter: Mounter) {}

  /** Mounts the image of the layer in `directory`, where it is not yet. @returns the directory that it is seen at */
  async show(directory: string): Promise<string> {
    const underWay = this.#underWay.get(directory) ?? this.#mount(directory);
    this.#underWay.set(directory, underWay);
    try {
      await underWay;
    } finally {
      this.#underWay.delete(directory);
    }
    return join(directory, MOUNTED);
  }

  async #mount(directory: string): Promise<void> {
    const target = join(directory, MOUNTED);
    await mkdir(target, { recursive: true, mode: 0o700 });
    if (isMountPoint(target)) return;
    const mount = imageMount(directory);
    await this.mounter.mount({ ...mount, options: [...mount.options, ...PRIVATE] }, target);
  }

  /** Takes off what is mounted in `directory`. Overlays that have it below go on. */
  async hide(directory: string): Promise<void> {
    const target = join(directory, MOUNTED);
    if (!existsSync(target)) return;
    while (await this.mounter.unmount(target, true));
  }
}

/** What to mount to see the layer in `directory`. */
export function imageMount(directory: string): Mount {
  return { type: "ext4", source: join(directory, LAYER_IMAGE), target: "", options: OPTIONS };
}

/** Its directory is on another filesystem. */
function isMountPoint(path: string): boolean {
  return lstatSync(path).dev !== lstatSync(join(path, "..")).dev;
}
