/**
 * lcow: Linux containers on Windows. Layers are ext4 images, `<id>/layer.vhd`, which a utility machine stacks; a container
 * writes into a scratch disk of its own, `<id>/sandbox.vhdx`.
 *
 * Source: containerd, plugins/snapshots/lcow; hcsshim.
 */
import { existsSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { MetadataStore } from "../metadata/store.ts";
import type { StoredSnapshot } from "../metadata/view.ts";
import type { Mount } from "../platform.ts";
import type { SnapshotDirectories } from "./directories.ts";
import { diskUsage } from "./disk-usage.ts";
import type { Driver, Request } from "./driver.ts";
import { isForUnpacking, OWNER_KEY, REUSE_SCRATCH, SCRATCH_GIB, SCRATCH_LOCATION, sizeLabel } from "./labels.ts";
import type { copyScratch } from "./scratch.ts";
import type { Usage } from "./snapshotter.ts";

/** As ours, or another's way to the same. */
export type CopyScratch = typeof copyScratch;

/** 64 TiB: the largest VHDX. */
const MAX_SCRATCH_GIB = 64 * 1024;

const SCRATCH = "sandbox.vhdx";

export class LcowDriver implements Driver {
  readonly #directories: SnapshotDirectories;
  readonly #store: MetadataStore;
  readonly #copyScratch: CopyScratch;

  constructor(directories: SnapshotDirectories, store: MetadataStore, copyScratch: CopyScratch) {
    this.#directories = directories;
    this.#store = store;
    this.#copyScratch = copyScratch;
  }

  async fill(directory: string, { kind, key, labels }: Request): Promise<void> {
    if (kind === "view" || isForUnpacking(key)) return;
    const scratch = join(directory, SCRATCH);
    const owner = labels.get(REUSE_SCRATCH) === "true" ? labels.get(OWNER_KEY) : undefined;
    if (owner) return link(await this.#scratchOf(owner), scratch);
    const sizeGib = sizeLabel(labels, SCRATCH_GIB, MAX_SCRATCH_GIB);
    const location = labels.get(SCRATCH_LOCATION);
    await this.#copyScratch(this.#directories.root, sizeGib, scratch, location ? { directory: location } : {});
  }

  /** Through containerd the owner's key comes with its namespace and a number before it. The last that matches counts. */
  async #scratchOf(owner: string): Promise<string> {
    let key: string | undefined;
    for await (const { name, kind } of this.#store.walk()) if (kind === "active" && name.includes(owner)) key = name;
    if (key === undefined) throw notOwner(owner, "is no active snapshot");
    const { id } = await this.#store.read((view) => view.info(key));
    const scratch = this.#directories.of(join(id, SCRATCH));
    if (!existsSync(scratch)) throw notOwner(owner, `has no ${SCRATCH}`);
    return scratch;
  }

  /** A view of one image is that image: only its parents go into the option. */
  async mounts({ id, kind, parentIds }: StoredSnapshot): Promise<Mount[]> {
    const ids = kind === "view" && parentIds.length > 0 ? parentIds : [id, ...parentIds];
    const [source, ...parents] = ids.map((each) => this.#directories.of(each)) as [string, ...string[]];
    const paths = JSON.stringify(parents.length === 0 ? null : parents); // as Go writes no list
    const options = [kind === "view" ? "ro" : "rw", `parentLayerPaths=${paths}`];
    return [{ type: "lcow-layer", source, target: "", options }];
  }

  measure(id: string): Promise<Usage> {
    return diskUsage(this.#directories.of(id));
  }
}

/** On Windows that takes a right, which administrators have, and others in developer mode. */
async function link(scratch: string, path: string): Promise<void> {
  await symlink(scratch, path, "file").catch((error) => {
    const { code, message } = toImageError(`label ${REUSE_SCRATCH}`, error);
    const remedy =
      code === ErrorCode.PermissionDenied ? "; symbolic links take a right here: run as administrator" : "";
    throw new ImageError(code, `${message}${remedy}`, error);
  });
}

const notOwner = (owner: string, why: string): ImageError =>
  new ImageError(ErrorCode.FailedPrecondition, `label ${OWNER_KEY}: ${JSON.stringify(owner)} ${why}`);
