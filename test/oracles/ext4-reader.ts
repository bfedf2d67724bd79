/**
 * Reads an ext4 image into a tree: an oracle of our own, fast enough for thousands of images.
 *
 * Written from the kernel's documentation ("ext4 Data Structures and Algorithms"); shares no code with the core,
 * and refuses whatever it would not expect of an image of ours.
 */
import { createHash } from "node:crypto";
import { type ByteString, toByteString } from "../fixtures/layer.ts";
import { type Entry, type Kind, nameInodes, type Tree } from "./tree.ts";

const ROOT = 2;
const MAGIC = 0xef53;
const EXTENTS_MAGIC = 0xf30a;
const XATTR_MAGIC = 0xea020000;
const FLAG_EXTENTS = 0x80000;
const FLAG_INLINE_DATA = 0x10000000;
/** filetype, extents, flex_bg, inline_data: the incompatible features that are read here. */
const KNOWN_FEATURES = 0x2 | 0x40 | 0x200 | 0x8000;

const KINDS: Record<number, Kind> = {
  1: "fifo",
  2: "char",
  4: "dir",
  6: "block",
  8: "file",
  10: "symlink",
  12: "socket",
};
const DIRECTORY_KINDS: Kind[] = ["file", "dir", "char", "block", "fifo", "socket", "symlink"];

const XATTR_PREFIXES: Record<number, string> = {
  0: "",
  1: "user.",
  2: "system.posix_acl_access",
  3: "system.posix_acl_default",
  4: "trusted.",
  6: "security.",
  7: "system.",
  8: "system.richacl",
};

export function readExt4(image: Uint8Array): Tree {
  return new Ext4Reader(image).tree();
}

class Ext4Reader {
  private readonly view: DataView;
  private readonly blockSize: number;
  private readonly inodeSize: number;
  private readonly inodesPerGroup: number;
  private readonly inodeCount: number;
  private readonly entries: Tree = new Map();
  private readonly numbers = new Map<ByteString, number>();
  private readonly subdirs = new Map<ByteString, number>();

  constructor(private readonly image: Uint8Array) {
    this.view = new DataView(image.buffer, image.byteOffset, image.byteLength);
    const superblock = 1024;
    expect(this.view.getUint16(superblock + 0x38, true) === MAGIC, "superblock: no magic");
    this.blockSize = 1024 << this.view.getUint32(superblock + 0x18, true);
    this.inodeSize = this.view.getUint16(superblock + 0x58, true);
    this.inodesPerGroup = this.view.getUint32(superblock + 0x28, true);
    this.inodeCount = this.view.getUint32(superblock, true);
    const blocks = this.view.getUint32(superblock + 0x04, true);
    expect(blocks * this.blockSize <= image.length, `superblock: ${blocks} blocks in ${image.length} bytes`);
    const features = this.view.getUint32(superblock + 0x60, true);
    expect((features & ~KNOWN_FEATURES) === 0, `superblock: incompatible features ${features.toString(16)}`);
  }

  tree(): Tree {
    this.walk("", ROOT, ROOT);
    for (const [path, entry] of this.entries) {
      if (entry.kind !== "dir") continue;
      const links = 2 + (this.subdirs.get(path) ?? 0);
      expect(entry.links === links, `/${path}: ${entry.links} links, and ${links} directories name it`);
    }
    nameInodes(this.numbers, this.entries);
    return this.entries;
  }

  private walk(path: ByteString, number: number, parent: number): void {
    const inode = this.inode(number);
    const entry = this.entry(inode, path);
    this.entries.set(path, entry);
    this.numbers.set(path, number);
    if (entry.kind !== "dir") return;

    const names = new Set<ByteString>();
    for (const { name, number: child, kind } of this.directory(this.content(inode, path), path)) {
      expect(!names.has(name), `/${path}: ${name} stands twice`);
      names.add(name);
      if (name === "." || name === "..") {
        expect(child === (name === "." ? number : parent), `/${path}: ${name} is inode ${child}`);
        continue;
      }
      expect(name.length > 0 && !name.includes("/") && !name.includes("\0"), `/${path}: bad name ${name}`);
      const childPath = path === "" ? name : `${path}/${name}`;
      this.walk(childPath, child, number);
      expect(this.entries.get(childPath)!.kind === kind, `/${childPath}: its directory calls it a ${kind}`);
      if (kind === "dir") this.subdirs.set(path, (this.subdirs.get(path) ?? 0) + 1);
    }
    expect(names.has(".") && names.has(".."), `/${path}: no . or no ..`);
  }

  /** The bytes of an inode; a view on the image. */
  private inode(number: number): DataView {
    expect(number > 0 && number <= this.inodeCount, `inode ${number} of ${this.inodeCount}`);
    const group = Math.floor((number - 1) / this.inodesPerGroup);
    const table = this.view.getUint32(this.blockSize + 32 * group + 8, true);
    const at = table * this.blockSize + ((number - 1) % this.inodesPerGroup) * this.inodeSize;
    return new DataView(this.view.buffer, this.view.byteOffset + at, this.inodeSize);
  }

  private entry(inode: DataView, path: ByteString): Entry {
    const mode = inode.getUint16(0, true);
    const kind = KINDS[mode >> 12];
    if (kind === undefined) throw new Error(`/${path}: mode ${mode.toString(8)}`);
    const entry: Entry = {
      kind,
      mode: mode & 0o7777,
      uid: inode.getUint16(0x02, true) + inode.getUint16(0x78, true) * 0x10000,
      gid: inode.getUint16(0x18, true) + inode.getUint16(0x7a, true) * 0x10000,
      atime: time(inode, 0x08, 0x8c),
      ctime: time(inode, 0x0c, 0x84),
      mtime: time(inode, 0x10, 0x88),
      links: inode.getUint16(0x1a, true),
      inode: "",
      xattrs: this.xattrs(inode, path),
    };
    if (kind === "file") {
      const content = this.content(inode, path);
      entry.size = content.length;
      entry.sha256 = createHash("sha256").update(content).digest("hex");
    }
    if (kind === "symlink") entry.target = toByteString(this.content(inode, path));
    if (kind === "char" || kind === "block") {
      expect(inode.getUint32(0x28, true) === 0, `/${path}: a device in the old form`);
      const device = inode.getUint32(0x2c, true);
      entry.device = `${(device >>> 8) & 0xfff}:${(device & 0xff) | ((device >>> 12) & 0xfff00)}`;
    }
    return entry;
  }

  /** The bytes of a file, directory or symlink, wherever they stand. */
  private content(inode: DataView, path: ByteString): Uint8Array {
    const size = inode.getUint32(0x04, true) + inode.getUint32(0x6c, true) * 2 ** 32;
    const flags = inode.getUint32(0x20, true);
    const block = new Uint8Array(inode.buffer, inode.byteOffset + 0x28, 60);
    if ((flags & FLAG_INLINE_DATA) !== 0) {
      const rest = this.rawXattrs(inode, path).find(([name]) => name === "system.data");
      if (rest === undefined) throw new Error(`/${path}: inline data without system.data`);
      expect(rest[1].length === Math.max(0, size - 60), `/${path}: ${rest[1].length} bytes of inline data past 60`);
      return Buffer.concat([block, rest[1]]).subarray(0, size);
    }
    if ((flags & FLAG_EXTENTS) === 0) {
      expect(size <= 60, `/${path}: ${size} bytes and no extents`);
      return block.slice(0, size);
    }
    const content = new Uint8Array(size);
    let next = 0;
    for (const [logical, physical, count] of this.extents(inode, inode.byteOffset + 0x28, path)) {
      expect(logical === next, `/${path}: block ${next} is a hole`);
      const from = physical * this.blockSize;
      const bytes = this.image.subarray(from, from + Math.min(count * this.blockSize, size - logical * this.blockSize));
      content.set(bytes, logical * this.blockSize);
      next += count;
    }
    expect(next === Math.ceil(size / this.blockSize), `/${path}: ${next} blocks for ${size} bytes`);
    return content;
  }

  /** @param at  of an extent header, in the buffer that `inode` is a view on */
  private *extents(inode: DataView, at: number, path: ByteString): Generator<[number, number, number]> {
    const node = new DataView(inode.buffer, at);
    expect(node.getUint16(0, true) === EXTENTS_MAGIC, `/${path}: no magic in its extents`);
    const count = node.getUint16(2, true);
    expect(count > 0 && count <= node.getUint16(4, true), `/${path}: ${count} extents`);
    for (let index = 1; index <= count; index++) {
      const offset = 12 * index;
      const logical = node.getUint32(offset, true);
      if (node.getUint16(6, true) === 0) {
        expect(node.getUint16(offset + 6, true) === 0, `/${path}: an extent past 2^32 blocks`);
        const length = node.getUint16(offset + 4, true);
        expect(length > 0 && length <= 0x8000, `/${path}: an extent of ${length} blocks`);
        yield [logical, node.getUint32(offset + 8, true), length];
      } else {
        const leaf = node.getUint32(offset + 4, true) * this.blockSize;
        yield* this.extents(inode, this.view.byteOffset + leaf, path);
      }
    }
  }

  private *directory(
    content: Uint8Array,
    path: ByteString,
  ): Generator<{ name: ByteString; number: number; kind: Kind }> {
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    for (let at = 0; at < content.length; ) {
      const number = view.getUint32(at, true);
      const length = view.getUint16(at + 4, true);
      const nameLength = view.getUint8(at + 6);
      const left = this.blockSize - (at % this.blockSize);
      expect(
        length >= 8 + nameLength && length <= left && length % 4 === 0,
        `/${path}: an entry of ${length} bytes at ${at}`,
      );
      if (number !== 0) {
        const kind = DIRECTORY_KINDS[view.getUint8(at + 7) - 1];
        if (kind === undefined) throw new Error(`/${path}: file type ${view.getUint8(at + 7)}`);
        yield { name: toByteString(content.subarray(at + 8, at + 8 + nameLength)), number, kind };
      }
      at += length;
    }
  }

  private xattrs(inode: DataView, path: ByteString): Map<ByteString, string> {
    const xattrs = new Map<ByteString, string>();
    for (const [name, value] of this.rawXattrs(inode, path)) {
      if (name === "system.data") continue;
      expect(!xattrs.has(name), `/${path}: xattr ${name} stands twice`);
      xattrs.set(name, Buffer.from(value).toString("hex"));
    }
    return xattrs;
  }

  private rawXattrs(inode: DataView, path: ByteString): [ByteString, Uint8Array][] {
    const found: [ByteString, Uint8Array][] = [];
    const start = 128 + inode.getUint16(0x80, true);
    if (inode.getUint32(start, true) === XATTR_MAGIC) {
      const room = new Uint8Array(inode.buffer, inode.byteOffset + start + 4, this.inodeSize - start - 4);
      found.push(...xattrEntries(room, 0, room, path));
    }
    const block = inode.getUint32(0x68, true);
    if (block !== 0) {
      const bytes = this.image.subarray(block * this.blockSize, (block + 1) * this.blockSize);
      expect(this.view.getUint32(block * this.blockSize, true) === XATTR_MAGIC, `/${path}: no magic in its xattrs`);
      found.push(...xattrEntries(bytes, 32, bytes, path));
    }
    return found;
  }
}

/** Entries from `at` on, up to four zero bytes; values are offsets into `values`. */
function* xattrEntries(
  room: Uint8Array,
  at: number,
  values: Uint8Array,
  path: ByteString,
): Generator<[ByteString, Uint8Array]> {
  const view = new DataView(room.buffer, room.byteOffset, room.byteLength);
  while (at + 4 <= room.length && view.getUint32(at, true) !== 0) {
    const nameLength = view.getUint8(at);
    const prefix = XATTR_PREFIXES[view.getUint8(at + 1)];
    if (prefix === undefined) throw new Error(`/${path}: xattr index ${view.getUint8(at + 1)}`);
    const offset = view.getUint16(at + 2, true);
    const size = view.getUint32(at + 8, true);
    expect(view.getUint32(at + 4, true) === 0, `/${path}: an xattr in an inode`);
    expect(size === 0 || offset + size <= values.length, `/${path}: an xattr of ${size} bytes at ${offset}`);
    const name = room.subarray(at + 16, at + 16 + nameLength);
    const value = values.subarray(offset, offset + size);
    expect(view.getUint32(at + 12, true) === xattrHash(name, value), `/${path}: hash of xattr ${toByteString(name)}`);
    yield [prefix + toByteString(name), value];
    at += 16 + ((nameLength + 3) & ~3);
  }
}

function xattrHash(name: Uint8Array, value: Uint8Array): number {
  let hash = 0;
  for (const byte of name) hash = ((hash << 5) ^ (hash >>> 27) ^ byte) >>> 0;
  const words = new DataView(new ArrayBuffer(Math.ceil(value.length / 4) * 4));
  new Uint8Array(words.buffer).set(value);
  for (let at = 0; at < words.byteLength; at += 4) {
    hash = ((hash << 16) ^ (hash >>> 16) ^ words.getUint32(at, true)) >>> 0;
  }
  return hash;
}

/** Seconds in one word; their two top bits and the nanoseconds in another. */
function time(inode: DataView, at: number, extra: number): bigint {
  const more = inode.getUint32(extra, true);
  const nanoseconds = more >>> 2;
  expect(nanoseconds < 1_000_000_000, `${nanoseconds} nanoseconds`);
  const seconds = BigInt(inode.getInt32(at, true)) + (BigInt(more & 3) << 32n);
  return seconds * 1_000_000_000n + BigInt(nanoseconds);
}

function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(`ext4 reader: ${otherwise}`);
}
