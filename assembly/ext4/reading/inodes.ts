/** Finds inodes by their numbers. */
import { corrupt } from "./corrupt";
import { Groups } from "./groups";
import { FileInode } from "./inode";
import { Volume } from "./volume";

export class Inodes {
  constructor(private volume: Volume, private groups: Groups) {}

  /**
   * Fills `into` with the inode `number`, whether it is in use or not.
   *
   * @fails Corrupt  there is no such number, or the inode is damaged
   */
  read(number: u32, into: FileInode): void {
    into.decode(number, this.volume.block(this.blockOf(number)) + this.offsetOf(number));
  }

  /**
   * As `read`, of an inode that something refers to.
   *
   * @fails Corrupt  it is not in use, or is of no known type
   */
  readUsed(number: u32, into: FileInode): void {
    this.read(number, into);
    if (!into.isUsed) corrupt(`inode ${number}: is referred to, and not in use`);
    if (!into.hasType) corrupt(`inode ${number}: mode 0${into.mode.toString(8)} is of no type`);
  }

  /** The block of an inode table in which it stands. */
  blockOf(number: u32): u64 {
    const superblock = this.volume.superblock;
    if (number == 0 || number > superblock.inodes) corrupt(`inode ${number} of ${superblock.inodes} is wanted`);
    const group = this.groups.get((number - 1) / superblock.inodesPerGroup);
    return group.inodeTable + this.positionOf(number) / superblock.blockSize;
  }

  private offsetOf(number: u32): u32 {
    return <u32>(this.positionOf(number) % this.volume.superblock.blockSize);
  }

  /** Byte in the table of its group. */
  private positionOf(number: u32): u64 {
    const superblock = this.volume.superblock;
    return <u64>((number - 1) % superblock.inodesPerGroup) * superblock.inodeSize;
  }
}
