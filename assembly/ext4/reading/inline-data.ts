/**
 * Content that stands in the inode: 60 bytes where others have their block map, the rest as an attribute.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Inline Data.
 */
import { REGULAR } from "../../tree/mode";
import { CONTENT_SIZE } from "../format";
import { corrupt } from "./corrupt";
import { FileInode } from "./inode";
import { XattrEntries } from "./xattr-entries";

/** Where the two pieces are; behind them, up to the size of a file, are zeros. Addresses lead into the inode's record. */
export class InlineData {
  head: usize = 0;
  headLength: u32 = 0;
  tail: usize = 0;
  tailLength: u32 = 0;
  private entries: XattrEntries = new XattrEntries();

  /** @fails Corrupt  the content is larger than its room, or the attribute is missing */
  find(inode: FileInode): void {
    const entries = this.entries;
    entries.startInode(inode);
    while (entries.next()) {
      if (!entries.isInlineData) continue;
      if (entries.valueInode != 0) corrupt(`inode ${inode.number}: inline data in inode ${entries.valueInode}`);
      return this.set(inode, entries);
    }
    corrupt(`inode ${inode.number}: inline data without its attribute`);
  }

  private set(inode: FileInode, entries: XattrEntries): void {
    const room = CONTENT_SIZE + entries.valueLength;
    // mke2fs makes inline files of large holes, which the kernel and e2fsck take for sound.
    const mayBeShort = inode.type == REGULAR;
    if (inode.size > room && !mayBeShort) {
      corrupt(`inode ${inode.number}: ${inode.size} bytes of inline data, in room for ${room}`);
    }
    const length = <u32>min<u64>(inode.size, room);
    this.head = inode.content;
    this.headLength = min(length, CONTENT_SIZE);
    this.tail = entries.value;
    this.tailLength = length - this.headLength;
  }
}
