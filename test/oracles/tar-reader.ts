/**
 * Reads a tar into entries: what a layer says, by a reader of the tests' own.
 *
 * Understands what our fixtures and GNU tar write, and throws on the rest. Shares no code with the core.
 */
import { type ByteString, entry, type LayerEntry, type LayerKind, toByteString } from "../fixtures/layer.ts";
import { BLOCK, type Sparse } from "../fixtures/tar-builder.ts";

const KINDS: Record<string, LayerKind> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "dir",
  "6": "fifo",
  "7": "file",
  S: "file",
};

/** What types of entries are besides, by other rules than Go's: no files, most of them. */
const POSIX_KINDS: Record<string, LayerKind | "none"> = { ...KINDS, D: "dir", V: "none", M: "none", N: "none" };

/**
 * @param rules  "go": as Go's archive/tar, and so hcsshim; "posix": global records are defaults, other types are not files,
 *               extended attributes come in all forms
 */
export function readTar(tar: Uint8Array, rules: "go" | "posix" = "go"): LayerEntry[] {
  const entries: LayerEntry[] = [];
  const defaults = new Map<string, ByteString>();
  let records = new Map<string, ByteString>();
  let places: ByteString[] = []; // the map of PAX 0.0, whose keys repeat
  let longName: ByteString | undefined;
  let longLink: ByteString | undefined;
  let at = 0;

  const take = (length: number): Uint8Array => {
    if (at + length > tar.length) throw new Error(`tar reader: ends ${at + length - tar.length} bytes too early`);
    const bytes = tar.subarray(at, at + length);
    at += Math.ceil(length / BLOCK) * BLOCK;
    return bytes;
  };

  while (at < tar.length) {
    const block = take(BLOCK);
    if (block.every((byte) => byte === 0)) break;
    checkSum(block, at - BLOCK);
    const type = String.fromCharCode(block[156]!);
    if (type === "x" || type === "g") {
      const body = parsePax(take(number(block, 124, 12)));
      if (type === "g") {
        // hcsshim makes a file of it; it says nothing of other entries there
        for (const [key, value] of body) if (rules === "posix" && DEFAULTS.includes(key)) defaults.set(key, value);
        continue;
      }
      // Nothing stands for "as the header says", but an xattr may well be empty.
      records = new Map(body.filter(([key, value]) => value !== "" || /^(SCHILY|LIBARCHIVE)\.xattr\./.test(key)));
      places = body.filter(([key]) => /^GNU\.sparse\.(offset|numbytes)$/.test(key)).map(([, value]) => value);
      continue;
    }
    if (type === "L" || type === "K") {
      const text = cString(take(number(block, 124, 12)));
      if (type === "L") longName = text;
      else longLink = text;
      continue;
    }

    const kind = rules === "go" ? KINDS[type] : (POSIX_KINDS[type] ?? "file");
    if (kind === "none") {
      take(number(block, 124, 12));
      continue;
    }
    for (const [key, value] of defaults) if (!records.has(key)) records.set(key, value);
    if (kind === undefined) throw new Error(`tar reader: type ${type} at ${at - BLOCK}`);
    const magic = toByteString(block.subarray(257, 265));
    const prefix = magic === "ustar\x0000" ? cString(block.subarray(345, 500)) : "";
    const short = cString(block.subarray(0, 100));
    const path =
      records.get("GNU.sparse.name") ??
      longName ??
      records.get("path") ??
      (prefix === "" ? short : `${prefix}/${short}`);
    const size = records.has("size") ? Number(records.get("size")) : number(block, 124, 12);
    const slashed = path.endsWith("/") && (type === "\0" || (type === "0" && rules === "posix"));
    const item = entry(slashed ? "dir" : kind, path, {
      mode: number(block, 100, 8) & 0o7777,
      uid: Number(records.get("uid") ?? number(block, 108, 8)),
      gid: Number(records.get("gid") ?? number(block, 116, 8)),
      mtime: time(records.get("mtime")) ?? BigInt(number(block, 136, 12)) * 1_000_000_000n,
      target: longLink ?? records.get("linkpath") ?? cString(block.subarray(157, 257)),
      xattrs: [...(rules === "posix" ? otherXattrs(records) : []), ...schilyXattrs(records)],
    });
    const atime = time(records.get("atime"));
    const ctime = time(records.get("ctime"));
    if (atime !== undefined) item.atime = atime;
    if (ctime !== undefined) item.ctime = ctime;
    if (magic === "ustar  \0" && block[345] !== 0) item.atime ??= BigInt(number(block, 345, 12)) * 1_000_000_000n;
    if (magic === "ustar  \0" && block[357] !== 0) item.ctime ??= BigInt(number(block, 357, 12)) * 1_000_000_000n;
    if (kind === "char" || kind === "block") {
      item.major = number(block, 329, 8);
      item.minor = number(block, 337, 8);
    }
    if (kind === "file") item.data = readData(type, block, records, places, size, take);
    entries.push(item);
    records = new Map();
    places = [];
    longName = longLink = undefined;
  }
  return entries;
}

/** What global records say of all that follows. */
const DEFAULTS = ["mtime", "atime", "ctime", "uid", "gid"];

type Xattrs = LayerEntry["xattrs"];

function schilyXattrs(records: Map<string, ByteString>): Xattrs {
  return [...records]
    .filter(([key]) => key.startsWith("SCHILY.xattr."))
    .map(([key, value]) => [key.slice("SCHILY.xattr.".length), Buffer.from(value, "latin1")]);
}

/** Those in other forms than Go knows; the later counts, and all of them less than the plain form. */
function otherXattrs(records: Map<string, ByteString>): Xattrs {
  const found: Xattrs = [];
  const context = records.get("RHT.security.selinux");
  if (context !== undefined) found.push(["security.selinux", Buffer.from(`${context.replace(/\0$/, "")}\0`, "latin1")]);
  for (const kind of ["access", "default"]) {
    const text = records.get(`SCHILY.acl.${kind}`);
    if (text !== undefined) found.push([`system.posix_acl_${kind}`, aclOf(text)]);
  }
  for (const [key, value] of records) {
    if (!key.startsWith("LIBARCHIVE.xattr.")) continue;
    const name = key
      .slice("LIBARCHIVE.xattr.".length)
      .replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    found.push([name, Buffer.from(value, "base64")]);
  }
  return found;
}

const ACL_TAGS: Record<string, [plain: number, named: number]> = {
  user: [1, 2],
  group: [4, 8],
  mask: [16, 16],
  other: [32, 32],
};

/** The binary form of an ACL in star's text form. */
function aclOf(text: string): Buffer {
  const entries = text.split(/[,\n]/).map((line) => line.split(":"));
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2);
  entries.forEach(([tag, name, permissions, id], index) => {
    const bits = [..."rwx"].reduce(
      (sum, letter, place) => (permissions!.includes(letter) ? sum | (4 >> place) : sum),
      0,
    );
    bytes.writeUInt16LE(ACL_TAGS[tag!]![name === "" ? 0 : 1], 4 + 8 * index);
    bytes.writeUInt16LE(bits, 6 + 8 * index);
    bytes.writeUInt32LE(name === "" ? 0xffffffff : Number(id ?? name), 8 + 8 * index);
  });
  return bytes;
}

function readData(
  type: string,
  block: Uint8Array,
  records: Map<string, ByteString>,
  places: ByteString[],
  size: number,
  take: (length: number) => Uint8Array,
): Uint8Array | Sparse {
  if (type === "S") {
    const map = oldMap(block, 386, 4);
    const realSize = number(block, 483, 12);
    for (let more = block[482]; more === 1; ) {
      const next = take(BLOCK);
      map.push(...oldMap(next, 0, 21));
      more = next[504];
    }
    return pieces(realSize, map, take(size));
  }
  if (records.get("GNU.sparse.major") === "1") {
    const body = take(size);
    const lines: number[] = [];
    let at = 0;
    for (let wanted = 1; lines.length < wanted; ) {
      const end = body.indexOf(0x0a, at);
      lines.push(Number(toByteString(body.subarray(at, end))));
      if (lines.length === 1) wanted += 2 * lines[0]!;
      at = end + 1;
    }
    const data = body.subarray(Math.ceil(at / BLOCK) * BLOCK);
    return pieces(Number(records.get("GNU.sparse.realsize")), pairs(lines.slice(1)), data);
  }
  const map = records.get("GNU.sparse.map")?.split(",") ?? places;
  if (map.length > 0) return pieces(Number(records.get("GNU.sparse.size")), pairs(map.map(Number)), take(size));
  return take(size);
}

function oldMap(block: Uint8Array, from: number, count: number): [number, number][] {
  const map: [number, number][] = [];
  for (let at = from; at < from + 24 * count && block[at] !== 0; at += 24) {
    map.push([number(block, at, 12), number(block, at + 12, 12)]);
  }
  return map;
}

const pairs = (numbers: number[]): [number, number][] =>
  Array.from({ length: numbers.length / 2 }, (_, index) => [numbers[2 * index]!, numbers[2 * index + 1]!]);

function pieces(size: number, map: [number, number][], data: Uint8Array): Sparse {
  let at = 0;
  return {
    size,
    pieces: map.map(([offset, length]) => {
      at += length;
      return [offset, data.subarray(at - length, at)];
    }),
  };
}

function parsePax(body: Uint8Array): [string, ByteString][] {
  const text = toByteString(body);
  const records: [string, ByteString][] = [];
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(" ", at);
    const length = Number(text.slice(at, space));
    const equals = text.indexOf("=", space);
    const end = at + length - 1;
    if (!(length > 4) || text[end] !== "\n" || equals > end) throw new Error(`tar reader: PAX record at ${at}`);
    records.push([text.slice(space + 1, equals), text.slice(equals + 1, end)]);
    at = end + 1;
  }
  return records;
}

function checkSum(block: Uint8Array, at: number): void {
  let sum = 0;
  let signed = 0;
  block.forEach((byte, index) => {
    const counted = index >= 148 && index < 156 ? 0x20 : byte;
    sum += counted;
    signed += (counted << 24) >> 24;
  });
  const stored = number(block, 148, 8);
  if (stored !== sum && stored !== (signed & 0o777777)) throw new Error(`tar reader: checksum at ${at}`);
}

const cString = (bytes: Uint8Array): ByteString => toByteString(bytes).replace(/\0.*$/s, "");

function number(block: Uint8Array, at: number, width: number): number {
  const field = block.subarray(at, at + width);
  if ((field[0]! & 0x80) === 0) return Number.parseInt(cString(field).trim() || "0", 8);
  let value = BigInt(field[0]! & 0x40 ? field[0]! - 256 : field[0]! & 0x7f);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  return Number(value);
}

function time(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const [seconds, fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(seconds!) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
  return text.startsWith("-") ? -size : size;
}
