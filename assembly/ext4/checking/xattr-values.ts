/**
 * Values of attributes that fill inodes of their own: each knows its sum, and how often it is referred to.
 *
 * Source: Linux, fs/ext4/xattr.c.
 */
import { Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { InodeFlag, XattrEntry } from "../format";
import { hashEntry } from "../xattr";
import { FileInode } from "../reading/inode";
import { BlockVisitor, BlockWalk } from "./block-walk";
import { Known } from "./census";
import { CheckState } from "./check-state";
import { ValueDetail } from "./details";
import { hashNameSigned, nameOf } from "./xattr-list-check";

/** Sums up the blocks of a value. */
class ValueSum extends BlockVisitor {
  sum: u32 = 0;
  left: u64 = 0;
  private reached: u64 = 0;

  constructor(private state: CheckState) {
    super();
  }

  start(size: u64): void {
    this.sum = this.state.superblock.checksumSeed;
    this.left = size;
    this.reached = 0;
  }

  node(block: u64, logical: u64): bool {
    return !this.state.claims.doubles.has(block);
  }

  run(logical: u64, start: u64, count: u32, isWritten: bool): void {
    if (logical != this.reached) return; // a hole: the sum will be wrong
    this.reached += count;
    for (let i: u32 = 0; i < count && this.left > 0; i++) {
      const length = <u32>min<u64>(this.left, this.state.volume.blockSize);
      this.sum = crc32c(this.sum, this.state.volume.block(start + i), length);
      this.left -= length;
    }
  }
}

export class XattrValues {
  private inode: FileInode;
  private walk: BlockWalk;
  private sum: ValueSum;

  constructor(private state: CheckState) {
    this.inode = new FileInode(state.volume);
    this.walk = new BlockWalk(state.volume, state.findings);
    this.sum = new ValueSum(state);
  }

  /** Checks what an attribute says of its value's inode. @returns blocks that the value takes */
  check(number: u32, block: u64, entry: XattrEntry): u64 {
    const holder = entry.valueInode;
    const superblock = this.state.superblock;
    if (holder < superblock.firstInode || holder > superblock.inodes || !this.state.canRead(holder)) {
      this.report(number, block, entry, ValueDetail.NoInode, holder, superblock.inodes);
      return 0;
    }
    const inode = this.inode;
    this.state.readUnchecked(holder, inode);
    this.state.census.make(holder).counted++;
    if (!(inode.flags & InodeFlag.XattrValue))
      this.report(number, block, entry, ValueDetail.NotMarked, holder, inode.flags);
    else {
      if (inode.size != entry.valueSize)
        this.report(number, block, entry, ValueDetail.Size, inode.size, entry.valueSize);
      this.checkHash(number, block, entry, <u32>inode.atime);
    }
    const blockSize = superblock.blockSize;
    return (<u64>entry.valueSize + blockSize - 1) / blockSize;
  }

  private checkHash(number: u32, block: u64, entry: XattrEntry, valueSum: u32): void {
    const hash = rotl<u32>(hashEntry(nameOf(entry), entry.nameLength, 0, 0), 16) ^ valueSum;
    const signed = rotl<u32>(hashNameSigned(entry), 16) ^ valueSum;
    if (entry.hash == hash || entry.hash == signed) return;
    this.state.findings.ofName(Problem.XattrHash, number, block, 0, entry.hash, hash, nameOf(entry), entry.nameLength);
  }

  /** After all inodes: whether each value is what its inode says, and is referred to as often. */
  runAll(): void {
    const census = this.state.census;
    for (let number = census.next(1); number != 0; number = census.next(number + 1)) {
      const record = census.get(number);
      if (!(record.known & Known.Value)) continue;
      this.state.readUnchecked(number, this.inode);
      this.checkReferences(this.inode, record.counted);
      if (!(record.known & Known.Opaque)) this.checkSum(this.inode);
    }
  }

  private checkReferences(inode: FileInode, counted: u32): void {
    const stored = ((<u64>(<u32>inode.ctime)) << 32) | <u32>inode.version;
    if (stored != counted)
      this.state.findings.ofInode(Problem.XattrValueInode, inode.number, ValueDetail.References, stored, counted);
  }

  private checkSum(inode: FileInode): void {
    const sum = this.sum;
    sum.start(inode.size);
    this.walk.walk(inode, sum, true);
    if (sum.left > 0 || sum.sum != <u32>inode.atime) {
      this.state.findings.ofInode(Problem.XattrValueInode, inode.number, ValueDetail.Sum, <u32>inode.atime, sum.sum);
    }
  }

  private report(number: u32, block: u64, entry: XattrEntry, detail: ValueDetail, found: u64, expected: u64): void {
    this.state.findings.ofName(
      Problem.XattrValueInode,
      number,
      block,
      detail,
      found,
      expected,
      nameOf(entry),
      entry.nameLength,
    );
  }
}
