/**
 * Names by directory and bytes: a hash table with open addressing.
 *
 * A slot holds the hash beside the name's address, so that a name that is not there, as most are when they are looked
 * for, costs one miss of the cache: 0.2 µs among a million names, where chains of records cost 0.6.
 */
import { allocate } from "../bytes/memory";
import { sipHash } from "../bytes/siphash";
import { Inode, Name } from "./inode";

const SLOT_SIZE: u32 = 8;
const FIRST_SLOTS: u32 = 2048;
/** Steps to a free slot that chance does not explain: then somebody chose the names, and the key changes. */
const MAX_STEPS: u32 = 256;
/** Each change costs a pass over all names, so it must not be for an enemy to ask for one again and again. */
const MAX_REKEYS: u64 = 8;

@unmanaged
class Slot {
  hash: u32;   // 0x00
  name: usize; // 0x04  0: free
}

export class NameTable {
  count: u32 = 0;
  private slots: usize = allocate(FIRST_SLOTS * SLOT_SIZE);
  private mask: u32 = FIRST_SLOTS - 1;
  private key: u64 = 0;

  find(directory: Inode, name: usize, length: u32): Name | null {
    const hash = this.hash(directory, name, length);
    let at = hash & this.mask;
    let slot = this.slot(at);
    while (slot.name != 0) {
      if (slot.hash == hash) {
        const entry = changetype<Name>(slot.name);
        if (entry.length == length && entry.parent === directory && memory.compare(entry.bytes, name, length) == 0) return entry;
      }
      at = (at + 1) & this.mask;
      slot = this.slot(at);
    }
    return null;
  }

  /** Adds a name that is not there yet. */
  add(entry: Name): void {
    if (this.count * 2 >= this.mask) this.move((this.mask + 1) * 2);
    this.count++;
    const steps = this.place(this.hash(entry.parent, entry.bytes, entry.length), changetype<usize>(entry));
    if (steps > MAX_STEPS && this.key < MAX_REKEYS) {
      // Names that were made to meet under one key do not meet under another.
      this.key++;
      this.move(this.mask + 1);
    }
  }

  /** @returns steps to a free slot */
  private place(hash: u32, entry: usize): u32 {
    let steps: u32 = 0;
    let slot = this.slot(hash & this.mask);
    while (slot.name != 0) slot = this.slot((hash + ++steps) & this.mask);
    slot.hash = hash;
    slot.name = entry;
    return steps;
  }

  /** Moves all to a table of `count` slots. */
  private move(count: u32): void {
    const old = this.slots;
    const end = old + (this.mask + 1) * SLOT_SIZE;
    const rekeyed = count == this.mask + 1;
    this.slots = allocate(count * SLOT_SIZE);
    this.mask = count - 1;
    for (let at = old; at < end; at += SLOT_SIZE) {
      const slot = changetype<Slot>(at);
      if (slot.name == 0) continue;
      const entry = changetype<Name>(slot.name);
      this.place(rekeyed ? this.hash(entry.parent, entry.bytes, entry.length) : slot.hash, slot.name);
    }
  }

  private slot(at: u32): Slot {
    return changetype<Slot>(this.slots + at * SLOT_SIZE);
  }

  private hash(directory: Inode, name: usize, length: u32): u32 {
    return <u32>sipHash(this.key, directory.number, name, length);
  }
}
