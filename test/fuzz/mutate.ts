/** Damages archives in the ways that break readers: the same way for the same numbers. */
import { BLOCK, base256, putChecksum } from "../fixtures/tar-builder.ts";

/** Numbers of [0, 1). */
export type Random = () => number;

/** `tar`, damaged once or a few times. `other` lends it blocks. */
export function mutate(tar: Uint8Array, other: Uint8Array, next: Random): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(tar);
  const times = 1 + Math.floor(next() ** 3 * 6);
  for (let time = 0; time < times; time++) bytes = pick(next, MUTATIONS)(bytes, other, next);
  return bytes;
}

const below = (next: Random, limit: number): number => Math.floor(next() * limit);
const pick = <T>(next: Random, from: readonly T[]): T => from[below(next, from.length)]!;

type Mutation = (bytes: Uint8Array, other: Uint8Array, next: Random) => Uint8Array;

/** Headers are worth more than what stands between them. */
const MUTATIONS: Mutation[] = [
  turnBits,
  setBytes,
  truncate,
  spliceBlocks,
  dropBlocks,
  repeatBlocks,
  setField,
  setField,
  setField,
  setType,
  damageText,
  damageText,
  damageRecord,
  damageRecord,
  damageRecord,
  damageNumber,
];

function turnBits(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  for (let count = 1 + below(next, 4); count > 0; count--) bytes[below(next, bytes.length)]! ^= 1 << below(next, 8);
  return bytes;
}

function setBytes(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  bytes[below(next, bytes.length)] = pick(next, [0, 0x0a, 0x20, 0x2f, 0x30, 0x37, 0x39, 0x3d, 0x7f, 0x80, 0xff]);
  return bytes;
}

function truncate(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  const at = below(next, bytes.length + 1);
  return bytes.slice(0, next() < 0.5 ? at : at - (at % BLOCK));
}

const blocksOf = (bytes: Uint8Array): number => Math.floor(bytes.length / BLOCK);

/** A run of whole blocks. */
function someBlocks(bytes: Uint8Array, next: Random): [from: number, to: number] {
  const from = below(next, blocksOf(bytes) + 1);
  return [from * BLOCK, Math.min(from + 1 + below(next, 4), blocksOf(bytes)) * BLOCK];
}

function spliceBlocks(bytes: Uint8Array, other: Uint8Array, next: Random): Uint8Array {
  const [from, to] = someBlocks(other, next);
  const at = below(next, blocksOf(bytes) + 1) * BLOCK;
  return Buffer.concat([bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at)]);
}

function dropBlocks(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  const [from, to] = someBlocks(bytes, next);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
}

function repeatBlocks(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  const [from, to] = someBlocks(bytes, next);
  return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
}

/** A block that looks like a header, or nothing. */
function someHeader(bytes: Uint8Array, next: Random, types = ""): Uint8Array | undefined {
  const found: number[] = [];
  for (let at = 0; at + BLOCK <= bytes.length; at += BLOCK) {
    const looksLikeOne = bytes[at] !== 0 && bytes[at + 154] === 0 && bytes[at + 155] === 0x20;
    if (looksLikeOne && (types === "" || types.includes(String.fromCharCode(bytes[at + 156]!)))) found.push(at);
  }
  if (found.length === 0) return undefined;
  const at = pick(next, found);
  return bytes.subarray(at, at + BLOCK);
}

/** mode, uid, gid, size, mtime, major, minor, and GNU's atime, ctime, first piece and real size. */
const NUMBERS: [at: number, width: number][] = [
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [124, 12],
  [124, 12],
  [136, 12],
  [329, 8],
  [337, 8],
  [345, 12],
  [357, 12],
  [386, 12],
  [398, 12],
  [410, 12],
  [483, 12],
];

function setField(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  const header = someHeader(bytes, next);
  if (header === undefined) return bytes;
  const [at, width] = pick(next, NUMBERS);
  header.set(extreme(width, next).subarray(0, width), at);
  putChecksum(header, next() < 0.1 ? "signed" : "unsigned");
  return bytes;
}

/** A number as a field may hold it, at one of its ends or beyond. */
function extreme(width: number, next: Random): Uint8Array {
  const octal = (value: string): Buffer => Buffer.from(value.padEnd(width, "\0"));
  switch (below(next, 10)) {
    case 0:
      return octal("7".repeat(width));
    case 1:
      return octal("7".repeat(width - 1));
    case 2:
      return octal(below(next, 2 ** 20).toString(8));
    case 3:
      return octal(" ".repeat(below(next, width)));
    case 4:
      return octal(pick(next, ["8", "-1", "1 1", "1\x001", "0x1", "+1", "1e3", "٣"]));
    case 5:
      return base256(pick(next, [-1n, -2n, -(2n ** 31n), -(2n ** 63n), -62_135_596_800n]), width);
    case 6:
      return base256(2n ** BigInt(below(next, 64)) - BigInt(below(next, 2)), width);
    case 7:
      return new Uint8Array(width).fill(0xff);
    case 8:
      return new Uint8Array(width).fill(0x80);
    default:
      return Uint8Array.from({ length: width }, () => below(next, 256));
  }
}

function setType(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  const header = someHeader(bytes, next);
  if (header === undefined) return bytes;
  header[156] = pick(next, [..."01234567xgLKSDMNVXA\0\xff"]).charCodeAt(0);
  putChecksum(header);
  return bytes;
}

/** Name, link name, magic or prefix. */
function damageText(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  const header = someHeader(bytes, next);
  if (header === undefined) return bytes;
  const [at, width] = pick(next, [
    [0, 100],
    [0, 100],
    [157, 100],
    [257, 8],
    [345, 155],
    [508, 4],
  ] as const);
  const texts = [
    "",
    ".",
    "..",
    "/",
    "a/../..",
    "../../x",
    "a//b/",
    ".wh.",
    ".wh..wh..opq",
    ".wh.a",
    "a\\b",
    "tar\0",
    "ustar\0",
    "lost+found",
  ];
  const text = pick(next, texts);
  const field = header.subarray(at, at + width);
  if (next() < 0.3)
    field.set(Buffer.from(text).subarray(0, width), below(next, width - Math.min(text.length, width) + 1));
  else if (next() < 0.5) field.fill(below(next, 256), below(next, width));
  else field.set(Buffer.from(text.padEnd(width, "\0")).subarray(0, width));
  putChecksum(header);
  return bytes;
}

const KEYS = [
  "size",
  "path",
  "linkpath",
  "mtime",
  "atime",
  "ctime",
  "uid",
  "gid",
  "hdrcharset",
  "SCHILY.xattr.user.a",
  "SCHILY.xattr.",
  "SCHILY.xattr.system.posix_acl_access",
  "SCHILY.acl.access",
  "SCHILY.acl.default",
  "LIBARCHIVE.xattr.user.a%62",
  "LIBARCHIVE.xattr.%",
  "RHT.security.selinux",
  "GNU.sparse.major",
  "GNU.sparse.minor",
  "GNU.sparse.map",
  "GNU.sparse.name",
  "GNU.sparse.size",
  "GNU.sparse.realsize",
  "GNU.sparse.numblocks",
  "GNU.sparse.offset",
  "GNU.sparse.numbytes",
];
const VALUES = [
  "",
  "0",
  "1",
  "-1",
  "1.5",
  ".",
  "-0.5",
  "00000000000001",
  "9223372036854775807",
  "9223372036854775808",
  "99999999999999999999999",
  "1152921504606846976",
  "0,0",
  "0,1,1,1",
  "5,5,0,5",
  "-1,1",
  "1,",
  "a\0b",
  "a=b",
  "\n",
  "..",
  "x".repeat(300),
  "user::rwx,user:1000:r--,group::r-x,mask::r-x,other::r--",
  "user::rwx,group::,other::,mask",
  "QUJD",
  "\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff\x04\0\x05\0\xff\xff\xff\xff \0\x04\0\xff\xff\xff\xff",
];

/** A record of an extended header becomes another, or none. The header's size stays as it was, or follows. */
function damageRecord(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  const header = someHeader(bytes, next, "xgLK");
  if (header === undefined) return bytes;
  const size = Number.parseInt(Buffer.from(header.subarray(124, 135)).toString(), 8);
  const start = header.byteOffset - bytes.byteOffset + BLOCK;
  if (!(size > 0) || start + size > bytes.length) return bytes;
  const body = Buffer.from(bytes.subarray(start, start + size)).toString("latin1");
  const records = body.match(/[^\n]*\n/g) ?? [];
  const key = pick(next, KEYS);
  const value = pick(next, VALUES);
  const text = ` ${key}=${value}\n`;
  const length = text.length + String(text.length + String(text.length).length).length;
  const record = `${pick(next, [length, length, length, length, length + 1, length - 1, 0, -5, 3, 10 ** 9, "", "0x9", `0${length}`])}${text}`;
  const index = below(next, records.length + 1);
  const mended =
    next() < 0.6
      ? [...records.slice(0, index), record, ...records.slice(index + below(next, 2))].join("")
      : turned(body, next);
  const kept = next() < 0.7;
  const room = Math.ceil((kept ? mended.length : size) / BLOCK) * BLOCK;
  const whole = Buffer.alloc(room);
  whole.write(mended.slice(0, room), "latin1");
  if (kept) {
    header.set(Buffer.from(`${mended.length.toString(8).padStart(11, "0")}\0`), 124);
    putChecksum(header);
  }
  const end = start + Math.ceil(size / BLOCK) * BLOCK;
  return Buffer.concat([bytes.subarray(0, start), whole, bytes.subarray(end)]);
}

function turned(text: string, next: Random): string {
  const at = below(next, text.length);
  return (
    text.slice(0, at) + pick(next, ["\0", "\n", "=", " ", "9", "\xff", "-", ","]) + text.slice(at + below(next, 2))
  );
}

/** A digit somewhere becomes another: in a sparse map, a record's length, a name. */
function damageNumber(bytes: Uint8Array, _: Uint8Array, next: Random): Uint8Array {
  const digits: number[] = [];
  bytes.forEach((byte, at) => {
    if (byte >= 0x30 && byte <= 0x39 && at % BLOCK < 100) digits.push(at);
  });
  if (digits.length > 0) bytes[pick(next, digits)] = 0x30 + below(next, 10);
  return bytes;
}
