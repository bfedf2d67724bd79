/**
 * All inodes: what each says of itself, and the blocks that it has.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Index Nodes; Special inodes.
 */
import { Problem } from "../../abi";
import { REGULAR, SYMBOLIC_LINK, TYPE_MASK } from "../../tree/mode";
import { CompatibleFeature, IncompatibleFeature, ReadOnlyFeature } from "../features";
import { DiskInode, EXTRA_SIZE_AT, GroupFlag, InodeFlag, ROOT_INODE, SIZE_HI_AT } from "../format";
import { FileInode, OLD_SIZE } from "../reading/inode";
import { Superblock } from "../reading/superblock";
import { BlockWalk } from "./block-walk";
import { InodeRecord, Known } from "./census";
import { CheckState } from "./check-state";
import { FlagDetail, InodeDetail, SizeDetail } from "./details";
import { InodeBlocks } from "./inode-blocks";
import { InodeTimes } from "./inode-times";
import { ReservedInodes } from "./reserved-inodes";
import { SpecialFiles } from "./special-files";
import { XattrsCheck } from "./xattrs-check";

/** Offsets in an inode, bytes. */
const OBSOLETE_FRAGMENT_AT: u32 = 0x70; // u32
const BLOCKS_HI_AT: u32 = 0x74; // u16
const XATTR_BLOCK_HI_AT: u32 = 0x76; // u16

const MAX_EXTENT_FILE_BLOCKS: u64 = u32.MAX_VALUE;
const DIRECT: u64 = 12;

export class InodesCheck {
  private superblock: Superblock;
  private inode: FileInode;
  private walk: BlockWalk;
  private blocks: InodeBlocks;
  private special: SpecialFiles;
  private reserved: ReservedInodes;
  private times: InodeTimes;
  hasLargeFiles: bool = false;

  constructor(
    private state: CheckState,
    private xattrs: XattrsCheck,
  ) {
    this.superblock = state.superblock;
    this.inode = new FileInode(state.volume);
    const walk = new BlockWalk(state.volume, state.findings);
    const blocks = new InodeBlocks(state.claims);
    this.walk = walk;
    this.blocks = blocks;
    this.special = new SpecialFiles(state);
    this.reserved = new ReservedInodes(state, walk, blocks);
    this.times = new InodeTimes(state.findings);
  }

  /** Looks at all inodes of a group. */
  runGroup(number: u32): void {
    const superblock = this.superblock;
    const group = this.state.groups.getUnchecked(number);
    const table = group.inodeTable;
    if (!this.state.volume.holds(table, this.state.groups.tableBlocks)) return; // reported
    let count = superblock.inodesPerGroup;
    if (this.state.trustsFlags(number)) {
      if (group.flags & GroupFlag.InodesUnwritten) count = 0;
      else count -= min(count, group.unusedInodes);
    }
    const size = superblock.inodeSize;
    const perBlock = superblock.blockSize / size;
    const first = number * superblock.inodesPerGroup + 1;
    for (let index: u32 = 0; index < count; index++) {
      const at = this.state.volume.block(table + index / perBlock) + (index % perBlock) * size;
      const disk = changetype<DiskInode>(at);
      const inode = first + index;
      if (disk.mode != 0 || disk.linksCount != 0 || inode < superblock.firstInode) this.check(inode, at);
    }
  }

  private check(number: u32, at: usize): void {
    const inode = this.inode;
    if (!this.state.decode(number, at, inode)) {
      this.report(Problem.InodeExtraSize, 0, load<u16>(at, EXTRA_SIZE_AT), this.superblock.inodeSize - OLD_SIZE);
    }
    const isReserved = number < this.superblock.firstInode;
    if (isReserved && !this.reserved.check(inode)) return this.claimReserved(inode);
    const isOrphan = this.state.orphans.has(number);
    if (inode.linkCount == 0 && number != ROOT_INODE && !isOrphan) return this.checkDeleted(inode);
    this.checkChecksum(inode);
    this.checkFields(inode);
    const record = this.state.census.make(number);
    record.known = Known.Used;
    record.links = <u16>inode.linkCount;
    record.type = <u16>fileTypeOf(inode.mode);
    if ((isReserved && number != ROOT_INODE) || isOrphan || this.reserved.isNameless(number))
      record.known |= Known.Nameless;
    if (inode.flags & InodeFlag.XattrValue) record.known |= Known.Value;
    if (inode.isDirectory) record.known |= Known.Directory;
    if (!inode.hasType) this.report(Problem.InodeMode, 0, inode.mode, 0);
    this.checkFlags(inode);
    this.times.check(inode);
    const apart = this.xattrs.check(inode);
    this.checkContent(inode, record, apart);
  }

  /** An inode that the filesystem keeps for itself and has no use for, but may have blocks. */
  private claimReserved(inode: FileInode): void {
    const record = this.state.census.make(inode.number);
    record.known = Known.Used | Known.Nameless;
  }

  private checkDeleted(inode: FileInode): void {
    if (inode.mode != 0 && inode.deletionTime == 0)
      this.report(Problem.InodeDeleted, InodeDetail.NotDeleted, inode.mode, 0);
  }

  private checkChecksum(inode: FileInode): void {
    if (!this.superblock.hasMetadataChecksums) return;
    const stored = inode.storedChecksum;
    const computed = inode.computeChecksum();
    if (stored != computed) this.report(Problem.InodeChecksum, 0, stored, computed);
  }

  /** Fields that must be zero, or are only there with a feature. */
  private checkFields(inode: FileInode): void {
    const superblock = this.superblock;
    const raw = inode.raw;
    if (inode.deletionTime != 0 && !this.state.orphans.has(inode.number))
      this.report(Problem.InodeDeleted, InodeDetail.InUse, inode.deletionTime, 0);
    this.mustBeZero(InodeDetail.Fragment, load<u32>(raw, OBSOLETE_FRAGMENT_AT));
    if (!(superblock.readOnly & ReadOnlyFeature.HugeFile))
      this.mustBeZero(InodeDetail.BlocksHigh, load<u16>(raw, BLOCKS_HI_AT));
    if (!superblock.has(IncompatibleFeature.Bits64))
      this.mustBeZero(InodeDetail.XattrBlockHigh, load<u16>(raw, XATTR_BLOCK_HI_AT));
    const sizeHigh = load<u32>(raw, SIZE_HI_AT);
    const isRegular = inode.type == REGULAR;
    if (isRegular && sizeHigh != 0) this.hasLargeFiles = true;
    if (!isRegular && !(inode.isDirectory && superblock.has(IncompatibleFeature.LargeDirectory)))
      this.mustBeZero(InodeDetail.SizeHigh, sizeHigh);
  }

  private mustBeZero(detail: InodeDetail, found: u32): void {
    if (found != 0) this.report(Problem.InodeField, detail, found, 0);
  }

  private checkFlags(inode: FileInode): void {
    const superblock = this.superblock;
    const compatible = superblock.compatible;
    const readOnly = superblock.readOnly;
    const isFileOrDirectory = inode.type == REGULAR || inode.isDirectory;
    this.needs(InodeFlag.Imagic, (compatible & CompatibleFeature.ImagicInodes) != 0, FlagDetail.Feature);
    this.needs(InodeFlag.Indexed, (compatible & CompatibleFeature.DirectoryIndex) != 0, FlagDetail.Feature);
    this.needs(InodeFlag.Indexed, inode.isDirectory, FlagDetail.Type);
    this.needs(InodeFlag.Encrypted, superblock.has(IncompatibleFeature.Encrypt), FlagDetail.Feature);
    this.needs(InodeFlag.Casefolded, superblock.has(IncompatibleFeature.Casefold), FlagDetail.Feature);
    this.needs(InodeFlag.Casefolded, inode.isDirectory, FlagDetail.Type);
    this.needs(InodeFlag.Verity, (readOnly & ReadOnlyFeature.Verity) != 0, FlagDetail.Feature);
    this.needs(InodeFlag.XattrValue, superblock.has(IncompatibleFeature.ExtendedAttributeInode), FlagDetail.Feature);
    this.needs(InodeFlag.XattrValue, inode.type == REGULAR, FlagDetail.Type);
    this.needs(InodeFlag.Extents, superblock.has(IncompatibleFeature.Extents), FlagDetail.Feature);
    this.needs(InodeFlag.Extents, isFileOrDirectory || inode.type == SYMBOLIC_LINK, FlagDetail.Type);
    this.needs(InodeFlag.InlineData, superblock.has(IncompatibleFeature.InlineData), FlagDetail.Feature);
    this.needs(InodeFlag.InlineData, isFileOrDirectory || inode.type == SYMBOLIC_LINK, FlagDetail.Type);
    this.needs(InodeFlag.InlineData, !inode.hasExtents, FlagDetail.Together);
    this.needs(InodeFlag.Immutable, isFileOrDirectory, FlagDetail.Type);
    this.needs(InodeFlag.AppendOnly, isFileOrDirectory, FlagDetail.Type);
    this.needs(InodeFlag.Compressed, false, FlagDetail.Feature);
  }

  private needs(flag: u32, isFulfilled: bool, detail: FlagDetail): void {
    if (this.inode.flags & flag && !isFulfilled) this.report(Problem.InodeFlags, detail, flag, this.inode.flags);
  }

  /** @param apart  blocks that its attributes take */
  private checkContent(inode: FileInode, record: InodeRecord, apart: u64): void {
    const blocks = this.blocks;
    const before = this.state.findings.count;
    blocks.start(inode.number);
    if (inode.hasBlocks) {
      this.walk.walk(inode, blocks, false);
      if (this.state.findings.count == before) this.checkSize(inode);
    } else if (inode.isInline) this.special.checkInline(inode, this.xattrs.isInodeSound);
    else if (inode.isFastLink) this.special.checkFastLink(inode);
    else this.special.checkDevice(inode);
    if (inode.type == SYMBOLIC_LINK && inode.hasBlocks) this.special.checkSlowLink(inode, blocks);
    if (this.state.findings.count != before) record.known |= Known.Opaque;
    if (blocks.isSharing) record.known |= Known.Sharing;
    this.checkBlockCount(inode, blocks.count + apart);
  }

  private checkBlockCount(inode: FileInode, blocks: u64): void {
    const sectors = blocks * (this.superblock.blockSize / 512);
    if (inode.sectors != sectors) this.report(Problem.InodeBlocks, 0, inode.sectors, sectors);
  }

  private checkSize(inode: FileInode): void {
    const blocks = this.blocks;
    const blockSize: u64 = this.superblock.blockSize;
    if (inode.isDirectory) {
      if (blocks.content == 0) this.report(Problem.InodeSize, SizeDetail.EmptyDirectory, inode.size, 0);
      else if (inode.size != blocks.end * blockSize)
        this.report(Problem.InodeSize, SizeDetail.Directory, inode.size, blocks.end * blockSize);
      return;
    }
    const least = blocks.writtenEnd > 0 ? (blocks.writtenEnd - 1) * blockSize : 0;
    if (inode.size < least && !(inode.flags & InodeFlag.Verity))
      this.report(Problem.InodeSize, SizeDetail.TooSmall, inode.size, least);
    const most = inode.hasExtents ? MAX_EXTENT_FILE_BLOCKS * blockSize : mostOfNumbers(blockSize);
    if (inode.size > most) this.report(Problem.InodeSize, SizeDetail.TooLarge, inode.size, most);
  }

  private report(problem: Problem, detail: u32, found: u64, expected: u64): void {
    this.state.findings.ofInode(problem, this.inode.number, detail, found, expected);
  }
}

/** Bytes that a file may have whose blocks are numbers; the count of its sectors has 48 bits at most. */
function mostOfNumbers(blockSize: u64): u64 {
  const perBlock = blockSize / 4;
  return (DIRECT + perBlock + perBlock * perBlock + perBlock * perBlock * perBlock) * blockSize;
}

/** What a directory says of an inode of this mode: FileType. 0: the mode is of no type. */
function fileTypeOf(mode: u32): u32 {
  return load<u8>(FILE_TYPES + ((mode & TYPE_MASK) >> 12));
}
const FILE_TYPES = memory.data<u8>([0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7, 0, 6, 0, 0, 0]);
