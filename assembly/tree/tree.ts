/** The tree that a layer describes: inodes by number, names by directory. */
import { ErrorCode } from "../abi";
import { compareBytes } from "../bytes/literal";
import { Arena } from "../bytes/memory";
import { fail } from "../host";
import { Inode, Name } from "./inode";
import { NameTable } from "./name-table";
import { Path } from "./path";

const SEGMENT_SIZE: usize = 256 * 1024;
const SLASH: u8 = 0x2f;

export class Tree {
  readonly root: Inode;
  lastInode: Inode;
  private arena: Arena;
  private names: NameTable = new NameTable();
  private count: u32 = 0;
  // The directory of the name before: layers list the files of a directory together.
  private known: Path = new Path();
  private knownDirectory: Inode;

  /**
   * @param rootNumber  the root's inode number
   * @param maxEntries  names that the tree may have
   */
  constructor(rootNumber: u32, private maxEntries: u32) {
    const arena = new Arena(SEGMENT_SIZE);
    const root = changetype<Inode>(arena.take(offsetof<Inode>()));
    root.number = rootNumber;
    this.arena = arena;
    this.root = root;
    this.lastInode = root;
    this.knownDirectory = root;
  }

  /** A fresh inode, all zero but its number. It joins the tree with `add`. */
  makeInode(number: u32): Inode {
    const inode = changetype<Inode>(this.arena.take(offsetof<Inode>()));
    inode.number = number;
    return inode;
  }

  /** Appends `inode` to those that `root.next…` lists. */
  add(inode: Inode): void {
    this.lastInode.next = inode;
    this.lastInode = inode;
  }

  /** Bytes that live as long as the tree. */
  keep(from: usize, length: u32): usize {
    const kept = this.arena.take(length);
    memory.copy(kept, from, length);
    return kept;
  }

  /** `length` zero bytes that live as long as the tree. */
  room(length: u32): usize {
    return this.arena.take(length);
  }

  /**
   * Archivers walk directories in the order of their names. As long as one's names come so, each behind the last, its list
   * says what is not there, and the table, where each name costs two misses of the cache, does not have them.
   */
  find(directory: Inode, name: usize, length: u32): Name | null {
    const last = directory.lastName;
    if (!last) return null;
    if (!last.isHashed) {
      const order = compareBytes(name, length, last.bytes, last.length);
      if (order > 0) return null;
      if (order == 0) return last;
      this.hashNames(directory);
    }
    return this.names.find(directory, name, length);
  }

  /**
   * Gives `inode` the name, which the directory must not have yet.
   *
   * @fails OutOfRange  the tree has its most names already
   */
  insert(directory: Inode, name: usize, length: u32, inode: Inode): Name {
    if (this.count >= this.maxEntries) {
      fail(ErrorCode.OutOfRange, `tree: more than ${this.maxEntries} names, the limit for entries`);
    }
    const entry = changetype<Name>(this.arena.take(offsetof<Name>() + length));
    entry.parent = directory;
    entry.inode = inode;
    entry.length = <u16>length; // MAX_NAME_LENGTH is kept by whoever inserts
    memory.copy(entry.bytes, name, length);
    this.count++;
    this.append(entry);
    return entry;
  }

  /** Moves a name, with all below it, to `directory`, which must not have it yet. The directory that had it is given up. */
  move(name: Name, directory: Inode): void {
    name.parent = directory;
    name.next = null;
    // What the table may still have of it under the other directory, nobody asks for.
    this.append(name);
  }

  private append(name: Name): void {
    const directory = name.parent;
    const last = directory.lastName;
    if (last) {
      if (!last.isHashed && !follows(name, last)) this.hashNames(directory);
      last.next = name;
    } else directory.firstName = name;
    name.isHashed = last ? last.isHashed : false;
    directory.lastName = name;
    directory.nameCount++;
    if (name.isHashed) this.names.add(name);
  }

  /** Once for each directory. */
  private hashNames(directory: Inode): void {
    let name = directory.firstName;
    while (name) {
      name.isHashed = true;
      this.names.add(name);
      name = name.next;
    }
  }

  /** @returns the inode at `path`; null when a part is missing or no directory. Symbolic links are not followed. */
  resolve(path: Path): Inode | null {
    return path.length == 0 ? this.root : this.walk(path.at, path.length);
  }

  /** @returns what holds the last part of `path`, or null as `resolve`; it may be no directory */
  resolveParent(path: Path): Inode | null {
    const length = path.parentLength;
    if (length == 0) return this.root;
    const known = this.known;
    if (known.length == length && memory.compare(known.at, path.at, length) == 0) return this.knownDirectory;
    const directory = this.walk(path.at, length);
    if (directory && directory.isDirectory) {
      known.clean(path.at, length);
      this.knownDirectory = directory;
    }
    return directory;
  }

  private walk(from: usize, length: u32): Inode | null {
    const end = from + length;
    let inode = this.root;
    for (let at = from; at < end; ) {
      const part = at;
      while (at < end && load<u8>(at) != SLASH) at++;
      const entry = this.find(inode, part, <u32>(at - part));
      if (!entry) return null;
      inode = entry.inode;
      at++;
    }
    return inode;
  }
}

function follows(name: Name, last: Name): bool {
  return compareBytes(name.bytes, name.length, last.bytes, last.length) > 0;
}
