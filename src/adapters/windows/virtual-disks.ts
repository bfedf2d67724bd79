/**
 * VHD and VHDX files as disks of this machine.
 *
 * Source: Microsoft, virtdisk.h; go-winio, vhd.
 */
import type { VirtualDisks } from "../../host/platform.ts";
import type { Handle } from "./file-handle.ts";
import { guidBytes } from "./guid.ts";
import { CloseHandle } from "./kernel32-dll.ts";
import { undoing } from "./undo.ts";
import {
  ATTACH_VIRTUAL_DISK_FLAG,
  AttachVirtualDisk,
  CreateVirtualDisk,
  DetachVirtualDisk,
  GetVirtualDiskPhysicalPath,
  OPEN_VIRTUAL_DISK_FLAG,
  OpenVirtualDisk,
  VIRTUAL_STORAGE_TYPE_DEVICE,
  VIRTUAL_STORAGE_TYPE_VENDOR_MICROSOFT,
} from "./virtdisk-dll.ts";
import { pathBuffer, textOf } from "./wide-text.ts";
import { assertWin32 } from "./windows-error.ts";

const { READ_ONLY, NO_DRIVE_LETTER, PERMANENT_LIFETIME } = ATTACH_VIRTUAL_DISK_FLAG;

const NO_GUID = Buffer.alloc(16);

/** Windows tells by the file's name and content. */
const ANY_TYPE = { DeviceId: VIRTUAL_STORAGE_TYPE_DEVICE.UNKNOWN, VendorId: NO_GUID };

const VHDX = {
  DeviceId: VIRTUAL_STORAGE_TYPE_DEVICE.VHDX,
  VendorId: guidBytes(VIRTUAL_STORAGE_TYPE_VENDOR_MICROSOFT),
};

/** Of parameters. */
const VERSION = 2;

/** With parameters of that version, rights are not asked for one by one. */
const NO_ACCESS_MASK = 0;

/** Parents are where they were said to be, not where a disk was moved together with them. */
const OPEN_FLAGS = OPEN_VIRTUAL_DISK_FLAG.CACHED_IO | OPEN_VIRTUAL_DISK_FLAG.IGNORE_RELATIVE_PARENT_LOCATOR;

export interface DiskShape {
  /** Bytes; of a differencing disk its parent's. */
  readonly size?: number;

  /** Bytes. */
  readonly blockSize: number;

  /** What the disk only keeps the differences to. */
  readonly parent?: string;
}

/** Does `work` with a VHDX open that is made at `path`. Whatever comes of that, the disk stays. */
export async function withNewDisk<T>(
  path: string,
  { size = 0, blockSize, parent }: DiskShape,
  work: (disk: Handle) => Promise<T>,
): Promise<T> {
  const parameters = {
    Version: VERSION,
    Version2: {
      UniqueId: NO_GUID, // Windows makes one
      MaximumSize: size,
      BlockSizeInBytes: blockSize,
      SectorSizeInBytes: 0, // as is usual
      PhysicalSectorSizeInBytes: 0,
      ParentPath: parent ?? null,
      SourcePath: null,
      OpenFlags: parent === undefined ? 0 : OPEN_VIRTUAL_DISK_FLAG.CACHED_IO,
      ParentVirtualStorageType: ANY_TYPE,
      SourceVirtualStorageType: ANY_TYPE,
      ResiliencyGuid: NO_GUID,
    },
  };
  const disk: Handle[] = [null];
  const made = await CreateVirtualDisk.onThread(VHDX, path, NO_ACCESS_MASK, null, 0, 0, parameters, null, disk);
  assertWin32(`make disk ${path}`, made);
  return closing(disk[0], work);
}

export async function withDisk<T>(path: string, readOnly: boolean, work: (disk: Handle) => Promise<T>): Promise<T> {
  const parameters = {
    Version: VERSION,
    Version2: { GetInfoOnly: 0, ReadOnly: readOnly ? 1 : 0, ResiliencyGuid: NO_GUID },
  };
  const disk: Handle[] = [null];
  const opened = await OpenVirtualDisk.onThread(ANY_TYPE, path, NO_ACCESS_MASK, OPEN_FLAGS, parameters, disk);
  assertWin32(`open disk ${path}`, opened);
  return closing(disk[0], work);
}

/** Does `work` while an open disk is attached, to be written to and without a drive letter. */
export async function whileAttached(path: string, disk: Handle, work: () => Promise<void>): Promise<void> {
  await undoing(path, async (undo) => {
    await attach(path, disk, NO_DRIVE_LETTER);
    undo.by(() => detach(path, disk));
    await work();
  });
  await detach(path, disk);
}

/** @param flags  of ATTACH_VIRTUAL_DISK_FLAG */
async function attach(path: string, disk: Handle, flags: number): Promise<void> {
  assertWin32(`attach disk ${path}`, await AttachVirtualDisk.onThread(disk, null, flags, 0, null, null));
}

async function detach(path: string, disk: Handle): Promise<void> {
  assertWin32(`detach disk ${path}`, await DetachVirtualDisk.onThread(disk, 0, 0));
}

/** Of an attached disk, such as "\\.\PhysicalDrive2". */
export function physicalPath(path: string, disk: Handle): string {
  const buffer = pathBuffer();
  assertWin32(`physical path of disk ${path}`, GetVirtualDiskPhysicalPath(disk, [buffer.length], buffer));
  return textOf(buffer);
}

async function closing<T>(disk: Handle, work: (disk: Handle) => Promise<T>): Promise<T> {
  try {
    return await work(disk);
  } finally {
    CloseHandle(disk);
  }
}

export const virtualDisks: VirtualDisks = {
  attach(path) {
    return withDisk(path, true, (disk) =>
      undoing(path, async (undo) => {
        await attach(path, disk, READ_ONLY | NO_DRIVE_LETTER | PERMANENT_LIFETIME);
        undo.by(() => detach(path, disk));
        return physicalPath(path, disk);
      }),
    );
  },

  detach(path) {
    return withDisk(path, true, (disk) => detach(path, disk));
  },
};
