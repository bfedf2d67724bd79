/** What is known of each inode: from the inode itself, and from all that refers to it. */
import { allocate } from "../../bytes/memory";

/** Inodes of a piece; memory is taken for those pieces alone in which there is one in use. */
const PIECE: u32 = 1024;

export const enum Known {
  /** It is in use, by its own words. */
  Used = 1,
  Directory = 2,
  /** It holds the value of an attribute, and no directory has its name. */
  Value = 4,
  /** The filesystem's own, or an orphan: it needs no name. */
  Nameless = 8,
  /** It can be reached from the root. */
  Connected = 16,
  /** Its map or content is too broken to look into. */
  Opaque = 32,
  /** It was found to claim blocks that another had claimed before. */
  Sharing = 64,
}

@unmanaged
export class InodeRecord {
  /** Of Known. */
  known: u32;   // 0x00
  /** Names that lead here, `.` and `..` among them; of a value: attributes. */
  counted: u32; // 0x04
  /** Of a directory: the one that has its name. 0: none was found. */
  parent: u32;  // 0x08
  /** Of a directory: where its `..` leads. */
  dotDot: u32;  // 0x0c
  /** Links that it says to have. */
  links: u16;   // 0x10
  /** FileType; 0: none that is known. */
  type: u16;    // 0x12
}

export class Census {
  private pieces: usize;
  private nothing: InodeRecord = changetype<InodeRecord>(allocate(offsetof<InodeRecord>()));

  /** @param count  inodes of the filesystem */
  constructor(readonly count: u32) {
    this.pieces = allocate((count / PIECE + 1) * sizeof<usize>());
  }

  /** What is known of an inode that exists; nothing, if it is not in use: that record is not to be written to. */
  get(inode: u32): InodeRecord {
    const piece = load<usize>(this.slot(inode));
    return piece != 0 ? changetype<InodeRecord>(piece + (inode % PIECE) * offsetof<InodeRecord>()) : this.nothing;
  }

  /** As `get`, and there is a record to write to. */
  make(inode: u32): InodeRecord {
    const slot = this.slot(inode);
    if (load<usize>(slot) == 0) store<usize>(slot, allocate(PIECE * offsetof<InodeRecord>()));
    return this.get(inode);
  }

  /** The first inode from `inode` on that is in use; 0: there is none. From 0 on, which follows the last, is none. */
  next(inode: u32): u32 {
    if (inode == 0) return 0;
    for (let number: u64 = inode; number <= this.count; ) {
      if (load<usize>(this.slot(<u32>number)) == 0) {
        number += PIECE - (number % PIECE);
        continue;
      }
      if (this.get(<u32>number).known & Known.Used) return <u32>number;
      number++;
    }
    return 0;
  }

  private slot(inode: u32): usize {
    return this.pieces + (inode / PIECE) * sizeof<usize>();
  }
}
