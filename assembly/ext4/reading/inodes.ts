/** Finds inodes by their numbers. */
import { SYMBOLIC_LINK } from "../../tree/mode";
import { corrupt } from "./corrupt";
import { Groups } from "./groups";
import { FileInode } from "./inode";
import { Volume } from "./volume";

/** Of a file: their numbers have 32 bits. */
const MAX_BLOCKS: u64 = 1 << 32;

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
   * @fails Corrupt  it is not in use, of no known type, or larger than its type can be
   */
  readUsed(number: u32, into: FileInode): void {
    this.read(number, into);
    if (!into.isUsed) corrupt(`inode ${number}: is referred to, and not in use`);
    if (!into.hasType) corrupt(`inode ${number}: mode 0${into.mode.toString(8)} is of no type`);
    const blockSize = this.volume.blockSize;
    if (into.size > MAX_BLOCKS * blockSize) corrupt(`inode ${number}: ${into.size} bytes, in blocks of ${blockSize}`);
    if (into.type == SYMBOLIC_LINK && (into.size == 0 || into.size > blockSize)) {
      corrupt(`inode ${number}: a symbolic link of ${into.size} bytes`);
    }
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
