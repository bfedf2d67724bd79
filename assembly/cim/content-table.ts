/**
 * Contents by 128 bits that tell them apart, and their length: a hash table with open addressing.
 *
 * Where an enemy chose what meets in it, it forgets: a content that is not found is stored twice, and nothing else happens.
 */
import { allocate, Arena } from "../bytes/memory";
import { mix } from "../bytes/fingerprint";

@unmanaged
export class KnownContent {
  low: u64;    // 0x00
  high: u64;   // 0x08
  length: u64; // 0x10
  place: u64;  // 0x18  as whoever adds it counts
}

const FIRST_SLOTS: u32 = 1024;
/** Chance does not come near it: the table is half empty at least. */
const MAX_STEPS: u32 = 256;
const SEGMENT_SIZE: usize = 64 * 1024;

export class ContentTable {
  private arena: Arena = new Arena(SEGMENT_SIZE);
  /** Addresses of KnownContent; 0: free. */
  private slots: usize = allocate(FIRST_SLOTS * sizeof<usize>());
  private mask: u32 = FIRST_SLOTS - 1;
  private count: u32 = 0;

  find(low: u64, high: u64, length: u64): KnownContent | null {
    for (let step: u32 = 0, at = hash(low, length); step < MAX_STEPS; step++, at++) {
      const found = load<KnownContent | null>(this.slot(at));
      if (!found || (found.low == low && found.high == high && found.length == length)) return found;
    }
    return null;
  }

  /** Adds what is not there yet. */
  add(low: u64, high: u64, length: u64, place: u64): void {
    if (this.count * 2 >= this.mask) this.grow();
    const content = changetype<KnownContent>(this.arena.take(offsetof<KnownContent>()));
    content.low = low;
    content.high = high;
    content.length = length;
    content.place = place;
    this.put(content);
  }

  private put(content: KnownContent): void {
    for (let step: u32 = 0, at = hash(content.low, content.length); step < MAX_STEPS; step++, at++) {
      const slot = this.slot(at);
      if (load<usize>(slot) != 0) continue;
      store<KnownContent>(slot, content);
      this.count++;
      return;
    }
  }

  private grow(): void {
    const old = this.slots;
    const end = old + (this.mask + 1) * sizeof<usize>();
    this.mask = this.mask * 2 + 1;
    this.slots = allocate((this.mask + 1) * sizeof<usize>());
    this.count = 0;
    for (let slot = old; slot < end; slot += sizeof<usize>()) {
      const content = load<KnownContent | null>(slot);
      if (content) this.put(content);
    }
  }

  private slot(at: u32): usize {
    return this.slots + (at & this.mask) * sizeof<usize>();
  }
}

/** All zeros have the same bits, whatever their length. */
function hash(low: u64, length: u64): u32 {
  return <u32>mix(low ^ mix(length));
}
