/** Extended attributes and special files. */
import { ErrorCode, ImageError } from "../../host/errors.ts";
import type { FileCalls } from "../../host/platform.ts";
import { declareMknod, ENODATA, EOPNOTSUPP, lgetxattr, llistxattr, lsetxattr } from "./libc.ts";
import { atOnce, failure } from "./system-call.ts";

/** The largest value, and the longest list of names, that Linux has. Source: linux/limits.h. */
const XATTR_MAX = 65_536;
/** One for all calls, as none of them waits: a size asked for first may be another when the value is read. */
const room = Buffer.alloc(XATTR_MAX);

export const fileCalls: FileCalls = {
  listXattrs(path) {
    const length = atOnce(llistxattr, terminated(path), room, room.length);
    if (length === -EOPNOTSUPP) return undefined;
    return splitNames(room.subarray(0, allowed(`list attributes of ${path}`, length)));
  },

  getXattr(path, name) {
    const length = atOnce(lgetxattr, terminated(path), terminated(name), room, room.length);
    if (length === -ENODATA || length === -EOPNOTSUPP) return undefined;
    return Buffer.from(room.subarray(0, allowed(`attribute ${name} of ${path}`, length)));
  },

  setXattr(path, name, value) {
    const result = atOnce(lsetxattr, terminated(path), terminated(name), value, value.length, 0);
    allowed(`set attribute ${name} of ${path}`, result);
  },

  pathIn: (directory, name) => Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]),

  makeNode(path, mode, major, minor) {
    const result = atOnce(mknod(), terminated(path), mode, deviceNumber(major, minor));
    if (result < 0) throw failure(`make node ${path}`, result, undefined, "needs root (CAP_MKNOD)");
  },
};

function allowed(subject: string, result: number): number {
  if (result < 0) throw failure(subject, result, undefined, "needs root, or no file of this type may have it");
  return result;
}

let declared: ReturnType<typeof declareMknod> | undefined;

function mknod(): ReturnType<typeof declareMknod> {
  try {
    declared ??= declareMknod();
    return declared;
  } catch (error) {
    throw new ImageError(ErrorCode.Unavailable, "make node: needs glibc 2.33 or newer, or musl", error);
  }
}

/** makedev(3) */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

function splitNames(list: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let at = 0; at < list.length; ) {
    const end = list.indexOf(0, at);
    names.push(Buffer.from(list.subarray(at, end)));
    at = end + 1;
  }
  return names;
}

/** @throws ImageError  InvalidArgument: a NUL in it, where the kernel would see another, shorter name */
function terminated(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string);
  if (bytes.includes(0)) throw new ImageError(ErrorCode.InvalidArgument, `${bytes}: has a zero byte in its name`);
  return Buffer.concat([bytes, Buffer.of(0)]);
}
