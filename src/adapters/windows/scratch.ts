/**
 * Scratch disks of Windows containers: an empty NTFS, of which each has a copy.
 *
 * Source: containerd, plugins/snapshots/windows/cimfs.go; hcsshim, computestorage/helpers.go, internal/wclayer.
 */
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { win32 } from "node:path";
import { HcsFormatWritableLayerVhd, HcsGetLayerVhdMountPath } from "./computestorage-dll.ts";
import { type Handle, withOpen } from "./file-handle.ts";
import { GENERIC, LocalFree } from "./kernel32-dll.ts";
import { expandSandboxSize } from "./layer-calls.ts";
import { type Undo, undoing } from "./undo.ts";
import { windowsVersion } from "./version.ts";
import { physicalPath, whileAttached, withDisk, withNewDisk } from "./virtual-disks.ts";
import { extendVolume } from "./volume.ts";
import { textAt } from "./wide-text.ts";
import { assertHresult } from "./windows-error.ts";

const SIZE = 10 * 1024 ** 3;
const BLOCK_SIZE = 1024 ** 2;

/** As `WindowsLayers` says. A base that is there is whole, and stays: disks of containers are no more than differences to it. */
export async function makeScratchTemplate(path: string): Promise<void> {
  const base = win32.join(win32.dirname(path), "blank-base.vhdx");
  await undoing(path, async (undo) => {
    if (!existsSync(base)) await makeBase(base, undo);
    await withNewDisk(path, { blockSize: BLOCK_SIZE, parent: base }, async () => {
      undo.by(() => rm(path, { force: true }));
    });
  });
}

/** It has its name when it is formatted. */
async function makeBase(path: string, undo: Undo): Promise<void> {
  const partial = `${path.slice(0, -".vhdx".length)}-partial.vhdx`; // Windows goes by the ending
  await rm(partial, { force: true }); // by who was killed
  await withNewDisk(partial, { size: SIZE, blockSize: BLOCK_SIZE }, async (disk) => {
    undo.by(() => rm(partial, { force: true }));
    await formatDisk(partial, disk, windowsVersion().build);
  });
  await rename(partial, path);
  undo.by(() => rm(path, { force: true }));
}

/** The last build whose computestorage.dll is given an attached disk: Windows Server 2019. */
const WANTS_ATTACHED_DISK = 17763;

/** Makes a partition on a new disk, with an empty NTFS. */
export async function formatDisk(path: string, disk: Handle, build: number): Promise<void> {
  if (build > WANTS_ATTACHED_DISK) return format(path, disk);
  await whileAttached(path, disk, () =>
    withOpen(physicalPath(path, disk), GENERIC.READ | GENERIC.WRITE, (attached) => format(path, attached)),
  );
}

async function format(path: string, handle: Handle): Promise<void> {
  assertHresult(`format disk ${path}`, await HcsFormatWritableLayerVhd.onThread(handle));
}

/** As `WindowsLayers` says. The filesystem too: nobody but PrepareLayer makes it larger later, and CIMs go without that. */
export async function expandScratch(directory: string, size: number): Promise<void> {
  await expandSandboxSize(directory, size);
  const path = win32.join(directory, "sandbox.vhdx");
  await withDisk(path, false, (disk) =>
    whileAttached(path, disk, async () => extendVolume(await volumeOf(path, disk))),
  );
}

async function volumeOf(path: string, disk: Handle): Promise<string> {
  const volume: unknown[] = [null];
  assertHresult(`volume of disk ${path}`, await HcsGetLayerVhdMountPath.onThread(disk, volume));
  try {
    return textAt(volume[0]);
  } finally {
    LocalFree(volume[0]);
  }
}
