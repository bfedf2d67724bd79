/**
 * Sets of extended attributes, each kept once however many inodes have it: a label is the same on a million files.
 *
 * A set is its attributes in the order that the kernel wants in a block: by index, length of the name, name.
 */
import { Arena, allocate } from "../../bytes/memory";
import { sipHash } from "../../bytes/siphash";
import { Inode } from "../../tree/inode";

/** Where an attribute is written. */
export const enum Place {
  Inode,
  Block,
}

/** One attribute of a set. Name and value follow, each filled up to whole words. */
@unmanaged
export class PackedAttribute {
  valueLength: u32; // 0x00
  index: u8;        // 0x04  of the name's prefix
  nameLength: u8;   // 0x05  without the prefix
  place: u8;        // 0x06  a Place
  isApart: bool;    // 0x07  whether its value has an inode of its own
  holder: Inode | null; // 0x08  that inode

  get name(): usize {
    return changetype<usize>(this) + offsetof<PackedAttribute>();
  }

  get value(): usize {
    return this.name + round4(this.nameLength);
  }

  get next(): PackedAttribute {
    return changetype<PackedAttribute>(this.value + round4(this.valueLength));
  }
}

@unmanaged
export class AttributeSet {
  next: AttributeSet | null; // 0x00  in the order in which they came; once inodes are numbered, in the order of those
  hash: u32;        // 0x04
  length: u32;      // 0x08  bytes of its attributes
  count: u32;       // 0x0c
  users: u32;       // 0x10  inodes of the finished tree that have it
  usesInode: bool;  // 0x14  whether something goes into the inode
  usesBlock: bool;  // 0x15  whether something goes into a block
  isListed: bool;   // 0x16  an inode that has it is numbered
  firstBlock: u32;  // 0x18  of those that its users share
  assigned: u32;    // 0x1c  users that have their block
  holderBlocks: u32; // 0x20  of values in inodes of their own

  get first(): PackedAttribute {
    return changetype<PackedAttribute>(changetype<usize>(this) + offsetof<AttributeSet>());
  }
}

// @ts-ignore: decorator
@inline
export function round4(length: u32): u32 {
  return (length + 3) & ~3;
}

const SEGMENT_SIZE: usize = 64 * 1024;
const FIRST_SLOTS: u32 = 64;
/** Names may be chosen to meet in the table; the values of a set have the last word, and they are compared. */
const KEY: u64 = 0x6174_7472;

export class AttributeSets {
  first: AttributeSet | null = null;
  private last: AttributeSet | null = null;
  private arena: Arena = new Arena(SEGMENT_SIZE);
  private count: u32 = 0;
  private slots: usize = 0;
  private mask: u32 = 0;

  /** The set whose attributes are the `length` bytes at `from`, `count` of them, packed and in order. */
  intern(from: usize, length: u32, count: u32): AttributeSet {
    if (this.count * 2 >= this.mask) this.grow();
    const hash = <u32>sipHash(KEY, length, from, length);
    let at = hash & this.mask;
    let found = this.slot(at);
    while (found) {
      const same = found.hash == hash && found.length == length;
      if (same && memory.compare(changetype<usize>(found.first), from, length) == 0) return found;
      at = (at + 1) & this.mask;
      found = this.slot(at);
    }
    const set = changetype<AttributeSet>(this.arena.take(offsetof<AttributeSet>() + length));
    set.hash = hash;
    set.length = length;
    set.count = count;
    memory.copy(changetype<usize>(set.first), from, length);
    store<AttributeSet>(this.slots + at * sizeof<usize>(), set);
    this.count++;
    const last = this.last;
    if (last) last.next = set;
    else this.first = set;
    this.last = set;
    return set;
  }

  /** Forgets the order of the sets; those that are still wanted are listed anew, and no more are interned. */
  unlist(): void {
    this.first = null;
    this.last = null;
  }

  /** Puts a set behind those that are listed, if it is not among them. */
  list(set: AttributeSet): void {
    if (set.isListed) return;
    set.isListed = true;
    set.next = null;
    const last = this.last;
    if (last) last.next = set;
    else this.first = set;
    this.last = set;
  }

  private slot(at: u32): AttributeSet | null {
    return load<AttributeSet | null>(this.slots + at * sizeof<usize>());
  }

  private grow(): void {
    const slots = max((this.mask + 1) * 2, FIRST_SLOTS);
    this.slots = allocate(slots * sizeof<usize>());
    this.mask = slots - 1;
    let set = this.first;
    while (set) {
      let at = set.hash & this.mask;
      while (this.slot(at)) at = (at + 1) & this.mask;
      store<AttributeSet>(this.slots + at * sizeof<usize>(), set);
      set = set.next;
    }
  }
}
