/** The tree that a layer describes: inodes by number, names by directory. */
import { ErrorCode } from "../abi";
import { allocate, Arena } from "../bytes/memory";
import { sipHash } from "../bytes/siphash";
import { fail } from "../host";
import { Inode, Name } from "./inode";
import { Path } from "./path";

const SEGMENT_SIZE: usize = 256 * 1024;
const FIRST_BUCKETS: u32 = 1024;
/** Names in one bucket that chance does not explain: then somebody chose them, and the key changes. */
const MAX_CHAIN: u32 = 64;
/** Each change costs a pass over all names, so it must not be for an enemy to ask for one again and again. */
const MAX_REKEYS: u64 = 8;
const SLASH: u8 = 0x2f;

export class Tree {
  readonly root: Inode;
  lastInode: Inode;
  private arena: Arena;
  private buckets: usize = allocate(FIRST_BUCKETS * sizeof<usize>());
  private bucketCount: u32 = FIRST_BUCKETS;
  private nameCount: u32 = 0;
  private hashKey: u64 = 0;
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

  find(directory: Inode, name: usize, length: u32): Name | null {
    const hash = this.hash(directory, name, length);
    let entry = load<Name | null>(this.bucket(hash));
    while (entry) {
      if (
        entry.hash == hash && entry.length == length && entry.parent === directory &&
        memory.compare(entry.bytes, name, length) == 0
      ) {
        return entry;
      }
      entry = entry.chain;
    }
    return null;
  }

  /**
   * Gives `inode` the name, which the directory must not have yet.
   *
   * @fails OutOfRange  the tree has its most names already
   */
  insert(directory: Inode, name: usize, length: u32, inode: Inode): Name {
    if (this.nameCount >= this.maxEntries) {
      fail(ErrorCode.OutOfRange, `tree: more than ${this.maxEntries} names, the limit for entries`);
    }
    if (this.nameCount >= this.bucketCount) this.rehash(this.bucketCount * 2);

    const entry = changetype<Name>(this.arena.take(offsetof<Name>() + length));
    entry.parent = directory;
    entry.inode = inode;
    entry.hash = this.hash(directory, name, length);
    entry.length = length;
    memory.copy(entry.bytes, name, length);

    const last = directory.lastName;
    if (last) last.next = entry;
    else directory.firstName = entry;
    directory.lastName = entry;
    directory.nameCount++;
    this.nameCount++;
    if (this.link(entry) > MAX_CHAIN && this.hashKey < MAX_REKEYS) this.rekey();
    return entry;
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

  private hash(directory: Inode, name: usize, length: u32): u32 {
    return <u32>sipHash(this.hashKey, directory.number, name, length);
  }

  private bucket(hash: u32): usize {
    return this.buckets + (hash & (this.bucketCount - 1)) * sizeof<usize>();
  }

  /** @returns names in the bucket */
  private link(entry: Name): u32 {
    const bucket = this.bucket(entry.hash);
    entry.chain = load<Name | null>(bucket);
    store<Name>(bucket, entry);
    let count: u32 = 0;
    for (let each: Name | null = entry; each; each = each.chain) count++;
    return count;
  }

  /** Names that were made to meet under one key do not meet under another. */
  private rekey(): void {
    this.hashKey++;
    this.rehash(this.bucketCount);
  }

  private rehash(count: u32): void {
    const old = this.buckets;
    const oldCount = this.bucketCount;
    const rekeyed = count == oldCount;
    this.buckets = allocate(count * sizeof<usize>());
    this.bucketCount = count;
    for (let i: u32 = 0; i < oldCount; i++) {
      let entry = load<Name | null>(old + i * sizeof<usize>());
      while (entry) {
        const following = entry.chain;
        if (rekeyed) entry.hash = this.hash(entry.parent, entry.bytes, entry.length);
        const bucket = this.bucket(entry.hash);
        entry.chain = load<Name | null>(bucket);
        store<Name>(bucket, entry);
        entry = following;
      }
    }
  }
}
