/**
 * The blocks of a directory: one block of entries, or an index over many.
 *
 * Source: Linux, "ext4 Data Structures", Linear Directories, Hash Tree Directories.
 */
import { BlockStream } from "../../block-stream";
import { ByteBuffer } from "../../bytes/memory";
import { crc32cZeros } from "../../bytes/crc32c";
import { Inode, Name } from "../../tree/inode";
import { fileTypeOf } from "../directory";
import { DirectoryEntry, FileType, InodeFlag } from "../format";
import { Checksums } from "./checksum";
import {
  DIRECTORY_TAIL_TYPE, DirectoryTail, HALF_MD4, INDEX_NODE_SLOTS_AT, INDEX_ROOT_SLOTS_AT, INDEX_SLOT_SIZE,
} from "./format";
import { Geometry } from "./geometry";
import { State } from "./state";

const HEADER_SIZE: u32 = 8;
/** Of `.` or `..`. */
const DOT_ENTRY_SIZE: u32 = 12;
const TAIL_SIZE: u32 = 12;
/** Part of a leaf that is filled where names will be added: as much room as one new leaf's worth of them asks for. */
const WRITABLE_FILL_PERCENT: u32 = 80;
/** Index levels below the root, without the feature for large directories. */
const MOST_COMMON_LEVELS: u32 = 1;
/** Past it a directory's size has its high word too, and that is a large directory's. Bytes. */
const MOST_COMMON_SIZE: u64 = 0x7fff_ffff;

const block = memory.data(4096, 16);
const DOTS = memory.data<u8>([0x2e, 0x2e]);

/** Bytes of an entry. */
export function entrySize(nameLength: u32): u32 {
  return (HEADER_SIZE + nameLength + 3) & ~3;
}

/** Bytes that the names of a directory may have together and still fit one block. */
export function linearRoom(geometry: Geometry): u32 {
  return geometry.blockSize - TAIL_SIZE - 2 * DOT_ENTRY_SIZE;
}

export class DirectoryWriter {
  /** Whether some directory needs the feature for large ones. */
  usesLarge: bool = false;
  private used: u32 = 0;
  private last: DirectoryEntry;
  private seed: u32 = 0;
  /** Of each leaf: the hash with which it begins, and the index of its first name. */
  private leaves: ByteBuffer = new ByteBuffer();
  /** Nodes of each level, the root's first; the leaves are the last. */
  private counts: StaticArray<u32> = new StaticArray<u32>(8);
  private leafRoom: u32;

  /** @param willGrow  whether names will be added */
  constructor(
    private stream: BlockStream,
    private geometry: Geometry,
    private checksums: Checksums,
    willGrow: bool,
  ) {
    this.last = changetype<DirectoryEntry>(block);
    const room = geometry.blockSize - TAIL_SIZE;
    this.leafRoom = willGrow ? (room * WRITABLE_FILL_PERCENT) / 100 : room;
  }

  /**
   * Appends the blocks of `directory`, whose names are arranged and numbered, and tells it where they are.
   *
   * @param hashed  of an indexed one: its names with their hashes
   */
  write(directory: Inode, parent: Inode, hashed: usize): void {
    const from = this.stream.position;
    this.seed = this.checksums.ofInode(directory.number);
    if (directory.state & State.Indexed) this.writeIndexed(directory, parent, hashed);
    else this.writeLinear(directory, parent);
    directory.size = this.stream.position - from;
    directory.firstBlock = <u32>(from / this.geometry.blockSize);
    directory.blockCount = <u32>(directory.size / this.geometry.blockSize);
    directory.flags |= InodeFlag.Extents;
    if (directory.size > MOST_COMMON_SIZE) this.usesLarge = true;
  }

  private writeLinear(directory: Inode, parent: Inode): void {
    this.begin();
    this.add(directory.number, FileType.Directory, DOTS, 1);
    this.add(parent.number, FileType.Directory, DOTS, 2);
    let name = directory.firstName;
    while (name) {
      this.addName(name);
      name = name.next;
    }
    this.end();
  }

  private begin(): void {
    this.used = 0;
  }

  private addName(name: Name): void {
    const inode = name.inode;
    this.add(inode.number, fileTypeOf(inode.type), name.bytes, name.length);
  }

  private add(number: u32, type: FileType, name: usize, length: u32): void {
    const size = entrySize(length);
    const at = block + this.used;
    const entry = changetype<DirectoryEntry>(at);
    store<u32>(at + size - 4, 0); // the padding; what is real is written over it
    entry.inode = number;
    entry.recordLength = <u16>size;
    entry.nameLength = <u8>length;
    entry.fileType = <u8>type;
    memory.copy(at + HEADER_SIZE, name, length);
    this.last = entry;
    this.used += size;
  }

  /** The last entry takes what is left; a tail follows. */
  private end(): void {
    const room = this.geometry.blockSize - TAIL_SIZE;
    const rest = room - this.used;
    this.last.recordLength += <u16>rest;
    memory.fill(block + this.used, 0, rest);
    const tail = changetype<DirectoryTail>(block + room);
    tail.inode = 0;
    tail.recordLength = <u16>TAIL_SIZE;
    tail.nameLength = 0;
    tail.fileType = DIRECTORY_TAIL_TYPE;
    tail.checksum = crc32cZeros(this.checksums.of(this.seed, block, this.used), rest);
    this.stream.append(block, this.geometry.blockSize);
  }

  private writeIndexed(directory: Inode, parent: Inode, hashed: usize): void {
    const count = directory.nameCount;
    directory.flags |= InodeFlag.Indexed;
    this.cutLeaves(hashed, count);
    const levels = this.countLevels();
    if (levels > MOST_COMMON_LEVELS) this.usesLarge = true;
    this.writeRoot(directory, parent, levels);
    for (let level: u32 = 1; level <= levels; level++) {
      for (let i: u32 = 0; i < this.counts[level]; i++) this.writeNode(level, i, levels);
    }
    const leaves = this.leaves.length / 8;
    for (let i: u32 = 0; i < leaves; i++) {
      this.begin();
      const end = i + 1 < leaves ? this.firstNameOf(i + 1) : count;
      for (let name = this.firstNameOf(i); name < end; name++) this.addName(load<Name>(hashed + name * 8));
      this.end();
    }
  }

  private cutLeaves(hashed: usize, count: u32): void {
    this.leaves.clear();
    let used = this.leafRoom + 1; // so that the first name begins a leaf
    let before: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const size = entrySize(load<Name>(hashed + i * 8).length);
      const hash = load<u32>(hashed + i * 8, 4);
      if (used + size > this.leafRoom) {
        // The lowest bit says that names of this hash began in the leaf before.
        this.listLeaf(i > 0 && hash == before ? hash | 1 : hash, i);
        used = 0;
      }
      used += size;
      before = hash;
    }
  }

  private listLeaf(hash: u32, firstName: u32): void {
    const leaves = this.leaves;
    leaves.reserve(leaves.length + 8);
    store<u32>(leaves.at + leaves.length, hash);
    store<u32>(leaves.at + leaves.length, firstName, 4);
    leaves.length += 8;
  }

  private hashOf(leaf: u32): u32 {
    return load<u32>(this.leaves.at + leaf * 8);
  }

  private firstNameOf(leaf: u32): u32 {
    return load<u32>(this.leaves.at + leaf * 8, 4);
  }

  /** Fills `counts`. @returns levels of nodes between root and leaves */
  private countLevels(): u32 {
    let levels: u32 = 0;
    for (let nodes = this.leaves.length / 8; nodes > this.rootLimit; levels++) nodes = divCeil(nodes, this.nodeLimit);
    let nodes = this.leaves.length / 8;
    this.counts[0] = 1;
    for (let level = levels + 1; level > 0; level--) {
      this.counts[level] = nodes;
      nodes = divCeil(nodes, this.nodeLimit);
    }
    return levels;
  }

  /** Slots, the first among them; the checksum takes one more. */
  private get rootLimit(): u32 {
    return (this.geometry.blockSize - INDEX_ROOT_SLOTS_AT) / INDEX_SLOT_SIZE - 1;
  }

  private get nodeLimit(): u32 {
    return (this.geometry.blockSize - INDEX_NODE_SLOTS_AT) / INDEX_SLOT_SIZE - 1;
  }

  private writeRoot(directory: Inode, parent: Inode, levels: u32): void {
    memory.fill(block, 0, this.geometry.blockSize);
    this.begin();
    this.add(directory.number, FileType.Directory, DOTS, 1);
    this.add(parent.number, FileType.Directory, DOTS, 2);
    this.last.recordLength = <u16>(this.geometry.blockSize - DOT_ENTRY_SIZE);
    store<u8>(block + 0x1c, HALF_MD4);
    store<u8>(block + 0x1d, 8); // bytes of this description
    store<u8>(block + 0x1e, <u8>levels);
    this.writeSlots(INDEX_ROOT_SLOTS_AT, this.rootLimit, 0, this.counts[1], 0, levels);
  }

  private writeNode(level: u32, index: u32, levels: u32): void {
    memory.fill(block, 0, this.geometry.blockSize);
    changetype<DirectoryEntry>(block).recordLength = <u16>this.geometry.blockSize;
    const first = index * this.nodeLimit;
    const count = min(this.counts[level + 1] - first, this.nodeLimit);
    this.writeSlots(INDEX_NODE_SLOTS_AT, this.nodeLimit, first, count, level, levels);
  }

  /** Points to `count` nodes from `first` on, of the level below `level`. */
  private writeSlots(at: u32, limit: u32, first: u32, count: u32, level: u32, levels: u32): void {
    let firstBlock: u32 = 0;
    for (let i: u32 = 0; i <= level; i++) firstBlock += this.counts[i];
    let leavesEach: u32 = 1;
    for (let i = level; i < levels; i++) leavesEach *= this.nodeLimit;

    const slots = block + at;
    for (let i: u32 = 0; i < count; i++) {
      store<u32>(slots + i * INDEX_SLOT_SIZE, this.hashOf((first + i) * leavesEach));
      store<u32>(slots + i * INDEX_SLOT_SIZE, firstBlock + first + i, 4);
    }
    store<u16>(slots, <u16>limit); // the first needs no hash: that of the slot above holds
    store<u16>(slots, <u16>count, 2);
    const covered = this.checksums.of(this.seed, block, at + count * INDEX_SLOT_SIZE);
    store<u32>(slots + limit * INDEX_SLOT_SIZE, crc32cZeros(covered, 8), 4);
    this.stream.append(block, this.geometry.blockSize);
  }
}

function divCeil(value: u32, unit: u32): u32 {
  return (value + unit - 1) / unit;
}
