/** What a tree is made of: inodes, and the names under which directories hold them. */
import { DIRECTORY, TYPE_MASK } from "./mode";

/**
 * A file of any type. A million of these are held at once, so fields are few and plain.
 *
 * The tree keeps `number`, `linkCount` and the names; the rest belongs to the format that is written,
 * times among it: they are in that format's own form.
 */
@unmanaged
export class Inode {
  size: u64;         // 0x00  bytes
  atime: u64;        // 0x08
  ctime: u64;        // 0x10
  mtime: u64;        // 0x18  the time of birth too
  number: u32;       // 0x20
  mode: u32;         // 0x24
  uid: u32;          // 0x28
  gid: u32;          // 0x2c
  deviceMajor: u32;  // 0x30
  deviceMinor: u32;  // 0x34
  linkCount: u32;    // 0x38
  flags: u32;        // 0x3c
  blockCount: u32;   // 0x40  blocks in use, of every kind
  firstBlock: u32;   // 0x44  of the content
  xattrBlock: u32;   // 0x48  0: none
  content: usize;    // 0x4c  what stands in the inode itself: a short target, a small file
  xattrInode: usize; // 0x50  attributes in the inode, as on disk
  xattrPacked: usize; // 0x54  attributes in a block, as on disk, without the room between
  nameCount: u32;    // 0x58  names in a directory
  firstName: Name | null; // 0x5c
  lastName: Name | null;  // 0x60
  ownName: Name | null;   // 0x64  of a directory: the one name that it has
  next: Inode | null;     // 0x68  by number
  state: u32;             // 0x6c  what else the format has to remember

  get type(): u32 {
    return this.mode & TYPE_MASK;
  }

  get isDirectory(): bool {
    return (this.mode & TYPE_MASK) == DIRECTORY;
  }
}

/** A name in a directory. Its bytes follow the record. */
@unmanaged
export class Name {
  parent: Inode;       // 0x00
  inode: Inode;        // 0x04
  next: Name | null;   // 0x08  in the directory
  length: u16;         // 0x0c
  state: u8;           // 0x0e  what the layer's rules have to remember
  isHashed: bool;      // 0x0f  whether it is in the table of names, or in its directory's list alone

  /** Address of its first byte. */
  get bytes(): usize {
    return changetype<usize>(this) + offsetof<Name>();
  }
}
