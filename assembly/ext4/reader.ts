/**
 * Reads ext2, ext3 and ext4 filesystems.
 *
 *     const reader = new Ext4Reader(source, true);
 *     const inode = reader.newInode();              // once, for as long as it is of use
 *     reader.readInode(ROOT_INODE, inode);
 *     const directory = new Directory(reader.volume); // so are those that go over something
 *     directory.start(inode);
 *     while (directory.next()) …
 *
 * What goes over the parts of an inode needs its record until the end, so who descends needs one for each level, or
 * reads the inode again on the way back. Records and iterators are made once and started again and again: memory that was
 * taken is not given back. After a failure all of them may be started anew; what was read before stays right.
 */
import { compareBytes } from "../bytes/literal";
import { Source } from "../source";
import { Content } from "./reading/content";
import { Directory } from "./reading/directory";
import { Groups } from "./reading/groups";
import { FileInode } from "./reading/inode";
import { Inodes } from "./reading/inodes";
import { Volume } from "./reading/volume";
import { Xattrs } from "./reading/xattrs";

export class Ext4Reader {
  readonly volume: Volume;
  readonly groups: Groups;
  readonly inodes: Inodes;
  private directory: Directory;

  /**
   * @param source  begins where the filesystem begins, and may go on behind it
   * @param verify  whether checksums of metadata must be right, where the filesystem has them
   * @fails Corrupt, Unsupported
   */
  constructor(source: Source, verify: bool) {
    const volume = new Volume(source, verify);
    const groups = new Groups(volume);
    this.volume = volume;
    this.groups = groups;
    this.inodes = new Inodes(volume, groups);
    this.directory = new Directory(volume);
  }

  newInode(): FileInode {
    return new FileInode(this.volume);
  }

  newContent(): Content {
    return new Content(this.volume);
  }

  newDirectory(): Directory {
    return new Directory(this.volume);
  }

  newXattrs(): Xattrs {
    return new Xattrs(this.volume, this.inodes);
  }

  /**
   * Fills `into` with the inode `number`, which must be in use.
   *
   * @fails Corrupt  there is no such inode, or it is damaged
   */
  readInode(number: u32, into: FileInode): void {
    this.inodes.readUsed(number, into);
  }

  /** Looks through a directory for a name. @returns its inode; 0: there is no such name */
  find(directory: FileInode, name: usize, length: u32): u32 {
    const names = this.directory;
    names.start(directory);
    while (names.next()) {
      if (compareBytes(names.name, names.nameLength, name, length) == 0) return names.entryInode;
    }
    return 0;
  }
}
