/**
 * Bitmaps against what is in use, their checksums and padding, and the counts that are kept of them.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Block and Inode Bitmaps.
 */
import { Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { allocate } from "../../bytes/memory";
import { GroupFlag } from "../format";
import { Group } from "../reading/groups";
import { Superblock } from "../reading/superblock";
import { Known } from "./census";
import { CheckState } from "./check-state";

/** How often one of the two says what the other does not, and where first. */
class Difference {
  count: u32 = 0;
  first: u32 = 0;

  note(bit: u32): void {
    if (this.count++ == 0) this.first = bit;
  }
}

export class BitmapsCheck {
  private superblock: Superblock;
  private bitmap: usize;
  private freeBlocks: u64 = 0;
  private freeInodes: u64 = 0;
  private unmarked: Difference = new Difference();
  private unused: Difference = new Difference();

  constructor(private state: CheckState) {
    this.superblock = state.superblock;
    this.bitmap = allocate(this.superblock.blockSize);
  }

  runGroup(number: u32): void {
    const group = this.state.groups.getUnchecked(number);
    this.checkBlocks(number, group);
    this.checkInodes(number, group);
  }

  /** After all groups. */
  finish(): void {
    const superblock = this.superblock;
    const findings = this.state.findings;
    if (superblock.freeBlocks != this.freeBlocks)
      findings.ofFilesystem(Problem.FreeBlocks, 0, superblock.freeBlocks, this.freeBlocks);
    const freeInodes = superblock.struct.freeInodes;
    if (freeInodes != this.freeInodes) findings.ofFilesystem(Problem.FreeInodes, 0, freeInodes, this.freeInodes);
  }

  private checkBlocks(number: u32, group: Group): void {
    const isWritten = !(this.state.trustsFlags(number) && group.flags & GroupFlag.BlocksUnwritten);
    if (!isWritten) this.state.groups.encodeFreshBitmap(number, group, this.bitmap);
    else if (!this.state.volume.holds(group.blockBitmap, 1)) memory.fill(this.bitmap, 0xff, this.superblock.blockSize);
    else {
      memory.copy(this.bitmap, this.state.volume.block(group.blockBitmap), this.superblock.blockSize);
      this.verify(
        Problem.BlockBitmapChecksum,
        number,
        group.blockBitmap,
        group.blockBitmapChecksum,
        this.superblock.blocksPerGroup,
      );
      this.checkPadding(Problem.BlockBitmapPadding, number, group.blockBitmap, group.blocks);
    }
    const used = this.compareBlocks(group);
    this.reportDifference(Problem.BlockNotMarked, number, this.unmarked, group.firstBlock);
    this.reportDifference(Problem.BlockNotUsed, number, this.unused, group.firstBlock);
    const free = group.blocks - used;
    this.freeBlocks += free;
    this.expect(Problem.FreeBlocks, number, group.freeBlocks, free);
  }

  /** @returns blocks in use */
  private compareBlocks(group: Group): u32 {
    this.forget();
    const used = this.state.claims.used;
    let count: u32 = 0;
    for (let bit: u32 = 0; bit < group.blocks; ) {
      const block = group.firstBlock + bit;
      // Groups begin on whole words, but where block 0 is not of the first.
      if (bit % 64 == 0 && bit + 64 <= group.blocks) {
        const word = block % 64 == 0 ? used.word(block) : this.oddWord(block);
        count += <u32>popcnt(word);
        if (word == load<u64>(this.bitmap + bit / 8)) {
          bit += 64;
          continue;
        }
        for (let i: u32 = 0; i < 64; i++) this.compare(bit + i, (word >> i) & 1);
        bit += 64;
        continue;
      }
      const isUsed: u64 = used.has(block) ? 1 : 0;
      count += <u32>isUsed;
      this.compare(bit++, isUsed);
    }
    return count;
  }

  private oddWord(block: u64): u64 {
    const used = this.state.claims.used;
    const shift = block % 64;
    const low = used.word(block - shift) >> shift;
    const next = block - shift + 64;
    return next < this.superblock.blocks ? low | (used.word(next) << (64 - shift)) : low;
  }

  private checkInodes(number: u32, group: Group): void {
    this.readInodes(number, group);
    this.forget();
    const perGroup = this.superblock.inodesPerGroup;
    const first = number * perGroup + 1;
    const census = this.state.census;
    let used: u32 = 0;
    let directories: u32 = 0;
    for (let bit: u32 = 0; bit < perGroup; bit++) {
      const inode = first + bit;
      const known = census.get(inode).known;
      const isUsed = (known & Known.Used) != 0 || inode < this.superblock.firstInode;
      if (isUsed) used++;
      if (known & Known.Directory) directories++;
      this.compare(bit, isUsed ? 1 : 0);
    }
    this.reportDifference(Problem.InodeNotMarked, number, this.unmarked, first);
    this.reportDifference(Problem.InodeNotUsed, number, this.unused, first);
    this.freeInodes += perGroup - used;
    this.expect(Problem.FreeInodes, number, group.freeInodes, perGroup - used);
    this.expect(Problem.UsedDirectories, number, group.usedDirectories, directories);
  }

  /** Puts the group's bitmap of inodes into memory, checked. */
  private readInodes(number: u32, group: Group): void {
    const perGroup = this.superblock.inodesPerGroup;
    const isWritten = !(this.state.trustsFlags(number) && group.flags & GroupFlag.InodesUnwritten);
    if (!isWritten) memory.fill(this.bitmap, 0, this.superblock.blockSize);
    else if (!this.state.volume.holds(group.inodeBitmap, 1)) memory.fill(this.bitmap, 0xff, this.superblock.blockSize);
    else {
      memory.copy(this.bitmap, this.state.volume.block(group.inodeBitmap), this.superblock.blockSize);
      this.verify(Problem.InodeBitmapChecksum, number, group.inodeBitmap, group.inodeBitmapChecksum, perGroup);
      this.checkPadding(Problem.InodeBitmapPadding, number, group.inodeBitmap, perGroup);
    }
  }

  private expect(problem: Problem, group: u32, found: u32, counted: u32): void {
    if (found != counted) this.state.findings.ofGroup(problem, group, 0, found, counted);
  }

  private compare(bit: u32, isUsed: u64): void {
    const isMarked = <u64>((load<u8>(this.bitmap + bit / 8) >> <u8>(bit % 8)) & 1);
    if (isMarked == isUsed) return;
    if (isUsed) this.unmarked.note(bit);
    else this.unused.note(bit);
  }

  private forget(): void {
    this.unmarked.count = 0;
    this.unused.count = 0;
  }

  private reportDifference(problem: Problem, group: u32, difference: Difference, first: u64): void {
    if (difference.count > 0)
      this.state.findings.ofGroup(problem, group, 0, first + difference.first, difference.count);
  }

  private verify(problem: Problem, group: u32, block: u64, stored: u32, bits: u32): void {
    if (!this.superblock.hasMetadataChecksums) return;
    const computed = this.state.groups.narrow(crc32c(this.superblock.checksumSeed, this.bitmap, bits / 8));
    if (stored != computed) this.state.findings.ofGroup(problem, group, 0, stored, computed).block = block;
  }

  /** Bits behind the last that means something must be set. */
  private checkPadding(problem: Problem, group: u32, block: u64, from: u32): void {
    const end: u32 = 8 * this.superblock.blockSize;
    for (let bit = from; bit < end; bit++) {
      if (bit % 8 == 0 && load<u8>(this.bitmap + bit / 8) == 0xff) {
        bit += 7;
        continue;
      }
      if ((load<u8>(this.bitmap + bit / 8) >> <u8>(bit % 8)) & 1) continue;
      this.state.findings.ofGroup(problem, group, 0, bit, from).block = block;
      return;
    }
  }
}
