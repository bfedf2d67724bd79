/** Loop devices: files as disks. Source: loop(4); Linux, include/uapi/linux/loop.h. */
import { constants } from "node:fs";
import { access, type FileHandle, open } from "node:fs/promises";
import { ErrorCode, ImageError, isError, toImageError } from "../../host/errors.ts";
import { fileCalls } from "./file-calls.ts";
import { EBUSY, ENXIO, ioctl, ioctlStruct, LO_FLAGS, LOOP_CONFIGURE, LOOP_CTL_GET_FREE, LOOP_MAJOR } from "./libc.ts";
import { assertOnlyWriter } from "./loop-users.ts";
import type { LoopOptions } from "./mount-options.ts";
import { checked, failure, onThread } from "./system-call.ts";

const CONTROL = "/dev/loop-control";
/** Other processes may take the free device that we were told of. So many times, and something else is wrong. */
const MAX_RACES = 100;

/** `struct loop_config`, and in it, from INFO on, `struct loop_info64`. */
const CONFIG = { SIZE: 304, FD: 0, INFO: 8, OFFSET: 8 + 24, SIZE_LIMIT: 8 + 32, FLAGS: 8 + 52, FILE_NAME: 8 + 56 };
const FILE_NAME_LENGTH = 63;

export interface LoopDevice {
  readonly path: string;

  /** Lets go of the device. It goes with its last user: with the mount, or now if there is none. */
  close(): Promise<void>;
}

/**
 * Makes a device of a file, as long as somebody uses it.
 *
 * @throws ImageError  what the system says of the file; FailedPrecondition: another device writes to it, or this one would
 *                     write to what others read; Unavailable: there are no loop devices here; PermissionDenied
 */
export async function attachLoop(path: string, options: LoopOptions): Promise<LoopDevice> {
  const image = await openAs(path, path, options);
  try {
    await assertIsDisk(image, path);
    await assertOnlyWriter(image, path, options.readOnly);
    const control = await openAs(CONTROL, CONTROL, { readOnly: false });
    try {
      return await configureFree(control, image, path, options);
    } finally {
      await control.close();
    }
  } finally {
    await image.close(); // the device has its own hold of it
  }
}

/** Of anything else the kernel says no more than EINVAL. */
async function assertIsDisk(image: FileHandle, path: string): Promise<void> {
  const stats = await image.stat();
  if (!stats.isFile() && !stats.isBlockDevice())
    throw new ImageError(ErrorCode.InvalidArgument, `${path}: is neither a regular file nor a disk`);
}

async function configureFree(
  control: FileHandle,
  image: FileHandle,
  path: string,
  options: LoopOptions,
): Promise<LoopDevice> {
  const config = encodeConfig(image.fd, path, options);
  for (let race = 0; race < MAX_RACES; race++) {
    const number = checked("free loop device", await onThread(ioctl, control.fd, LOOP_CTL_GET_FREE, 0));
    const device = await openDevice(number, options);
    const result = await onThread(ioctlStruct, device.fd, LOOP_CONFIGURE, config);
    if (result >= 0) return { path: `/dev/loop${number}`, close: () => device.close() };
    await device.close();
    if (result !== -EBUSY) throw failure(`loop device ${number} of ${path}`, result);
  }
  throw new ImageError(
    ErrorCode.FailedPrecondition,
    `loop device of ${path}: others took the free one ${MAX_RACES} times`,
  );
}

async function openDevice(number: number, options: LoopOptions): Promise<FileHandle> {
  const path = `/dev/loop${number}`;
  try {
    await access(path);
  } catch {
    makeDevice(path, number);
  }
  return openAs(path, CONTROL, options);
}

/** Where no devtmpfs is, as in most containers. */
function makeDevice(path: string, number: number): void {
  try {
    fileCalls.makeNode(path, constants.S_IFBLK | 0o660, LOOP_MAJOR, number);
  } catch (error) {
    if (!isError(error, ErrorCode.AlreadyExists)) throw error; // another process was quicker
  }
}

async function openAs(path: string, subject: string, { readOnly }: Pick<LoopOptions, "readOnly">): Promise<FileHandle> {
  try {
    return await open(path, readOnly ? constants.O_RDONLY : constants.O_RDWR);
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (subject !== CONTROL) throw toImageError(path, error);
    if (code === "ENOENT" || errno === -ENXIO) {
      throw new ImageError(ErrorCode.Unavailable, `${path}: there are no loop devices here (modprobe loop)`, error);
    }
    throw failure(path, errno!);
  }
}

function encodeConfig(file: number, path: string, { readOnly, directIo, offset, sizeLimit }: LoopOptions): Buffer {
  const config = Buffer.alloc(CONFIG.SIZE);
  config.writeUInt32LE(file, CONFIG.FD);
  config.writeBigUInt64LE(BigInt(offset), CONFIG.OFFSET);
  config.writeBigUInt64LE(BigInt(sizeLimit), CONFIG.SIZE_LIMIT);
  const flags = LO_FLAGS.AUTOCLEAR | (readOnly ? LO_FLAGS.READ_ONLY : 0) | (directIo ? LO_FLAGS.DIRECT_IO : 0);
  config.writeUInt32LE(flags, CONFIG.FLAGS);
  Buffer.from(path).copy(config, CONFIG.FILE_NAME, 0, FILE_NAME_LENGTH); // what old programs show; the rest is cut off
  return config;
}
