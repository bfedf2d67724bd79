/**
 * ext4: each layer is an ext4 image, which the kernel mounts and overlayfs stacks.
 *
 *     <id>/.ext4layer  tells our differ that it is one of these
 *          fs, work    what overlayfs writes to; `fs` is empty where a differ made the image
 *          top         stands over the layers: hides their lost+found, and in a view is the root that is seen
 *          layer.vhd   the image, made by a differ, or of `fs` when the snapshot is committed
 *          sealed.vhd  the image of `fs`, before it is valid
 *          .sealed     tells that `layer.vhd` was made of `fs`, by a commit that perhaps did not come to its end
 *          mnt         where the image is mounted, once somebody has wanted it
 *
 * Source: the model is containerd's plugins/snapshots/erofs.
 */
import { constants } from "node:fs";
import { chmod, lchown, lstat, opendir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXT4_MARKER, makeImageOfUpper, TOP, UPPER, WORK } from "../diff/ext4-layer.ts";
import { LAYER_IMAGE } from "../diff/layer-image.ts";
import { type LayerRoot, readLayerRoot } from "../diff/layer-root.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { ifThere } from "../if-there.ts";
import type { StoredSnapshot } from "../metadata/view.ts";
import type { Profile } from "../options.ts";
import type { FileCalls, Mount } from "../platform.ts";
import { syncDirectory } from "../sync-directory.ts";
import type { SnapshotDirectories } from "./directories.ts";
import { diskUsage } from "./disk-usage.ts";
import type { Driver, Request } from "./driver.ts";
import { imageMount, type LayerMounts } from "./layer-mounts.ts";
import { bind, makeDirectory } from "./overlay.ts";
import { removeTree } from "./remove-tree.ts";
import type { Usage } from "./snapshotter.ts";

export interface Ext4Options {
  /** Of images that are made when a snapshot is committed. Default: "modern". */
  readonly profile?: Profile;

  /**
   * Who mounts the images: "here" we do, and an overlay of them is asked for, which every containerd mounts; "containerd" does,
   * from 2.2 on. Default: "here".
   */
  readonly imagesMounted?: "here" | "containerd";
}

export interface Ext4Parts {
  readonly directories: SnapshotDirectories;
  readonly layers: LayerMounts;
  readonly calls: FileCalls;

  /** Of overlays, besides their directories. */
  readonly overlayOptions: readonly string[];
}

const SEALED = "sealed.vhd";
const SEALED_MARKER = ".sealed";

/** Each image counts its inodes from the same number: without it, two files of two layers look like one, or like two devices'. */
export const UNIQUE_INODES = "xino=on";

export class Ext4Driver implements Driver {
  readonly #directories: SnapshotDirectories;
  readonly #layers: LayerMounts;
  readonly #calls: FileCalls;
  readonly #overlayOptions: readonly string[];

  constructor(
    { directories, layers, calls, overlayOptions }: Ext4Parts,
    private readonly options: Ext4Options = {},
  ) {
    this.#directories = directories;
    this.#layers = layers;
    this.#calls = calls;
    this.#overlayOptions = overlayOptions;
  }

  async fill(directory: string, { kind, parent }: Request): Promise<void> {
    await writeFile(join(directory, EXT4_MARKER), "");
    await makeDirectory(join(directory, UPPER), 0o755);
    if (kind === "active") await makeDirectory(join(directory, WORK), 0o711);
    if (parent === "") return;
    await makeDirectory(join(directory, TOP), 0o755);
    this.#calls.makeNode(join(directory, TOP, "lost+found"), constants.S_IFCHR, 0, 0); // a whiteout
  }

  /** The root of a snapshot is that of its parent. */
  async adopt(directory: string, { parentIds }: StoredSnapshot): Promise<void> {
    if (parentIds[0] === undefined) return;
    const root = await readLayerRoot(this.#directories.of(parentIds[0]));
    for (const name of [UPPER, TOP]) await this.#takeAfter(join(directory, name), root);
  }

  /** All but what is finer than a microsecond, which Node cannot set. */
  async #takeAfter(directory: string, { mode, uid, gid, mtime, xattrs }: LayerRoot): Promise<void> {
    await lchown(directory, uid, gid);
    for (const [name, value] of xattrs) this.#calls.setXattr(directory, name, value);
    await chmod(directory, mode);
    const time = mtime.seconds + mtime.nanoseconds / 1e9;
    await utimes(directory, time, time);
  }

  async mounts({ id, kind, parentIds }: StoredSnapshot): Promise<Mount[]> {
    if (parentIds.length === 0) return [bind(this.#of(id, UPPER), kind === "active" ? "rw" : "ro")];
    const upper = kind === "active" ? [`workdir=${this.#of(id, WORK)}`, `upperdir=${this.#of(id, UPPER)}`] : [];
    const layers = parentIds.map((parent) => this.#directories.of(parent));
    const overlay = (type: string, lower: string): Mount => {
      const options = [...upper, `lowerdir=${this.#of(id, TOP)}:${lower}`, UNIQUE_INODES, ...this.#overlayOptions];
      return { type, source: "overlay", target: "", options };
    };
    if (this.options.imagesMounted === "containerd") {
      return [...layers.map(imageMount), overlay("format/overlay", `{{ overlay 0 ${layers.length - 1} }}`)];
    }
    const shown: string[] = [];
    for (const layer of layers) shown.push(await this.#layers.show(layer));
    return [overlay("overlay", shown.join(":"))];
  }

  measure(id: string): Promise<Usage> {
    return diskUsage(this.#of(id, UPPER));
  }

  /** What was unpacked has its image already, so that to commit it is quick; containerd waits, with all that it does. */
  async seal(id: string): Promise<Usage> {
    const [image, sealed, marker] = [LAYER_IMAGE, SEALED, SEALED_MARKER].map((name) => this.#of(id, name)) as Paths;
    await rm(sealed, { force: true }); // of a commit whose name was taken
    const isUnpacked = (await isThere(image)) && !(await isThere(marker));
    if (!isUnpacked) {
      await makeImageOfUpper(this.#of(id, UPPER), sealed, this.#calls, this.options.profile);
      return diskUsage(sealed);
    }
    if (await isEmpty(this.#of(id, UPPER))) return diskUsage(image);
    throw new ImageError(
      ErrorCode.FailedPrecondition,
      `snapshot ${id}: a layer was unpacked into it, and files were written to it besides`,
    );
  }

  async settle(id: string): Promise<void> {
    if (!(await isThere(this.#of(id, SEALED)))) return;
    await writeFile(this.#of(id, SEALED_MARKER), "");
    await rename(this.#of(id, SEALED), this.#of(id, LAYER_IMAGE));
    await syncDirectory(this.#directories.of(id));
  }

  /** The image has it all. */
  async committed(id: string): Promise<void> {
    for (const name of [UPPER, WORK, TOP]) await removeTree(this.#of(id, name));
    await rm(this.#of(id, SEALED_MARKER), { force: true });
  }

  release(directory: string): Promise<void> {
    return this.#layers.hide(directory);
  }

  #of(id: string, name: string): string {
    return this.#directories.of(join(id, name));
  }
}

type Paths = [image: string, sealed: string, marker: string];

async function isEmpty(directory: string): Promise<boolean> {
  for await (const _ of await opendir(directory)) return false;
  return true;
}

const isThere = async (path: string): Promise<boolean> => (await ifThere(lstat(path))) !== undefined;
