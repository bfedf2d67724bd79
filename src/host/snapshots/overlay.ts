/**
 * overlay and fuse-overlayfs: each layer is a directory, and the filesystem of that name stacks them.
 *
 *     <id>/fs    what the snapshot has over its parents; whiteouts as overlayfs has them
 *     <id>/work  overlayfs's own, of active snapshots
 *
 * Source: containerd, plugins/snapshots/overlay; fuse-overlayfs-snapshotter; kernel, Documentation/filesystems/overlayfs.
 */
import { chmod, lchown, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { StoredSnapshot } from "../metadata/view.ts";
import type { Mount } from "../platform.ts";
import type { SnapshotDirectories } from "./directories.ts";
import { diskUsage } from "./disk-usage.ts";
import type { Driver, Request } from "./driver.ts";
import type { Info, Usage } from "./snapshotter.ts";

export interface StackOptions {
  /** Of mounts of more than one directory. */
  readonly type: string;

  /** Options of such mounts, besides the directories. */
  readonly options: (info: Info) => readonly string[];
}

export class OverlayDriver implements Driver {
  readonly #directories: SnapshotDirectories;
  readonly #stack: StackOptions;

  constructor(directories: SnapshotDirectories, stack: StackOptions) {
    this.#directories = directories;
    this.#stack = stack;
  }

  async fill(directory: string, { kind }: Request): Promise<void> {
    await makeDirectory(join(directory, "fs"), 0o755);
    if (kind === "active") await makeDirectory(join(directory, "work"), 0o711);
  }

  /** The root of a snapshot belongs to whom that of its parent belongs to. */
  async adopt(directory: string, { parentIds }: StoredSnapshot): Promise<void> {
    if (parentIds[0] === undefined) return;
    const [own, parents] = [await lstat(join(directory, "fs")), await lstat(this.#layer(parentIds[0]))];
    if (own.uid !== parents.uid || own.gid !== parents.gid) {
      await giveTo(join(directory, "fs"), parents.uid, parents.gid);
    }
  }

  async mounts(snapshot: StoredSnapshot, info: Info): Promise<Mount[]> {
    const { id, kind, parentIds } = snapshot;
    const layers = parentIds.map((parent) => this.#layer(parent));
    if (layers.length === 0) return [bind(this.#layer(id), kind === "active" ? "rw" : "ro")];
    // Overlayfs refuses to stack a single directory.
    if (layers.length === 1 && kind === "view") return [bind(layers[0]!, "ro")];
    const upper =
      kind === "active" ? [`workdir=${this.#directories.of(join(id, "work"))}`, `upperdir=${this.#layer(id)}`] : [];
    const options = [...upper, `lowerdir=${layers.join(":")}`, ...this.#stack.options(info)];
    return [{ type: this.#stack.type, source: "overlay", target: "", options }];
  }

  measure(id: string): Promise<Usage> {
    return diskUsage(this.#layer(id));
  }

  #layer(id: string): string {
    return this.#directories.of(join(id, "fs"));
  }
}

async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  await lchown(path, uid, gid).catch((error) => {
    const { code } = toImageError(path, error);
    const message = `${path}: cannot be given to ${uid}:${gid}, to whom its parent belongs; that takes root`;
    throw new ImageError(code, message, error);
  });
}

export const bind = (source: string, access: "rw" | "ro"): Mount => ({
  type: "bind",
  source,
  target: "",
  options: [access, "rbind"],
});

/** Of `mode` whatever the umask. */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path);
  await chmod(path, mode);
}

/**
 * Whether directories under `home` can be named in the options of a mount.
 *
 * @throws ImageError  InvalidArgument
 */
export function assertStackable(home: string): void {
  const found = /[:,\\]/.exec(home);
  if (found === null) return;
  const character = JSON.stringify(found[0]);
  throw new ImageError(
    ErrorCode.InvalidArgument,
    `${home}: has ${character} in it, which the options of an overlay mount cannot have; choose a root of another name`,
  );
}
