/** Inodes whose content is not in blocks, or must have one form: links, devices, small files. */
import { Problem } from "../../abi";
import { REGULAR } from "../../tree/mode";
import { CONTENT_SIZE } from "../format";
import { FileInode } from "../reading/inode";
import { Volume } from "../reading/volume";
import { XattrEntries } from "../reading/xattr-entries";
import { CheckState } from "./check-state";
import { SpecialDetail } from "./details";
import { Findings } from "./findings";
import { InodeBlocks } from "./inode-blocks";

/** Numbers that a device's inode may use, in the old form or the new. */
const DEVICE_NUMBERS: u32 = 4;
const MIN_INLINE_DIRECTORY: u64 = 4;

export class SpecialFiles {
  private volume: Volume;
  private findings: Findings;
  private entries: XattrEntries = new XattrEntries();

  constructor(state: CheckState) {
    this.volume = state.volume;
    this.findings = state.findings;
  }

  /** A device, a pipe, a socket. */
  checkDevice(inode: FileInode): void {
    if (inode.size != 0) this.report(Problem.DeviceInode, inode, SpecialDetail.Size, inode.size, 0);
    for (let i = DEVICE_NUMBERS; i < CONTENT_SIZE / 4; i++) {
      const found = load<u32>(inode.content + i * 4);
      if (found != 0) return this.report(Problem.DeviceInode, inode, SpecialDetail.Content, found, 0);
    }
  }

  checkFastLink(inode: FileInode): void {
    const length = lengthOf(inode.content, CONTENT_SIZE);
    if (inode.size == 0 || length != inode.size)
      this.report(Problem.SymbolicLink, inode, SpecialDetail.Size, inode.size, length);
  }

  /** A link whose target fills a block. */
  checkSlowLink(inode: FileInode, blocks: InodeBlocks): void {
    const size = this.volume.blockSize;
    if (blocks.content != 1 || blocks.first == 0)
      return this.report(Problem.SymbolicLink, inode, SpecialDetail.Blocks, blocks.content, 1);
    const length = lengthOf(this.volume.block(blocks.first), size);
    if (inode.size == 0 || length == size || length != inode.size)
      this.report(Problem.SymbolicLink, inode, SpecialDetail.Size, inode.size, length);
  }

  /** @param isSound  whether the attributes in the inode can be gone over */
  checkInline(inode: FileInode, isSound: bool): void {
    if (!isSound) return; // reported
    const entries = this.entries;
    entries.startInode(inode);
    while (entries.next()) {
      if (!entries.isInlineData) continue;
      const room: u64 = CONTENT_SIZE + entries.valueLength;
      if (entries.valueInode != 0)
        return this.report(Problem.InlineData, inode, SpecialDetail.Elsewhere, entries.valueInode, 0);
      return this.checkRoom(inode, room);
    }
    this.report(Problem.InlineData, inode, SpecialDetail.Missing, 0, 0);
  }

  /** A directory fills its room; of a file that is larger, as mke2fs makes them, the rest reads as zeros. */
  private checkRoom(inode: FileInode, room: u64): void {
    const isSound = inode.isDirectory ? inode.size == room && room >= MIN_INLINE_DIRECTORY : inode.size <= room;
    if (isSound) return;
    const problem = inode.type == REGULAR ? Problem.InlineRoom : Problem.InlineData;
    this.report(problem, inode, SpecialDetail.Size, inode.size, room);
  }

  private report(problem: Problem, inode: FileInode, detail: SpecialDetail, found: u64, expected: u64): void {
    this.findings.ofInode(problem, inode.number, detail, found, expected);
  }
}

/** Bytes before the first zero; `size`: there is none. */
function lengthOf(at: usize, size: u32): u32 {
  let length: u32 = 0;
  while (length < size && load<u8>(at + length) != 0) length++;
  return length;
}
