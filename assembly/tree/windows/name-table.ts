/**
 * Names by directory and upper case: a hash table with open addressing, as that of names of Linux (tree/name-table), but
 * that names are also taken out.
 */
import { allocate, ByteBuffer } from "../../bytes/memory";
import { sipHash } from "../../bytes/siphash";
import { WindowsFile, WindowsName } from "./file";

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

export class WindowsNameTable {
  count: u32 = 0;
  private slots: usize = allocate(FIRST_SLOTS * SLOT_SIZE);
  private mask: u32 = FIRST_SLOTS - 1;
  private key: u64 = 0;
  /** Of the name that is looked for. */
  private upper: ByteBuffer = new ByteBuffer();

  /** @param upcase  upper case of each unit, 65,536 u16 */
  constructor(private upcase: usize) {}

  find(directory: WindowsFile, name: usize, units: u32): WindowsName | null {
    const hash = this.hash(directory, name, units);
    let at = hash & this.mask;
    while (true) {
      const slot = this.slot(at);
      at = (at + 1) & this.mask;
      if (slot.name == 0) return null;
      if (slot.hash != hash) continue;
      const entry = changetype<WindowsName>(slot.name);
      if (entry.units == units && entry.parent === directory && this.isUpper(entry)) return entry;
    }
  }

  /** Adds a name that is not there yet. */
  add(entry: WindowsName): void {
    if (this.count * 2 >= this.mask) this.move((this.mask + 1) * 2);
    this.count++;
    const steps = this.place(this.hash(entry.parent, entry.at, entry.units), changetype<usize>(entry));
    if (steps <= MAX_STEPS || this.key >= MAX_REKEYS) return;
    this.key++; // names that were made to meet under one key do not meet under another
    this.move(this.mask + 1);
  }

  /** Takes out a name that is there. */
  remove(entry: WindowsName): void {
    const mask = this.mask;
    let free = this.hash(entry.parent, entry.at, entry.units) & mask;
    while (this.slot(free).name != changetype<usize>(entry)) free = (free + 1) & mask;
    // What stands behind moves up, unless it would come to stand before its own place.
    for (let at = (free + 1) & mask; this.slot(at).name != 0; at = (at + 1) & mask) {
      const slot = this.slot(at);
      if (((at - slot.hash) & mask) < ((at - free) & mask)) continue;
      memory.copy(changetype<usize>(this.slot(free)), changetype<usize>(slot), SLOT_SIZE);
      free = at;
    }
    this.slot(free).name = 0;
    this.count--;
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
      const entry = changetype<WindowsName>(slot.name);
      this.place(rekeyed ? this.hash(entry.parent, entry.at, entry.units) : slot.hash, slot.name);
    }
  }

  private slot(at: u32): Slot {
    return changetype<Slot>(this.slots + at * SLOT_SIZE);
  }

  private hash(directory: WindowsFile, name: usize, units: u32): u32 {
    const upper = this.upper;
    upper.clear();
    upper.reserve(2 * units);
    for (let i: u32 = 0; i < units; i++) store<u16>(upper.at + 2 * i, this.upperOf(load<u16>(name + 2 * i)));
    return <u32>sipHash(this.key, changetype<usize>(directory), upper.at, 2 * units);
  }

  /** Whether the upper case of `entry` is what was hashed last. */
  private isUpper(entry: WindowsName): bool {
    const units: u32 = entry.units;
    for (let i: u32 = 0; i < units; i++) {
      if (this.upperOf(load<u16>(entry.at + 2 * i)) != load<u16>(this.upper.at + 2 * i)) return false;
    }
    return true;
  }

  private upperOf(unit: u16): u16 {
    return load<u16>(this.upcase + 2 * <usize>unit);
  }
}
