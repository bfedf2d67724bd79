/** The bytes of an ext4 image: contents as they come, then all that describes them. */
import { ErrorCode } from "../abi";
import { BlockStream } from "../block-stream";
import { allocate } from "../bytes/memory";
import { fail } from "../host";
import { Sink } from "../sink";
import { Inode } from "../tree/inode";
import { Tree } from "../tree/tree";
import { clearBit, setBits } from "./bitmap";
import { DirectoryWriter } from "./directory";
import { countLeaves, encodeLeaf } from "./extent";
import { CompatibleFeature, IncompatibleFeature, ReadOnlyFeature } from "./features";
import {
  BLOCK_SIZE, BLOCKS_PER_GROUP, DESCRIPTOR_SIZE, EXTRA_SIZE, FIRST_INODE, GroupDescriptor, INODE_SIZE, InodeFlag,
  INODES_PER_BLOCK, Superblock, SUPERBLOCK_AT, SUPERBLOCK_MAGIC,
} from "./format";
import { encodeInode } from "./inode";
import { computeDescriptorBlocks, computeLayout, Layout } from "./layout";
import { unpackBlock } from "./packed-block";
import {
  LOG_GROUPS_PER_FLEX_AT, LOST_FOUND_INODE_AT, MIN_EXTRA_INODE_SIZE_AT, WANT_EXTRA_INODE_SIZE_AT,
} from "./superblock-fields";
import { nextDirectory } from "./walk";

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

  private writeDirectories(root: Inode): void {
    for (let directory: Inode | null = root; directory; directory = nextDirectory(directory)) this.writeDirectory(directory);
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
          changetype<GroupDescriptor>(descriptors + group * DESCRIPTOR_SIZE).usedDirectoriesLo++;
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
      descriptor.blockBitmapLo = layout.bitmapsAt + 2 * group;
      descriptor.inodeBitmapLo = layout.bitmapsAt + 2 * group + 1;
      descriptor.inodeTableLo = layout.inodeTableAt + group * tableBlocks;

      const usedBlocks = this.writeBlockBitmap(group, layout);
      descriptor.freeBlocksLo = <u16>(BLOCKS_PER_GROUP - usedBlocks);
      free.blocks += BLOCKS_PER_GROUP - usedBlocks;

      const first = group * layout.inodesPerGroup;
      const usedInodes = min(layout.inodesPerGroup, lastInode - min(lastInode, first));
      memory.fill(block, 0, BLOCK_SIZE);
      setBits(block, 0, usedInodes);
      this.stream.append(block, BLOCK_SIZE);
      descriptor.freeInodesLo = <u16>(layout.inodesPerGroup - usedInodes);
      free.inodes += layout.inodesPerGroup - usedInodes;
    }
    return free;
  }

  /** @returns blocks marked as used; those past the image's end are among them */
  private writeBlockBitmap(group: u32, layout: Layout): u32 {
    const first = group * BLOCKS_PER_GROUP;
    let used = min(BLOCKS_PER_GROUP, layout.usedEnd - min(layout.usedEnd, first));
    memory.fill(block, 0, BLOCK_SIZE);
    setBits(block, 0, used);
    if (group == 0) {
      // Kept for descriptors that are not there.
      for (let i = 1 + layout.usedDescriptorBlocks; i < 1 + layout.descriptorBlocks; i++) clearBit(block, i);
      used -= layout.descriptorBlocks - layout.usedDescriptorBlocks;
    }
    const last = layout.end % BLOCKS_PER_GROUP;
    if (group == layout.groups - 1 && last != 0) {
      setBits(block, last, BLOCKS_PER_GROUP);
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
    superblock.featuresCompatible = CompatibleFeature.SparseSuper2 | CompatibleFeature.ExtendedAttributes;
    superblock.featuresIncompatible = IncompatibleFeature.FileType | IncompatibleFeature.Extents | IncompatibleFeature.FlexibleGroups;
    if (this.inline) superblock.featuresIncompatible |= IncompatibleFeature.InlineData;
    superblock.featuresReadOnly =
      ReadOnlyFeature.LargeFile | ReadOnlyFeature.HugeFile | ReadOnlyFeature.ExtraInodeSize | ReadOnlyFeature.ReadOnly;
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
