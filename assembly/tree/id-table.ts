/** Numbers by the ids of files: a hash table with open addressing. */
import { allocate } from "../bytes/memory";

const FIRST_SLOTS: u32 = 1024;

@unmanaged
class Slot {
  id: u64;    // 0x00  0: free
  value: u64; // 0x08
}

export class IdTable {
  private count: u32 = 0;
  private slots: usize = 0;
  private mask: u32 = 0;

  /** The value of `id`, which is not 0; 0: it has none. */
  get(id: u64): u64 {
    return this.slots != 0 ? this.slotOf(id).value : 0;
  }

  /** @param value  not 0 */
  set(id: u64, value: u64): void {
    if (this.slots == 0) this.move(FIRST_SLOTS);
    else if (this.count * 2 > this.mask) this.move((this.mask + 1) * 2);
    const slot = this.slotOf(id);
    if (slot.id == 0) this.count++;
    slot.id = id;
    slot.value = value;
  }

  /** The slot that has `id`, or the free one where it belongs. */
  private slotOf(id: u64): Slot {
    let index = hash(id) & this.mask;
    let slot = this.slot(index);
    while (slot.id != 0 && slot.id != id) {
      index = (index + 1) & this.mask;
      slot = this.slot(index);
    }
    return slot;
  }

  private move(slots: u32): void {
    const old = this.slots;
    const end = old != 0 ? old + (this.mask + 1) * offsetof<Slot>() : 0;
    this.slots = allocate(slots * offsetof<Slot>());
    this.mask = slots - 1;
    for (let at = old; at < end; at += offsetof<Slot>()) {
      const slot = changetype<Slot>(at);
      if (slot.id == 0) continue;
      const place = this.slotOf(slot.id);
      place.id = slot.id;
      place.value = slot.value;
    }
  }

  private slot(index: u32): Slot {
    return changetype<Slot>(this.slots + index * offsetof<Slot>());
  }
}

/** Ids are mostly numbers in a row; these come to stand apart. */
function hash(id: u64): u32 {
  return <u32>((id * 0x9e37_79b9_7f4a_7c15) >> 32);
}
