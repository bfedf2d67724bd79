/**
 * Entries of archives in the pax format: a ustar header, and an extended one before it for what that cannot say. The core
 * writes the same bytes of the same file.
 *
 * Source: POSIX.1-2001, pax(1), "ustar Interchange Format", "pax Header Block"; star(5) and libarchive for attributes.
 */
import { compareBytes, concatBytes, latin1Of, utf8Of } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { printable } from "../image/name.ts";

/** Content follows an entry in whole blocks, and two of zeros end an archive. */
export const BLOCK_SIZE = 512;

export type TarType = keyof typeof LETTERS;

const LETTERS = { file: "0", hardlink: "1", symlink: "2", character: "3", block: "4", directory: "5", fifo: "6" };

export interface TarEntry {
  readonly type: TarType;

  /** From the root, without a slash before it, with one behind that of a directory. */
  readonly name: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;

  /** Bytes of content that follow. */
  readonly size: number;

  /** Nanoseconds since 1970. */
  readonly mtime: bigint;

  /** Of a link. */
  readonly target?: Uint8Array;

  /** Of a device. */
  readonly major?: number;
  readonly minor?: number;

  readonly xattrs?: readonly Xattr[];
}

export type Xattr = readonly [name: Uint8Array, value: Uint8Array];

/** Where a field begins in a header, and how wide it is. */
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const UID = [108, 8] as const;
const GID = [116, 8] as const;
const SIZE = [124, 12] as const;
const MTIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE_AT = 156;
const LINK_NAME = [157, 100] as const;
const MAGIC_AT = 257;
const MAJOR = [329, 8] as const;
const MINOR = [337, 8] as const;

type Field = readonly [at: number, width: number];

const SECOND = 1_000_000_000n;

/** Bytes of an extended header that readers take. */
const MAX_EXTENDED = 1024 ** 2;

/**
 * The headers of `entry`, which its content follows.
 *
 * @throws ImageError  OutOfRange: its attributes are more than readers take, or a device number more than a header holds
 */
export function encodeEntry(entry: TarEntry): Uint8Array {
  const records = encodeRecords(entry);
  const header = encodeHeader(entry, LETTERS[entry.type]);
  if (records.length === 0) return header;
  if (records.length > MAX_EXTENDED) throw outOfRange(entry, `attributes of ${records.length} bytes`);
  const name = concatBytes([utf8Of("PaxHeaders.0/"), entry.name]);
  const extended = { type: "file", name, mode: 0o644, uid: 0, gid: 0, size: records.length, mtime: 0n } as const;
  return concatBytes([encodeHeader(extended, "x"), records, padding(records.length), header]);
}

/** What fills the last block of `size` bytes. */
export function padding(size: number): Uint8Array {
  return new Uint8Array((BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE);
}

function encodeHeader(entry: TarEntry, type: string): Uint8Array {
  const header = new Uint8Array(BLOCK_SIZE);
  header.set(entry.name.subarray(0, NAME[1]), NAME[0]);
  putNumber(header, MODE, entry.mode);
  putNumber(header, UID, entry.uid);
  putNumber(header, GID, entry.gid);
  putNumber(header, SIZE, entry.size);
  putNumber(header, MTIME, Math.max(0, Number(secondsOf(entry.mtime))));
  putText(header, TYPE_AT, type);
  if (entry.target) header.set(entry.target.subarray(0, LINK_NAME[1]), LINK_NAME[0]);
  putText(header, MAGIC_AT, "ustar\x0000");
  if (entry.type === "character" || entry.type === "block") {
    const { major = 0, minor = 0 } = entry;
    if (Math.max(major, minor) > limitOf(MAJOR)) throw outOfRange(entry, `device ${major}:${minor}`);
    putNumber(header, MAJOR, major);
    putNumber(header, MINOR, minor);
  }
  putText(header, CHECKSUM[0], " ".repeat(CHECKSUM[1]));
  let sum = 0;
  for (const byte of header) sum += byte;
  putText(header, CHECKSUM[0], `${sum.toString(8).padStart(6, "0")}\0`);
  return header;
}

/** The greatest that fits, where a record says what it is. */
function putNumber(header: Uint8Array, field: Field, value: number): void {
  const [at, width] = field;
  const digits = Math.min(value, limitOf(field)).toString(8);
  putText(header, at, digits.padStart(width - 1, "0"));
}

/** @param text  of ASCII */
function putText(header: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) header[at + index] = text.charCodeAt(index);
}

const limitOf = ([, width]: Field): number => 8 ** (width - 1) - 1;

function encodeRecords(entry: TarEntry): Uint8Array {
  const { name, target, size, uid, gid, mtime, xattrs = [] } = entry;
  const records: Uint8Array[] = [];
  if (name.length > NAME[1]) records.push(record("path", name));
  if (target && target.length > LINK_NAME[1]) records.push(record("linkpath", target));
  if (size > limitOf(SIZE)) records.push(record("size", size));
  if (uid > limitOf(UID)) records.push(record("uid", uid));
  if (gid > limitOf(GID)) records.push(record("gid", gid));
  const seconds = Number(secondsOf(mtime));
  if (mtime % SECOND !== 0n || seconds < 0 || seconds > limitOf(MTIME)) records.push(record("mtime", timeText(mtime)));
  for (const [key, value] of [...xattrs].sort(([a], [b]) => compareBytes(a, b))) records.push(xattrRecord(key, value));
  return concatBytes(records);
}

/** Rounded down, also before 1970. */
const secondsOf = (time: bigint): bigint => (time - (((time % SECOND) + SECOND) % SECOND)) / SECOND;

/** Seconds, with as many digits of a fraction as it needs. */
function timeText(time: bigint): string {
  const distance = time < 0n ? -time : time;
  const fraction = String(distance % SECOND)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${time < 0n ? "-" : ""}${distance / SECOND}${fraction && `.${fraction}`}`;
}

/** A name that holds `=` would end the key there: it is written as libarchive has it, with escapes, the value in base64. */
function xattrRecord(name: Uint8Array, value: Uint8Array): Uint8Array {
  if (!name.includes(EQUALS)) return record(concatBytes([utf8Of("SCHILY.xattr."), name]), value);
  const escaped = latin1Of(name).replace(/[^a-z0-9._]/gi, (byte) => `%${hexByte(byte.charCodeAt(0))}`);
  return record(`LIBARCHIVE.xattr.${escaped}`, btoa(latin1Of(value)).replace(/=+$/, ""));
}

const EQUALS = 0x3d;
const hexByte = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, "0");

/** `length key=value\n`, where the length counts its own digits too. */
function record(key: string | Uint8Array, value: string | number | Uint8Array): Uint8Array {
  const rest = concatBytes([utf8Of(" "), bytesOf(key), utf8Of("="), bytesOf(value), utf8Of("\n")]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return concatBytes([utf8Of(String(length)), rest]);
}

const bytesOf = (value: string | number | Uint8Array): Uint8Array =>
  value instanceof Uint8Array ? value : utf8Of(String(value));

function outOfRange({ name }: TarEntry, what: string): ImageError {
  return new ImageError(ErrorCode.OutOfRange, `tar: ${printable(name)}: ${what}: more than an archive holds`);
}
