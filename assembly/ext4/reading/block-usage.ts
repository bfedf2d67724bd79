/** What every block of a filesystem is used for: gathered from all inodes and groups, then told in order. */
import { BlockUse } from "../../abi";
import { allocate, ByteBuffer } from "../../bytes/memory";
import { mergeSort, Order } from "../../bytes/merge-sort";
import { SYMBOLIC_LINK } from "../../tree/mode";
import { IncompatibleFeature, ReadOnlyFeature } from "../features";
import { InodeFlag, ROOT_INODE } from "../format";
import { MULTI_MOUNT_BLOCK_AT, ORPHAN_FILE_INODE_AT, PROJECT_QUOTA_INODE_AT } from "../superblock-fields";
import { corrupt } from "./corrupt";
import { FileMap } from "./file-map";
import { Groups } from "./groups";
import { FileInode } from "./inode";
import { Inodes } from "./inodes";
import { Superblock } from "./superblock";
import { Volume } from "./volume";

const BAD_BLOCKS_INODE: u32 = 1;

/** Blocks that something says are its own. */
@unmanaged
class Claim {
  start: u64;  // 0x00
  length: u32; // 0x08
  use: u32;    // 0x0c  BlockUse
  owner: u32;  // 0x10  as BlockUsage has it
  unused: u32; // 0x14
  first: u64;  // 0x18
}

class ByStart extends Order {
  compare(a: usize, b: usize): i32 {
    const first = changetype<Claim>(a).start;
    const second = changetype<Claim>(b).start;
    return first < second ? -1 : first > second ? 1 : 0;
  }
}
const byStart = new ByStart();

/**
 * Tells each block once, in runs of one use, or of one use and one owner. Of two claims on a block the one that begins
 * first counts; that there are two is not told.
 *
 *     usage.gather();
 *     while (usage.next()) … usage.start, usage.length, usage.use …
 *
 *     usage.begin();
 *     while (usage.gatherMore()) {}
 *     while (usage.nextOwned()) … usage.owner, usage.first …
 */
export class BlockUsage {
  start: u64 = 0;
  length: u64 = 0;
  use: BlockUse = BlockUse.Free;
  /** The inode whose blocks they are; of metadata of a group, the group. */
  owner: u32 = 0;
  /** What the first of the blocks holds: of a file, its block; of bitmaps and inode tables, the first block or inode. */
  first: u64 = 0;

  private superblock: Superblock;
  private claims: ByteBuffer = new ByteBuffer();
  /** Blocks of files claimed so far. */
  private claimed: u64 = 0;
  /** Groups whose descriptors were looked at, and those whose inodes were; of the last of these, the next inode. */
  private groupsBegun: u32 = 0;
  private tablesBegun: u32 = 0;
  private bit: u32 = 0;
  private order: usize = 0;
  private count: u32 = 0;
  private index: u32 = 0;
  private told: u64 = 0;
  private fileMap: FileMap;
  private inode: FileInode;
  private bitmap: usize;

  constructor(private volume: Volume, private groups: Groups, private inodes: Inodes) {
    this.superblock = volume.superblock;
    this.fileMap = new FileMap(volume);
    this.inode = new FileInode(volume);
    this.bitmap = allocate(volume.blockSize);
  }

  /** Reads all that says what blocks are for. @fails Corrupt */
  gather(): void {
    this.begin();
    while (this.gatherMore()) {}
  }

  /** Starts anew, for who gathers step by step. */
  begin(): void {
    this.claims.clear();
    this.claimed = 0;
    this.groupsBegun = 0;
    this.tablesBegun = 0;
    this.bit = this.superblock.inodesPerGroup;
    if (this.superblock.firstBlock > 0) this.claim(0, this.superblock.firstBlock, BlockUse.Boot, 0, 0);
    if (this.superblock.has(IncompatibleFeature.MultiMountProtection)) {
      this.claim(load<u64>(this.superblock.raw, MULTI_MOUNT_BLOCK_AT), 1, BlockUse.Internal, 0, 0);
    }
  }

  /**
   * Reads what one group says, or the inodes of one. After a failure it may be called again: it goes on behind what is
   * damaged.
   *
   * @returns false: that was all; @fails Corrupt
   */
  gatherMore(): bool {
    const superblock = this.superblock;
    if (this.groupsBegun < superblock.groups) {
      this.gatherGroup(this.groupsBegun++);
      return true;
    }
    if (this.bit >= superblock.inodesPerGroup) {
      if (this.tablesBegun == superblock.groups) {
        this.sort();
        return false;
      }
      this.groups.readInodeBitmap(this.tablesBegun++, this.bitmap);
      this.bit = 0;
    }
    this.gatherInodes(this.tablesBegun - 1);
    return true;
  }

  /** @returns whether there is another run */
  next(): bool {
    const end = this.superblock.blocks;
    if (this.told == end) return false;
    this.start = this.told;
    const first = this.current();
    this.use = first ? <BlockUse>first.use : BlockUse.Unknown;
    // A gap, up to the next claim; or a claim, and those of the same use that it runs into.
    if (!first || first.start > this.told) {
      this.use = BlockUse.Unknown;
      this.told = first ? min(first.start, end) : end;
    } else {
      let claim: Claim | null = first;
      while (claim && claim.start <= this.told && claim.use == this.use) {
        this.told = min(claim.start + claim.length, end);
        claim = this.current();
      }
    }
    this.length = this.told - this.start;
    return true;
  }

  /** As `next`, but blocks of different owners, or that do not follow one another in one, are told apart. */
  nextOwned(): bool {
    const end = this.superblock.blocks;
    if (this.told == end) return false;
    this.start = this.told;
    const claim = this.current();
    if (!claim || claim.start > this.told) {
      this.use = BlockUse.Unknown;
      this.owner = 0;
      this.first = 0;
      this.told = claim ? min(claim.start, end) : end;
    } else {
      const isNode = claim.use == BlockUse.Map;
      this.use = <BlockUse>claim.use;
      this.owner = claim.owner;
      this.first = isNode ? claim.first : claim.first + (this.told - claim.start);
      this.told = min(claim.start + claim.length, end);
    }
    this.length = this.told - this.start;
    return true;
  }

  /** The first claim on a block that was not told yet. */
  private current(): Claim | null {
    while (this.index < this.count) {
      const claim = load<Claim>(this.order + this.index * sizeof<usize>());
      if (claim.start + claim.length > this.told) return claim;
      this.index++;
    }
    return null;
  }

  private gatherGroup(number: u32): void {
    const superblock = this.superblock;
    const group = this.groups.get(number);
    const hasSuperblock: u32 = this.groups.hasSuperblock(number) ? 1 : 0;
    const descriptors = this.groups.descriptorBlocksIn(number);
    const reserved = this.groups.reservedDescriptorBlocksIn(number);
    const first = group.firstBlock + hasSuperblock;
    this.claim(group.firstBlock, hasSuperblock, BlockUse.Superblock, number, 0);
    this.claim(first, descriptors, BlockUse.Descriptors, number, 0);
    this.claim(first + descriptors, reserved, BlockUse.ReservedDescriptors, number, 0);
    this.claim(group.blockBitmap, 1, BlockUse.BlockBitmap, number, group.firstBlock);
    const firstInode = <u64>number * superblock.inodesPerGroup + 1;
    this.claim(group.inodeBitmap, 1, BlockUse.InodeBitmap, number, firstInode);
    this.claim(group.inodeTable, this.groups.tableBlocks, BlockUse.InodeTable, number, 0);
    this.groups.readBlockBitmap(number, this.bitmap);
    this.gatherFree(group.firstBlock, group.blocks);
  }

  /** The clear bits of the bitmap at hand. */
  private gatherFree(first: u64, count: u32): void {
    for (let bit: u32 = 0; bit < count; ) {
      const from = bit;
      while (bit < count && !this.isSet(bit)) bit++;
      if (bit > from) this.claim(first + from, bit - from, BlockUse.Free, 0, 0);
      while (bit < count && this.isSet(bit)) bit++;
    }
  }

  /** From `bit` on: of a damaged one, the next call begins behind it. */
  private gatherInodes(group: u32): void {
    const perGroup = this.superblock.inodesPerGroup;
    while (this.bit < perGroup) {
      const bit = this.bit++;
      if (bit % 8 == 0 && load<u8>(this.bitmap + bit / 8) == 0) this.bit += 7;
      else if (this.isSet(bit)) this.gatherInode(group * perGroup + bit + 1);
    }
  }

  private gatherInode(number: u32): void {
    const inode = this.inode;
    this.inodes.read(number, inode);
    if (!inode.isUsed && number >= this.superblock.firstInode) return;
    if (inode.xattrBlock != 0) this.claim(inode.xattrBlock, 1, BlockUse.Xattr, number, 0);
    if (number != BAD_BLOCKS_INODE && !inode.hasBlocks) return;
    const use = this.useOf(number, inode);
    const map = this.fileMap.start(inode, 0, true);
    while (map.next()) {
      this.countFileBlocks(inode, map.length);
      this.claim(map.physical, map.length, map.isNode ? BlockUse.Map : use, number, map.logical);
    }
  }

  private useOf(number: u32, inode: FileInode): BlockUse {
    if (number == this.superblock.journalInode) return BlockUse.Journal;
    if (number < this.superblock.firstInode && number != ROOT_INODE) return BlockUse.Internal;
    if (number == load<u32>(this.superblock.raw, ORPHAN_FILE_INODE_AT)) return BlockUse.Internal;
    if (number == load<u32>(this.superblock.raw, PROJECT_QUOTA_INODE_AT)) return BlockUse.Internal;
    if (inode.flags & InodeFlag.XattrValue) return BlockUse.Xattr;
    if (inode.isDirectory) return BlockUse.Directory;
    return inode.type == SYMBOLIC_LINK ? BlockUse.SymbolicLink : BlockUse.FileData;
  }

  /** Files share no blocks, so that there is an end to them, unless a feature says that they do. */
  private countFileBlocks(inode: FileInode, length: u32): void {
    this.claimed += length;
    const isShared = (this.superblock.readOnly & ReadOnlyFeature.SharedBlocks) != 0;
    if (this.claimed > this.superblock.blocks && !isShared) {
      corrupt(`inode ${inode.number}: with it, files have more blocks than the ${this.volume.blocks} that there are`);
    }
  }

  private claim(start: u64, length: u32, use: BlockUse, owner: u32, first: u64): void {
    if (length == 0) return;
    this.claims.reserve(this.claims.length + offsetof<Claim>());
    const claim = changetype<Claim>(this.claims.at + this.claims.length);
    claim.start = start;
    claim.length = length;
    claim.use = use;
    claim.owner = owner;
    claim.first = first;
    this.claims.length += offsetof<Claim>();
  }

  private sort(): void {
    const count = this.claims.length / offsetof<Claim>();
    this.order = allocate((count + count / 2 + 1) * sizeof<usize>());
    for (let i: u32 = 0; i < count; i++) {
      store<usize>(this.order + i * sizeof<usize>(), this.claims.at + i * offsetof<Claim>());
    }
    mergeSort(this.order, this.order + count * sizeof<usize>(), count, byStart);
    this.count = count;
    this.index = 0;
    this.told = 0;
  }

  private isSet(bit: u32): bool {
    return (load<u8>(this.bitmap + bit / 8) & (1 << <u8>(bit % 8))) != 0;
  }
}
