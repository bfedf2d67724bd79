/** The bytes of an ext4 image: contents as they come, then all that describes them. */
import { ErrorCode } from "../abi";
import { BlockStream } from "../block-stream";
import { allocate } from "../bytes/memory";
import { fail } from "../host";
import { Sink } from "../sink";
import { Inode, Name } from "../tree/inode";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, REGULAR, SYMBOLIC_LINK } from "../tree/mode";
import { Tree } from "../tree/tree";
import { DirectoryWriter } from "./directory";
import { countLeaves, encodeLeaf, encodeRoot } from "./extent";
import {
  ATIME_EXTRA_AT, BIRTH_TIME_AT, BIRTH_TIME_EXTRA_AT, BLOCK_SIZE, BLOCKS_PER_GROUP, Compatible, CONTENT_SIZE, CTIME_EXTRA_AT,
  DESCRIPTOR_SIZE, DiskInode, EXTRA_SIZE, EXTRA_SIZE_AT, FIRST_INODE, GID_HI_AT, GroupDescriptor, Incompatible, INODE_SIZE,
  INODE_USED_SIZE, INODE_XATTR_SIZE, InodeFlag, INODES_PER_BLOCK, LOG_GROUPS_PER_FLEX_AT, LOST_FOUND_INODE_AT,
  MIN_EXTRA_INODE_SIZE_AT, MTIME_EXTRA_AT, ReadOnlyCompatible, SIZE_HI_AT, Superblock, SUPERBLOCK_AT, SUPERBLOCK_MAGIC,
  UID_HI_AT, WANT_EXTRA_INODE_SIZE_AT, XATTR_BLOCK_AT,
} from "./format";
import { computeDescriptorBlocks, computeLayout, Layout } from "./layout";
import { fillData } from "./xattr";

const block = memory.data(4096, 16);

/**
 * Order of calls: for each file `beginContent`, then `stream.append` and `stream.zeros`, then `endContent`; at last `finish`.
 */
export class Ext4Writer {
  readonly stream: BlockStream;
  private descriptorBlocks: u32;
  private directories: DirectoryWriter;
  private contentAt: u64 = 0;

  /**
   * @param maxSize  bytes the image may have, in whole blocks
   * @param inline   whether small files live in their inodes
   */
  constructor(private sink: Sink, private maxSize: u64, private inline: bool) {
    const stream = new BlockStream(sink, maxSize);
    this.stream = stream;
    this.directories = new DirectoryWriter(stream);
    this.descriptorBlocks = computeDescriptorBlocks(maxSize);
    stream.seek((1 + <u64>this.descriptorBlocks) * BLOCK_SIZE);
  }

  /** What follows in the stream is the content of a file of `size` bytes. @fails OutOfRange  the image would pass its limit */
  beginContent(size: u64): void {
    this.stream.claim(size);
    this.contentAt = this.stream.position;
  }

  /** Maps what was appended since `beginContent`, if anything, to `inode`. */
  endContent(inode: Inode): void {
    const stream = this.stream;
    stream.pad();
    const blocks = <u32>((stream.position - this.contentAt) / BLOCK_SIZE);
    if (blocks == 0) return;
    inode.firstBlock = <u32>(this.contentAt / BLOCK_SIZE);
    const leaves = countLeaves(blocks);
    for (let i: u32 = 0; i < leaves; i++) {
      memory.fill(block, 0, BLOCK_SIZE);
      encodeLeaf(block, i, inode.firstBlock, blocks);
      stream.append(block, BLOCK_SIZE);
    }
    inode.flags |= InodeFlag.Extents;
    inode.blockCount += blocks + leaves;
  }

  /** Takes a block for the attributes of an inode, to be written at the end: a later entry may change them. */
  takeXattrBlock(): u32 {
    const stream = this.stream;
    const taken = stream.block;
    stream.claim(BLOCK_SIZE);
    stream.seek(stream.position + BLOCK_SIZE);
    return taken;
  }

  /** Writes all that describes the contents, and closes the sink. */
  finish(tree: Tree): void {
    this.writeDirectories(tree.root);
    const layout = computeLayout(this.stream.block, tree.lastInode.number, this.descriptorBlocks);
    if (layout.usedDescriptorBlocks > this.descriptorBlocks) {
      fail(ErrorCode.OutOfRange, `ext4: ${layout.groups} groups are more than an image of ${this.maxSize} bytes may have`);
    }
    const descriptors = allocate(layout.usedDescriptorBlocks * BLOCK_SIZE);
    this.writeInodeTable(tree, layout, descriptors);
    const free = this.writeBitmaps(tree.lastInode.number, layout, descriptors);
    this.stream.zeros((<u64>(layout.end - layout.usedEnd)) * BLOCK_SIZE);
    this.writeXattrBlocks(tree.root);
    this.stream.seek(0);
    this.writeSuperblock(tree.lastInode.number, layout, free);
    this.stream.append(descriptors, layout.usedDescriptorBlocks * BLOCK_SIZE);
    this.stream.flush();
    this.sink.close((<u64>layout.end) * BLOCK_SIZE);
  }

  /** Depth first, children in the order of their names in the blocks. Without recursion: a path may have a million parts. */
  private writeDirectories(root: Inode): void {
    let directory = root;
    while (true) {
      this.writeDirectory(directory);
      let next = firstDirectory(directory.firstName);
      while (!next) {
        const own = directory.ownName;
        if (!own) return;
        next = firstDirectory(own.next);
        directory = own.parent;
      }
      directory = next as Inode;
    }
  }

  private writeDirectory(directory: Inode): void {
    const own = directory.ownName;
    this.directories.sort(directory);
    this.beginContent(0);
    directory.size = this.directories.write(directory, own ? own.parent : directory);
    this.endContent(directory);
  }

  private writeInodeTable(tree: Tree, layout: Layout, descriptors: usize): void {
    const count = tree.lastInode.number;
    let inode: Inode | null = tree.root;
    for (let number: u32 = 1; number <= count; number += INODES_PER_BLOCK) {
      memory.fill(block, 0, BLOCK_SIZE);
      while (inode && inode.number < number + INODES_PER_BLOCK) {
        encodeInode(block + (inode.number - number) * INODE_SIZE, inode);
        if (inode.isDirectory) {
          const group = (inode.number - 1) / layout.inodesPerGroup;
          changetype<GroupDescriptor>(descriptors + group * DESCRIPTOR_SIZE).usedDirectories++;
        }
        inode = inode.next;
      }
      this.stream.append(block, BLOCK_SIZE);
    }
    this.stream.zeros((<u64>(layout.bitmapsAt - this.stream.block)) * BLOCK_SIZE);
  }

  /** Writes the bitmaps of all groups and fills in their descriptors. @returns free blocks, and what is free of inodes */
  private writeBitmaps(lastInode: u32, layout: Layout, descriptors: usize): Free {
    const free = new Free();
    const tableBlocks = layout.inodesPerGroup / INODES_PER_BLOCK;
    for (let group: u32 = 0; group < layout.groups; group++) {
      const descriptor = changetype<GroupDescriptor>(descriptors + group * DESCRIPTOR_SIZE);
      descriptor.blockBitmap = layout.bitmapsAt + 2 * group;
      descriptor.inodeBitmap = layout.bitmapsAt + 2 * group + 1;
      descriptor.inodeTable = layout.inodeTableAt + group * tableBlocks;

      const usedBlocks = this.writeBlockBitmap(group, layout);
      descriptor.freeBlocks = <u16>(BLOCKS_PER_GROUP - usedBlocks);
      free.blocks += BLOCKS_PER_GROUP - usedBlocks;

      const first = group * layout.inodesPerGroup;
      const usedInodes = min(layout.inodesPerGroup, lastInode - min(lastInode, first));
      memory.fill(block, 0, BLOCK_SIZE);
      setBits(0, usedInodes);
      this.stream.append(block, BLOCK_SIZE);
      descriptor.freeInodes = <u16>(layout.inodesPerGroup - usedInodes);
      free.inodes += layout.inodesPerGroup - usedInodes;
    }
    return free;
  }

  /** @returns blocks marked as used; those past the image's end are among them */
  private writeBlockBitmap(group: u32, layout: Layout): u32 {
    const first = group * BLOCKS_PER_GROUP;
    let used = min(BLOCKS_PER_GROUP, layout.usedEnd - min(layout.usedEnd, first));
    memory.fill(block, 0, BLOCK_SIZE);
    setBits(0, used);
    if (group == 0) {
      // Kept for descriptors that are not there.
      for (let i = 1 + layout.usedDescriptorBlocks; i < 1 + layout.descriptorBlocks; i++) clearBit(i);
      used -= layout.descriptorBlocks - layout.usedDescriptorBlocks;
    }
    const last = layout.end % BLOCKS_PER_GROUP;
    if (group == layout.groups - 1 && last != 0) {
      setBits(last, BLOCKS_PER_GROUP);
      used += BLOCKS_PER_GROUP - last;
    }
    this.stream.append(block, BLOCK_SIZE);
    return used;
  }

  private writeXattrBlocks(root: Inode): void {
    for (let inode: Inode | null = root; inode; inode = inode.next) {
      if (inode.xattrBlock == 0) continue;
      unpackBlock(inode.xattrPacked, block);
      this.stream.seek((<u64>inode.xattrBlock) * BLOCK_SIZE);
      this.stream.append(block, BLOCK_SIZE);
    }
  }

  private writeSuperblock(lastInode: u32, layout: Layout, free: Free): void {
    memory.fill(block, 0, BLOCK_SIZE);
    const at = block + SUPERBLOCK_AT;
    const superblock = changetype<Superblock>(at);
    superblock.inodesCount = layout.inodesPerGroup * layout.groups;
    superblock.blocksCountLo = layout.end;
    superblock.freeBlocksLo = free.blocks;
    superblock.freeInodes = free.inodes;
    superblock.logBlockSize = 2;
    superblock.logClusterSize = 2;
    superblock.blocksPerGroup = BLOCKS_PER_GROUP;
    superblock.clustersPerGroup = BLOCKS_PER_GROUP;
    superblock.inodesPerGroup = layout.inodesPerGroup;
    superblock.magic = SUPERBLOCK_MAGIC;
    superblock.state = 1;
    superblock.errors = 1;
    superblock.revision = 1;
    superblock.firstInode = FIRST_INODE;
    superblock.inodeSize = <u16>INODE_SIZE;
    superblock.featuresCompatible = Compatible.SparseSuper2 | Compatible.ExtendedAttributes;
    superblock.featuresIncompatible = Incompatible.FileType | Incompatible.Extents | Incompatible.FlexibleGroups;
    if (this.inline) superblock.featuresIncompatible |= Incompatible.InlineData;
    superblock.featuresReadOnly =
      ReadOnlyCompatible.LargeFile | ReadOnlyCompatible.HugeFile | ReadOnlyCompatible.ExtraInodeSize | ReadOnlyCompatible.ReadOnly;
    store<u16>(at + MIN_EXTRA_INODE_SIZE_AT, EXTRA_SIZE);
    store<u16>(at + WANT_EXTRA_INODE_SIZE_AT, EXTRA_SIZE);
    store<u8>(at + LOG_GROUPS_PER_FLEX_AT, 31);
    store<u32>(at + LOST_FOUND_INODE_AT, FIRST_INODE);
    this.stream.append(block, BLOCK_SIZE);
  }
}

class Free {
  blocks: u32 = 0;
  inodes: u32 = 0;
}

/** The first directory that `from`, or a name after it, stands for. */
function firstDirectory(from: Name | null): Inode | null {
  let name = from;
  while (name) {
    if (name.inode.isDirectory) return name.inode;
    name = name.next;
  }
  return null;
}

/** Encodes an inode. @param at  INODE_SIZE bytes, zero */
function encodeInode(at: usize, inode: Inode): void {
  const disk = changetype<DiskInode>(at);
  disk.mode = <u16>inode.mode;
  disk.uidLo = <u16>inode.uid;
  disk.gidLo = <u16>inode.gid;
  disk.sizeLo = <u32>inode.size;
  disk.atime = <u32>inode.atime;
  disk.ctime = <u32>inode.ctime;
  disk.mtime = <u32>inode.mtime;
  disk.linksCount = <u16>inode.linkCount;
  disk.blocksLo = inode.blockCount;
  disk.flags = inode.flags;
  store<u32>(at + XATTR_BLOCK_AT, inode.xattrBlock);
  store<u32>(at + SIZE_HI_AT, <u32>(inode.size >> 32));
  store<u16>(at + UID_HI_AT, <u16>(inode.uid >> 16));
  store<u16>(at + GID_HI_AT, <u16>(inode.gid >> 16));
  store<u16>(at + EXTRA_SIZE_AT, EXTRA_SIZE);
  store<u32>(at + CTIME_EXTRA_AT, <u32>(inode.ctime >> 32));
  store<u32>(at + MTIME_EXTRA_AT, <u32>(inode.mtime >> 32));
  store<u32>(at + ATIME_EXTRA_AT, <u32>(inode.atime >> 32));
  store<u32>(at + BIRTH_TIME_AT, <u32>inode.mtime);
  store<u32>(at + BIRTH_TIME_EXTRA_AT, <u32>(inode.mtime >> 32));
  if (inode.xattrInode) memory.copy(at + INODE_USED_SIZE, inode.xattrInode, INODE_XATTR_SIZE);
  encodeContent(at, disk, inode);
}

function encodeContent(at: usize, disk: DiskInode, inode: Inode): void {
  const content = at + offsetof<DiskInode>("content0");
  switch (inode.type) {
    case REGULAR:
    case SYMBOLIC_LINK:
    case DIRECTORY:
      if (inode.flags & InodeFlag.Extents) {
        encodeRoot(content, inode.firstBlock, <u32>((inode.size + BLOCK_SIZE - 1) / BLOCK_SIZE));
      } else if (inode.content) {
        const length = <u32>inode.size;
        memory.copy(content, inode.content, min(length, CONTENT_SIZE));
        if (length > CONTENT_SIZE) fillData(at + INODE_USED_SIZE, inode.content + CONTENT_SIZE, length - CONTENT_SIZE);
      }
      break;
    case CHARACTER_DEVICE:
    case BLOCK_DEVICE:
      // The newer of two forms. A major number past 12 bits runs into the minor's upper half.
      disk.content4 = (inode.deviceMinor & 0xff) | (inode.deviceMajor << 8) | ((inode.deviceMinor & 0xffff_ff00) << 12);
  }
}

/**
 * Keeps an attribute block without the room between entries and values: layers can have a hundred thousand of them.
 *
 * @returns length of the head, length of the tail, their bytes
 */
export function packBlock(tree: Tree, from: usize): usize {
  let head = BLOCK_SIZE;
  let tail: u32 = 0;
  let gap: u32 = 0;
  for (let start: u32 = 0, at: u32 = 0; at <= BLOCK_SIZE; at += 4) {
    if (at < BLOCK_SIZE && load<u32>(from + at) == 0) continue;
    if (at - start > gap) {
      gap = at - start;
      head = start;
      tail = BLOCK_SIZE - at;
    }
    start = at + 4;
  }
  const packed = tree.room(8 + head + tail);
  store<u32>(packed, head);
  store<u32>(packed + 4, tail);
  memory.copy(packed + 8, from, head);
  memory.copy(packed + 8 + head, from + BLOCK_SIZE - tail, tail);
  return packed;
}

/** The other way. */
export function unpackBlock(packed: usize, to: usize): void {
  const head = load<u32>(packed);
  const tail = load<u32>(packed + 4);
  memory.copy(to, packed + 8, head);
  memory.fill(to + head, 0, BLOCK_SIZE - head - tail);
  memory.copy(to + BLOCK_SIZE - tail, packed + 8 + head, tail);
}

function setBits(from: u32, end: u32): void {
  let bit = from;
  for (; bit < end && bit % 8 != 0; bit++) setBit(bit);
  const whole = (end - min(end, bit)) / 8;
  memory.fill(block + bit / 8, 0xff, whole);
  for (bit += whole * 8; bit < end; bit++) setBit(bit);
}

function setBit(bit: u32): void {
  store<u8>(block + bit / 8, load<u8>(block + bit / 8) | (<u8>1 << <u8>(bit % 8)));
}

function clearBit(bit: u32): void {
  store<u8>(block + bit / 8, load<u8>(block + bit / 8) & ~((<u8>1 << <u8>(bit % 8))));
}
