/**
 * A tree of files as a filesystem holds it, whatever its format: what archives are made from, as layers are what trees
 * are made from.
 *
 *     tree.open(tree.root);
 *     tree.startNames();
 *     while (tree.nextName()) … tree.name, tree.nameLength, tree.child …
 *
 * One file is open at a time; names, attributes and content are its own. All is kept in the reader itself and told anew
 * by the next call: a tree may have millions of files, and memory that was taken is not given back.
 */
import { allocate } from "../bytes/memory";
import { Attribute, Time } from "./entry";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, TYPE_MASK } from "./mode";

export abstract class TreeReader {
  /** Of the open file; the same for all of its names. 0: none is open. */
  id: u64 = 0;
  /** Type and permissions, as tree/mode has them. */
  mode: u32 = 0;
  uid: u32 = 0;
  gid: u32 = 0;
  /** Bytes of content, or of a symbolic link's target. */
  size: u64 = 0;
  /** Names that it is said to have. */
  linkCount: u32 = 0;
  /** Zero in all that is no device. */
  deviceMajor: u32 = 0;
  deviceMinor: u32 = 0;
  readonly atime: Time = changetype<Time>(allocate(offsetof<Time>()));
  readonly ctime: Time = changetype<Time>(allocate(offsetof<Time>()));
  readonly mtime: Time = changetype<Time>(allocate(offsetof<Time>()));

  /** What `nextName` told: a name in the open directory, and the file that has it. */
  name: usize = 0;
  nameLength: u32 = 0;
  child: u64 = 0;

  /** What `nextXattr` told. */
  readonly xattr: Attribute = changetype<Attribute>(allocate(offsetof<Attribute>()));

  /** What `nextRegion` told: part of the file that may be other than zeros. Bytes; within the file. */
  regionAt: u64 = 0;
  regionLength: u64 = 0;

  /** The file that all others are in. */
  abstract get root(): u64;

  /** Whether nobody has changed the filesystem since it was made: then who makes it anew may want it all where it was. */
  abstract get isAsMade(): bool;

  /** Where the content of the open file begins on disk; 0: it takes no room of its own there, or has no bytes. */
  abstract get place(): u64;

  /** A walk over the tree begins, in which no directory is asked twice for its names. */
  abstract beginWalk(): void;

  /** @fails Corrupt  there is no such file, or it is damaged */
  abstract open(id: u64): void;

  /** Of a directory. @fails Corrupt, Unsupported */
  abstract startNames(): void;

  /** @returns whether there is another name; they come in any order, without `.` and `..` */
  abstract nextName(): bool;

  abstract startXattrs(): void;

  /** @returns whether there is another attribute; POSIX ACLs are in the form of getxattr(2) */
  abstract nextXattr(): bool;

  /** Of a regular file. @fails Corrupt, Unsupported */
  abstract startRegions(): void;

  /** @returns whether there is another region; they come in the order of the file, and do not overlap */
  abstract nextRegion(): bool;

  /**
   * Puts bytes of a regular file, or of a link's target, into memory at `to`.
   *
   * @returns bytes put there: `length`, or fewer where it ends
   * @fails Corrupt, Unsupported
   */
  abstract read(at: u64, to: usize, length: u32): u32;

  /** Whether every filesystem of this format has the open file, just as it is, whether a layer says so or not. */
  abstract isImplied(name: usize, nameLength: u32): bool;

  get type(): u32 {
    return this.mode & TYPE_MASK;
  }

  get isDirectory(): bool {
    return this.type == DIRECTORY;
  }

  get isDevice(): bool {
    return this.type == CHARACTER_DEVICE || this.type == BLOCK_DEVICE;
  }
}
