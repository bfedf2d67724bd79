/** Opens a snapshotter by its name. */
import { resolve } from "node:path";
import { fileCallsOf } from "../diff/ext4-layer.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { MetadataStore } from "../metadata/store.ts";
import { mounterOf } from "../mounter.ts";
import type { Platform } from "../platform.ts";
import type { WindowsLayers } from "../windows.ts";
import { CimFsDriver, type CimFsOptions } from "./cimfs.ts";
import { SnapshotDirectories } from "./directories.ts";
import type { Driver } from "./driver.ts";
import { Ext4Driver, type Ext4Options, UNIQUE_INODES } from "./ext4.ts";
import { assertMountsImages } from "./ext4-check.ts";
import { fuseOverlayFs } from "./fuse-overlayfs.ts";
import { LayerMounts } from "./layer-mounts.ts";
import { type CopyScratch, LcowDriver } from "./lcow.ts";
import { assertStacks } from "./mount-check.ts";
import { assertStackable, OverlayDriver } from "./overlay.ts";
import { copyScratch } from "./scratch.ts";
import type { Snapshotter } from "./snapshotter.ts";
import { StoredSnapshotter, type StoredSnapshotterOptions } from "./stored-snapshotter.ts";

export interface OpenSnapshotterOptions extends StoredSnapshotterOptions, CimFsOptions, Ext4Options {
  /** Leaves out the attempt to mount, which takes the right to: whoever mounts what `prepare` returns may be another. */
  readonly unchecked?: boolean;

  /** Of lcow. Default: disks of our own making. */
  readonly copyScratch?: CopyScratch;
}

interface Kind {
  /** Whether this machine and the root, which is there, will do. @throws ImageError  and what to do about it */
  check(directories: SnapshotDirectories, platform: Platform): Promise<void>;

  drive(context: Context): Promise<Driver>;
}

interface Context {
  readonly directories: SnapshotDirectories;
  readonly store: MetadataStore;
  readonly platform: Platform;
  readonly options: OpenSnapshotterOptions;
}

const KINDS = {
  "fuse-overlayfs": {
    check: (directories, platform) => assertOverlays(directories, fuseOverlayFs.type, [], platform),
    drive: async ({ directories }) => new OverlayDriver(directories, fuseOverlayFs),
  },
  overlay: {
    check: async (directories, platform) => {
      await assertOverlays(directories, "overlay", await overlayOptions(platform), platform);
    },
    drive: async ({ directories, platform }) => {
      const options = await overlayOptions(platform);
      return new OverlayDriver(directories, { type: "overlay", options: () => options });
    },
  },
  ext4: {
    check: async (directories, platform) => {
      await assertOverlays(directories, "overlay", [UNIQUE_INODES, ...(await overlayOptions(platform))], platform);
      await assertMountsImages(directories.home, await mounterOf(platform, "ext4"));
    },
    drive: async ({ directories, platform, options }) => {
      const layers = new LayerMounts(await mounterOf(platform, "ext4"));
      const calls = await fileCallsOf(platform);
      return new Ext4Driver({ directories, layers, calls, overlayOptions: await overlayOptions(platform) }, options);
    },
  },
  lcow: {
    check: assertNtfs,
    drive: async ({ directories, store, options }) =>
      new LcowDriver(directories, store, options.copyScratch ?? copyScratch),
  },
  cimfs: {
    check: async (directories, platform) => {
      await assertNtfs(directories, platform);
      await (await windowsLayers(platform)).assertCimFs();
    },
    drive: async ({ directories, platform, options }) => {
      const driver = new CimFsDriver(directories, await windowsLayers(platform), options);
      if (!options.readOnly) await driver.start();
      return driver;
    },
  },
} satisfies Record<string, Kind>;

export type SnapshotterName = keyof typeof KINDS;

export const SNAPSHOTTER_NAMES = Object.keys(KINDS) as SnapshotterName[];

/**
 * Opens the snapshotter that keeps its snapshots in `root`, which is made where it is not. What a crash has left there is
 * removed.
 *
 * @throws ImageError  InvalidArgument: `root` or its filesystem will not do; Unavailable, PermissionDenied: this machine or
 *                     user cannot mount what it makes; FailedPrecondition: another process owns `root`; Corrupt
 */
export async function openSnapshotter(
  name: SnapshotterName,
  root: string,
  platform: Platform,
  options: OpenSnapshotterOptions = {},
): Promise<Snapshotter> {
  const kind = kindOf(name);
  const { readOnly = false } = options;
  const directories = new SnapshotDirectories(resolve(root));
  if (!readOnly) await makeRoot(directories, platform);
  const { openMetadata } = await import("../metadata/store.ts"); // who only converts need not wait for it
  const store = await openMetadata(directories.root, { readOnly, lockFile: await platform.lockFile?.() });
  try {
    if (!readOnly && !options.unchecked) await kind.check(directories, platform);
    const driver = await kind.drive({ directories, store, platform, options });
    const snapshotter = new StoredSnapshotter(store, directories, driver, options);
    if (!readOnly) await snapshotter.cleanup();
    return snapshotter;
  } catch (error) {
    await store.close();
    throw toImageError(root, error);
  }
}

function kindOf(name: string): Kind {
  if (Object.hasOwn(KINDS, name)) return KINDS[name as SnapshotterName];
  throw new ImageError(
    ErrorCode.InvalidArgument,
    `snapshotter ${JSON.stringify(name)}: is none of ${SNAPSHOTTER_NAMES.join(", ")}`,
  );
}

async function makeRoot(directories: SnapshotDirectories, platform: Platform): Promise<void> {
  try {
    await platform.makePrivateDirectory?.(directories.home);
    await directories.create();
  } catch (error) {
    const { code, message } = toImageError(directories.root, error);
    const remedy = code === ErrorCode.PermissionDenied ? "; run as root, or choose a root of your own" : "";
    throw new ImageError(code, `${message}${remedy}`, error);
  }
}

const overlayOptions = async (platform: Platform): Promise<readonly string[]> =>
  (await platform.overlayOptions?.()) ?? [];

async function assertOverlays(
  { home }: SnapshotDirectories,
  type: string,
  options: readonly string[],
  platform: Platform,
): Promise<void> {
  if ((await platform.windowsLayers?.()) !== undefined) {
    throw new ImageError(ErrorCode.Unavailable, `${type}: is of Linux; the snapshotters for Windows are lcow, cimfs`);
  }
  assertStackable(home);
  await assertStacks(home, type, options, platform);
}

async function assertNtfs({ root }: SnapshotDirectories, platform: Platform): Promise<void> {
  const filesystem = await (await windowsLayers(platform)).filesystemName(root);
  if (filesystem.toUpperCase() === "NTFS") return;
  throw new ImageError(ErrorCode.InvalidArgument, `${root}: is on ${filesystem}; choose a root on an NTFS volume`);
}

async function windowsLayers(platform: Platform): Promise<WindowsLayers> {
  const windows = await platform.windowsLayers?.();
  if (windows !== undefined) return windows;
  throw new ImageError(ErrorCode.Unavailable, "snapshotter: needs Windows, and the package koffi (npm install koffi)");
}
