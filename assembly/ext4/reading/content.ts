/** The bytes of a file, of a symbolic link's target, or of an attribute's value in an inode of its own. */
import { ErrorCode } from "../../abi";
import { fail } from "../../host";
import { BlockMap } from "./block-map";
import { corrupt } from "./corrupt";
import { FileMap } from "./file-map";
import { InlineData } from "./inline-data";
import { InodeFlag } from "../format";
import { FileInode } from "./inode";
import { Volume } from "./volume";

/**
 * Reads one inode after another, each from anywhere; forward is fastest.
 *
 *     content.open(inode);
 *     content.read(at, to, length) …
 */
export class Content {
  private inode: FileInode;
  private fileMap: FileMap;
  private inline: InlineData = new InlineData();
  /** At its current run; null: not started. */
  private map: BlockMap | null = null;
  /** From this block of the file up to the current run there is a hole. */
  private passed: u64 = 0;
  /** Behind `passed` there is nothing but a hole. */
  private atEnd: bool = false;

  constructor(private volume: Volume) {
    this.inode = changetype<FileInode>(0);
    this.fileMap = new FileMap(volume);
  }

  /**
   * @param inode  must hold until the last `read`
   * @fails Corrupt      its content cannot be where it should
   * @fails Unsupported  it is encrypted
   */
  open(inode: FileInode): void {
    this.inode = inode;
    this.map = null;
    this.atEnd = false;
    refuseEncrypted(inode);
    if (!inode.hasContent) corrupt(`inode ${inode.number}: a file of mode 0${inode.mode.toString(8)} has no content`);
    if (inode.isInline) this.inline.find(inode);
  }

  /**
   * Puts bytes of the file into memory at `to`. Holes, and blocks that were never written, are zeros.
   *
   * @returns bytes put there: `length`, or fewer where the file ends
   * @fails Corrupt
   */
  read(at: u64, to: usize, length: u32): u32 {
    const inode = this.inode;
    if (at >= inode.size) return 0;
    const count = <u32>min<u64>(length, inode.size - at);
    if (inode.isInline) this.readInline(at, to, count);
    else if (inode.isFastLink) memory.copy(to, inode.content + <usize>at, count);
    else this.readBlocks(at, to, count);
    return count;
  }

  private readInline(at: u64, to: usize, length: u32): void {
    const inline = this.inline;
    memory.fill(to, 0, length);
    copyPart(inline.head, inline.headLength, 0, at, to, length);
    copyPart(inline.tail, inline.tailLength, inline.headLength, at, to, length);
  }

  private readBlocks(from: u64, to: usize, length: u32): void {
    const blockSize = this.volume.blockSize;
    const end = from + length;
    for (let at = from; at < end; ) {
      const map = this.runAt(at / blockSize);
      const start = map ? map.logical * blockSize : u64.MAX_VALUE;
      const runEnd = map ? (map.logical + map.length) * blockSize : u64.MAX_VALUE;
      const isHole = at < start;
      const piece = <u32>(min(end, isHole ? start : runEnd) - at);
      if (isHole || !(map as BlockMap).isWritten) memory.fill(to, 0, piece);
      else this.volume.read((map as BlockMap).physical * blockSize + (at - start), to, piece);
      at += piece;
      to += piece;
    }
  }

  /** The run that has a block of the file, or the first behind it; null: there is none. */
  private runAt(block: u64): BlockMap | null {
    const started = this.map;
    if (!started || block < this.passed) this.goOn(this.fileMap.start(this.inode, block, false), block);
    const map = this.map as BlockMap;
    while (!this.atEnd && block >= map.logical + map.length) this.goOn(map, map.logical + map.length);
    return this.atEnd ? null : map;
  }

  private goOn(map: BlockMap, passed: u64): void {
    this.map = null; // `next` may fail, and is then not to be asked again
    this.atEnd = !map.next();
    this.passed = passed;
    this.map = map;
  }
}

/** Of bytes that stand at `start` of a file, puts those in place that fall into `length` bytes from `at`. */
function copyPart(part: usize, partLength: u32, start: u64, at: u64, to: usize, length: u32): void {
  const from = max(start, at);
  const end = min(start + partLength, at + length);
  if (from < end) memory.copy(to + <usize>(from - at), part + <usize>(from - start), <usize>(end - from));
}

/** @fails Unsupported  the content and, in a directory, the names are encrypted */
export function refuseEncrypted(inode: FileInode): void {
  if (inode.flags & InodeFlag.Encrypted) fail(ErrorCode.Unsupported, `ext4: inode ${inode.number}: is encrypted`);
}
