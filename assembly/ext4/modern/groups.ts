/**
 * Bitmaps and descriptors of the block groups.
 *
 * Source: Linux, "ext4 Data Structures", Block Group Descriptors, Block and Inode Bitmaps.
 */
import { BlockStream } from "../../block-stream";
import { allocate } from "../../bytes/memory";
import { crc32c } from "../../bytes/crc32c";
import { clearBit, setBits } from "../bitmap";
import { Checksums } from "./checksum";
import { GroupDescriptor, GroupFlag } from "../format";
import { DESCRIPTOR_SIZE } from "./format";
import { Geometry } from "./geometry";
import { Layout } from "./layout";
import { UsedBlocks } from "./used-blocks";

const bitmap = memory.data(4096, 16);

export class GroupTable {
  readonly descriptors: usize;
  freeBlocks: u64 = 0;
  freeInodes: u64 = 0;

  /**
   * @param headEnd   blocks kept for descriptors end here; those without one are free
   * @param dataEnd   the contents end here
   */
  constructor(
    private layout: Layout,
    private geometry: Geometry,
    private checksums: Checksums,
    private used: UsedBlocks,
    private headEnd: u32,
    private dataEnd: u32,
  ) {
    this.descriptors = allocate(<usize>layout.groups * DESCRIPTOR_SIZE);
  }

  /** Bytes of all descriptors. */
  get size(): u32 {
    return this.layout.groups * DESCRIPTOR_SIZE;
  }

  at(group: u32): GroupDescriptor {
    return changetype<GroupDescriptor>(this.descriptors + <usize>group * DESCRIPTOR_SIZE);
  }

  /** Appends the block bitmaps of all groups, then their inode bitmaps. @param lastInode  all up to it are in use */
  writeBitmaps(stream: BlockStream, lastInode: u32): void {
    for (let group: u32 = 0; group < this.layout.groups; group++) this.writeBlockBitmap(stream, group);
    for (let group: u32 = 0; group < this.layout.groups; group++) this.writeInodeBitmap(stream, group, lastInode);
  }

  private writeBlockBitmap(stream: BlockStream, group: u32): void {
    const layout = this.layout;
    const blockSize = this.geometry.blockSize;
    const descriptor = this.at(group);
    setHalves(descriptor, layout, group);
    descriptor.flags = <u16>GroupFlag.TableZeroed;
    const first = layout.firstOf(group, this.geometry);
    const count = layout.blocksOf(group, this.geometry);
    // The last group has one in any case: its end must be marked.
    if (first >= layout.usedEnd && group != layout.groups - 1) {
      descriptor.flags |= <u16>GroupFlag.BlocksUnwritten;
      this.setFreeBlocks(descriptor, count);
      return stream.zeros(blockSize);
    }
    memory.fill(bitmap, 0, blockSize);
    const inUse = <u32>min<u64>(count, layout.usedEnd - min(layout.usedEnd, first));
    setBits(bitmap, 0, inUse);
    this.clearHead(first, inUse);
    if (this.used.isKept) this.clearGarbage(<u32>first, inUse);
    this.setFreeBlocks(descriptor, count - countOnes(bitmap, count));
    setBits(bitmap, count, this.geometry.bitmapBits);
    const checksum = crc32c(this.checksums.seed, bitmap, layout.blocksPerGroup / 8);
    descriptor.blockBitmapChecksumLo = <u16>checksum;
    descriptor.blockBitmapChecksumHi = <u16>(checksum >> 16);
    stream.append(bitmap, blockSize);
  }

  /** Blocks kept for descriptors that are not there. */
  private clearHead(first: u64, count: u32): void {
    const from = (this.geometry.descriptorsAt + this.size + this.geometry.blockSize - 1) / this.geometry.blockSize;
    for (let block = max<u64>(from, first); block < min<u64>(this.headEnd, first + count); block++) {
      clearBit(bitmap, <u32>(block - first));
    }
  }

  private clearGarbage(first: u32, count: u32): void {
    const end = min(first + count, this.dataEnd);
    for (let block = max(first, this.headEnd); block < end; block++) {
      if (!this.used.isUsed(block)) clearBit(bitmap, block - first);
    }
  }

  private setFreeBlocks(descriptor: GroupDescriptor, count: u32): void {
    descriptor.freeBlocksLo = <u16>count;
    descriptor.freeBlocksHi = <u16>(count >> 16);
    this.freeBlocks += count;
  }

  private writeInodeBitmap(stream: BlockStream, group: u32, lastInode: u32): void {
    const perGroup = this.layout.inodesPerGroup;
    const blockSize = this.geometry.blockSize;
    const descriptor = this.at(group);
    const first = <u64>group * perGroup;
    const inUse = <u32>min<u64>(perGroup, lastInode - min<u64>(lastInode, first));
    const free = perGroup - inUse;
    this.freeInodes += free;
    descriptor.freeInodesLo = <u16>free;
    descriptor.unusedInodesLo = <u16>free;
    if (inUse == 0) {
      descriptor.flags |= <u16>GroupFlag.InodesUnwritten;
      return stream.zeros(blockSize);
    }
    memory.fill(bitmap, 0, blockSize);
    setBits(bitmap, 0, inUse);
    setBits(bitmap, perGroup, this.geometry.bitmapBits);
    const checksum = crc32c(this.checksums.seed, bitmap, perGroup / 8);
    descriptor.inodeBitmapChecksumLo = <u16>checksum;
    descriptor.inodeBitmapChecksumHi = <u16>(checksum >> 16);
    stream.append(bitmap, blockSize);
  }

  /** An inode of `group` is a directory. */
  countDirectory(group: u32): void {
    const descriptor = this.at(group);
    if (++descriptor.usedDirectoriesLo == 0) descriptor.usedDirectoriesHi++;
  }

  /** Settles the checksums of the descriptors, when all else in them is settled. */
  seal(): void {
    for (let group: u32 = 0; group < this.layout.groups; group++) {
      const descriptor = this.at(group);
      descriptor.checksum = <u16>crc32c(this.checksums.ofGroup(group), changetype<usize>(descriptor), DESCRIPTOR_SIZE);
    }
  }
}

function setHalves(descriptor: GroupDescriptor, layout: Layout, group: u32): void {
  const blockBitmap = layout.blockBitmapsAt + group;
  const inodeBitmap = layout.inodeBitmapsAt + group;
  const table = layout.inodeTablesAt + <u64>group * layout.tableBlocksPerGroup;
  descriptor.blockBitmapLo = <u32>blockBitmap;
  descriptor.blockBitmapHi = <u32>(blockBitmap >> 32);
  descriptor.inodeBitmapLo = <u32>inodeBitmap;
  descriptor.inodeBitmapHi = <u32>(inodeBitmap >> 32);
  descriptor.inodeTableLo = <u32>table;
  descriptor.inodeTableHi = <u32>(table >> 32);
}

/** Ones among the first `count` bits of a bitmap that is zero behind them. */
function countOnes(at: usize, count: u32): u32 {
  let ones: u64 = 0;
  for (let byte: u32 = 0; byte < (count + 7) / 8; byte += 8) ones += popcnt<u64>(load<u64>(at + byte));
  return <u32>ones;
}
