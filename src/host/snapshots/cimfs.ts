/**
 * cimfs: Windows containers whose layers are composite images. That of snapshot `<id>` is `cim-layers/<id>.cim`, all in one
 * directory, as one may refer to the regions of another; a container writes into a scratch disk of its own,
 * `<id>/sandbox.vhdx`.
 *
 * Source: containerd, plugins/snapshots/windows; hcsshim.
 */
import { existsSync } from "node:fs";
import { constants, copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CimDirectory } from "../cim/cim-directory.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { StoredSnapshot } from "../metadata/view.ts";
import type { Mount } from "../platform.ts";
import type { WindowsLayers } from "../windows.ts";
import { cimSize, removeCim } from "./cim-files.ts";
import type { SnapshotDirectories } from "./directories.ts";
import { diskUsage } from "./disk-usage.ts";
import type { Driver, Request } from "./driver.ts";
import { isForUnpacking, MACHINE_SCRATCH, SCRATCH_BYTES, SCRATCH_GIB, sizeLabel } from "./labels.ts";
import type { Labels, Usage } from "./snapshotter.ts";

/** Under `snapshots`, beside the directories of snapshots. */
const CIMS = "cim-layers";

const SCRATCH = "sandbox.vhdx";
const TEMPLATE_BASE = "blank-base.vhdx";
const TEMPLATE = "blank.vhdx";

const GIB = 2 ** 30;

/** 64 TiB: the largest VHDX. */
const MAX_SCRATCH_SIZE = 64 * 1024 * GIB;

export interface CimFsOptions {
  /**
   * What a mount says of CIMs: "explicit" (the default, containerd 2) names the snapshot's own and its parents', "implied" only
   * directories, from whose names the CIMs' follow.
   */
  readonly cimPaths?: "explicit" | "implied";
}

export class CimFsDriver implements Driver {
  /** containerd's garbage collection ends at any other error, and leaves the rest. */
  readonly removeFailsWith = ErrorCode.FailedPrecondition;

  readonly #directories: SnapshotDirectories;
  readonly #windows: WindowsLayers;
  readonly #namesCims: boolean;

  constructor(directories: SnapshotDirectories, windows: WindowsLayers, options: CimFsOptions = {}) {
    this.#directories = directories;
    this.#windows = windows;
    this.#namesCims = options.cimPaths !== "implied";
  }

  /** Makes what all snapshots share, and removes what was left by who was killed while it made a layer. */
  async start(): Promise<void> {
    await mkdir(this.#directories.of(CIMS), { recursive: true, mode: 0o755 });
    const cims = new CimDirectory(this.#directories.of(CIMS));
    await cims.locked(() => cims.removeAbandoned());
    const disks = [TEMPLATE_BASE, TEMPLATE].map((name) => join(this.#directories.root, name)) as [string, string];
    // The disks of containers are differences to the base: if it is there, it stays. Without it the other is of no use.
    const missing = existsSync(disks[0]) ? disks.slice(1).filter((disk) => !existsSync(disk)) : disks;
    try {
      if (missing.length > 0) {
        await removeFiles(missing);
        await this.#windows.makeScratchTemplate(disks[1]);
      }
      // At each start: whoever made them may have been killed before.
      for (const disk of disks) await this.#windows.grantVirtualMachineGroupAccess(disk);
    } catch (error) {
      await removeFiles(missing);
      throw error;
    }
  }

  async fill(_directory: string, { key, parent, labels }: Request): Promise<void> {
    if (isForUnpacking(key)) return;
    scratchSize(labels); // what is wrong with it is said before anything is made
    if (parent !== "") return;
    throw new ImageError(ErrorCode.Unsupported, `${key}: has no parent, and a Windows container runs on a layer`);
  }

  /** A view, too, is run on a scratch disk. */
  async adopt(directory: string, { parentIds }: StoredSnapshot, { key, labels }: Request): Promise<void> {
    if (isForUnpacking(key)) return;
    if (labels.has(MACHINE_SCRATCH)) await this.#addMachineScratch(directory, parentIds.at(-1)!);
    await copy(join(this.#directories.root, TEMPLATE), join(directory, SCRATCH));
    const size = scratchSize(labels);
    if (size !== undefined) await this.#windows.expandScratch(directory, size);
  }

  async #addMachineScratch(directory: string, base: string): Promise<void> {
    await mkdir(join(directory, "vm"));
    const template = this.#directories.of(join(base, "UtilityVM", "SystemTemplate.vhdx"));
    await copy(template, join(directory, "vm", SCRATCH));
  }

  async mounts({ id, kind, parentIds }: StoredSnapshot): Promise<Mount[]> {
    const options: string[] = [kind === "view" ? "ro" : "rw"];
    if (this.#namesCims) options.push(`cimpath=${this.#cim(id)}`);
    if (parentIds.length > 0) {
      options.push(`parentLayerPaths=${JSON.stringify(parentIds.map((each) => this.#directories.of(each)))}`);
      if (this.#namesCims) options.push(`parentCimPaths=${JSON.stringify(parentIds.map((each) => this.#cim(each)))}`);
    }
    return [{ type: "CimFS", source: this.#directories.of(id), target: "", options }];
  }

  measure(id: string): Promise<Usage> {
    return diskUsage(this.#directories.of(id));
  }

  async committedUsage(id: string, { inodes, size }: Usage): Promise<Usage> {
    return { inodes, size: size + (await cimSize(this.#cim(id))) };
  }

  async seal(id: string, key: string): Promise<Usage> {
    if (isForUnpacking(key)) return this.measure(id);
    throw new ImageError(
      ErrorCode.Unsupported,
      `${key}: what a container wrote cannot become a CIM; only layers that are unpacked can be committed`,
    );
  }

  unlock(directory: string): Promise<void> {
    return this.#windows.deactivateLayer(directory);
  }

  destroy(directory: string): Promise<void> {
    return this.#windows.destroyLayer(directory);
  }

  forget(id: string): Promise<void> {
    return removeCim(this.#cim(id));
  }

  async sweep(ids: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#directories.of(CIMS))) {
      const id = /^(\d+)\.cim$/.exec(name)?.[1];
      if (id !== undefined && !ids.has(id)) await removeCim(this.#cim(id));
    }
  }

  #cim(id: string): string {
    return this.#directories.of(join(CIMS, `${id}.cim`));
  }
}

/** Bytes. The label in bytes wins over the one in GiB. */
function scratchSize(labels: Labels): number | undefined {
  if (labels.has(SCRATCH_BYTES)) return sizeLabel(labels, SCRATCH_BYTES, MAX_SCRATCH_SIZE);
  const gibibytes = sizeLabel(labels, SCRATCH_GIB, MAX_SCRATCH_SIZE / GIB);
  return gibibytes === undefined ? undefined : gibibytes * GIB;
}

/** Without copying where the filesystem can share blocks. */
async function copy(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch((error) => {
    throw toImageError(source, error);
  });
}

async function removeFiles(paths: string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}
