/**
 * Entries of archives in the pax format: a ustar header, and an extended one before it for what that cannot say. The core
 * writes the same bytes of the same file.
 *
 * Source: POSIX.1-2001, pax(1), "ustar Interchange Format", "pax Header Block"; star(5) and libarchive for attributes.
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { printable } from "../image/name.ts";

/** Content follows an entry in whole blocks, and two of zeros end an archive. */
export const BLOCK_SIZE = 512;

export type TarType = keyof typeof LETTERS;

const LETTERS = { file: "0", hardlink: "1", symlink: "2", character: "3", block: "4", directory: "5", fifo: "6" };

export interface TarEntry {
  readonly type: TarType;

  /** From the root, without a slash before it, with one behind that of a directory. */
  readonly name: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;

  /** Bytes of content that follow. */
  readonly size: number;

  /** Nanoseconds since 1970. */
  readonly mtime: bigint;

  /** Of a link. */
  readonly target?: Buffer;

  /** Of a device. */
  readonly major?: number;
  readonly minor?: number;

  readonly xattrs?: readonly Xattr[];
}

export type Xattr = readonly [name: Buffer, value: Uint8Array];

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
export function encodeEntry(entry: TarEntry): Buffer {
  const records = encodeRecords(entry);
  const header = encodeHeader(entry, LETTERS[entry.type]);
  if (records.length === 0) return header;
  if (records.length > MAX_EXTENDED) throw outOfRange(entry, `attributes of ${records.length} bytes`);
  const name = Buffer.concat([Buffer.from("PaxHeaders.0/"), entry.name]);
  const extended = { type: "file", name, mode: 0o644, uid: 0, gid: 0, size: records.length, mtime: 0n } as const;
  return Buffer.concat([encodeHeader(extended, "x"), records, padding(records.length), header]);
}

/** What fills the last block of `size` bytes. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE);
}

function encodeHeader(entry: TarEntry, type: string): Buffer {
  const header = Buffer.alloc(BLOCK_SIZE);
  entry.name.copy(header, NAME[0], 0, NAME[1]);
  putNumber(header, MODE, entry.mode);
  putNumber(header, UID, entry.uid);
  putNumber(header, GID, entry.gid);
  putNumber(header, SIZE, entry.size);
  putNumber(header, MTIME, Math.max(0, Number(secondsOf(entry.mtime))));
  header.write(type, TYPE_AT);
  entry.target?.copy(header, LINK_NAME[0], 0, LINK_NAME[1]);
  header.write("ustar\x0000", MAGIC_AT);
  if (entry.type === "character" || entry.type === "block") {
    const { major = 0, minor = 0 } = entry;
    if (Math.max(major, minor) > limitOf(MAJOR)) throw outOfRange(entry, `device ${major}:${minor}`);
    putNumber(header, MAJOR, major);
    putNumber(header, MINOR, minor);
  }
  header.fill(" ", CHECKSUM[0], CHECKSUM[0] + CHECKSUM[1]);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0`, CHECKSUM[0]);
  return header;
}

/** The greatest that fits, where a record says what it is. */
function putNumber(header: Buffer, field: Field, value: number): void {
  const [at, width] = field;
  header.write(
    Math.min(value, limitOf(field))
      .toString(8)
      .padStart(width - 1, "0"),
    at,
  );
}

const limitOf = ([, width]: Field): number => 8 ** (width - 1) - 1;

function encodeRecords(entry: TarEntry): Buffer {
  const { name, target, size, uid, gid, mtime, xattrs = [] } = entry;
  const records: Buffer[] = [];
  if (name.length > NAME[1]) records.push(record("path", name));
  if (target && target.length > LINK_NAME[1]) records.push(record("linkpath", target));
  if (size > limitOf(SIZE)) records.push(record("size", size));
  if (uid > limitOf(UID)) records.push(record("uid", uid));
  if (gid > limitOf(GID)) records.push(record("gid", gid));
  const seconds = Number(secondsOf(mtime));
  if (mtime % SECOND !== 0n || seconds < 0 || seconds > limitOf(MTIME)) records.push(record("mtime", timeText(mtime)));
  for (const [key, value] of [...xattrs].sort(([a], [b]) => Buffer.compare(a, b)))
    records.push(xattrRecord(key, value));
  return Buffer.concat(records);
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
function xattrRecord(name: Buffer, value: Uint8Array): Buffer {
  if (!name.includes("=")) return record(Buffer.concat([Buffer.from("SCHILY.xattr."), name]), value);
  const escaped = name.toString("latin1").replace(/[^a-z0-9._]/gi, (byte) => `%${hexByte(byte.charCodeAt(0))}`);
  return record(`LIBARCHIVE.xattr.${escaped}`, Buffer.from(value).toString("base64").replace(/=+$/, ""));
}

const hexByte = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, "0");

/** `length key=value\n`, where the length counts its own digits too. */
function record(key: string | Buffer, value: string | number | Uint8Array): Buffer {
  const bytes = typeof value === "number" ? String(value) : value;
  const rest = Buffer.concat([
    Buffer.from(" "),
    Buffer.from(key),
    Buffer.from("="),
    Buffer.from(bytes),
    Buffer.from("\n"),
  ]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function outOfRange({ name }: TarEntry, what: string): ImageError {
  return new ImageError(ErrorCode.OutOfRange, `tar: ${printable(name)}: ${what}: more than an archive holds`);
}
