/** The names of one directory, by their hashes: finds those that are there twice. */
import { allocate } from "../../bytes/memory";
import { sipHash } from "../../bytes/siphash";

const SMALLEST: u32 = 512;
/** Any fixed key: what two equal hashes of different names would cost is one wrong line in a report. */
const KEY_0: u64 = 0x6c61_7965_726b_696c;
const KEY_1: u64 = 0x6e61_6d65_7365_7473;

export class NameSet {
  /** Two tables, so that one can grow into the other; and what they have room for. */
  private slots: usize = allocate(SMALLEST * 8);
  private slotsRoom: u32 = SMALLEST;
  private spare: usize = 0;
  private spareRoom: u32 = 0;
  private capacity: u32 = SMALLEST;
  private count: u32 = 0;

  clear(): void {
    this.capacity = SMALLEST;
    this.count = 0;
    memory.fill(this.slots, 0, this.capacity * 8);
  }

  /** @returns whether the name was not there before */
  add(name: usize, length: u32): bool {
    if (this.count >= this.capacity / 2) this.grow();
    const hash = max<u64>(sipHash(KEY_0, KEY_1, name, length), 1); // 0: an empty slot
    const slot = this.find(this.slots, hash);
    if (load<u64>(slot) == hash) return false;
    store<u64>(slot, hash);
    this.count++;
    return true;
  }

  private find(slots: usize, hash: u64): usize {
    const mask = this.capacity - 1;
    let index = <u32>hash & mask;
    while (load<u64>(slots + index * 8) != 0 && load<u64>(slots + index * 8) != hash) index = (index + 1) & mask;
    return slots + index * 8;
  }

  private grow(): void {
    const old = this.slots;
    const oldRoom = this.slotsRoom;
    const count = this.capacity;
    this.capacity *= 4;
    const isLarge = this.spareRoom >= this.capacity;
    const slots = isLarge ? this.spare : allocate(this.capacity * 8);
    this.slotsRoom = isLarge ? this.spareRoom : this.capacity;
    if (isLarge) memory.fill(slots, 0, this.capacity * 8);
    for (let i: u32 = 0; i < count; i++) {
      const hash = load<u64>(old + i * 8);
      if (hash != 0) store<u64>(this.find(slots, hash), hash);
    }
    this.slots = slots;
    this.spare = old;
    this.spareRoom = oldRoom;
  }
}
