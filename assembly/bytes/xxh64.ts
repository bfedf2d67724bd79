/**
 * XXH64 with seed 0.
 *
 * Source: xxHash fast digest algorithm, 0.1.1, "XXH64 algorithm description".
 */

const PRIME1: u64 = 0x9e3779b185ebca87;
const PRIME2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME3: u64 = 0x165667b19e3779f9;
const PRIME4: u64 = 0x85ebca77c2b2ae63;
const PRIME5: u64 = 0x27d4eb2f165667c5;

/** Bytes of a step, one word for each accumulator. */
const STRIPE: u32 = 32;

export class Xxh64 {
  private size: u64 = 0;
  private first: u64 = 0;
  private second: u64 = 0;
  private third: u64 = 0;
  private fourth: u64 = 0;
  /** The bytes of a stripe that is not whole yet. */
  private rest: StaticArray<u8> = new StaticArray<u8>(STRIPE);

  begin(): void {
    this.size = 0;
    this.first = PRIME1 + PRIME2;
    this.second = PRIME2;
    this.third = 0;
    this.fourth = 0 - PRIME1;
  }

  update(from: usize, length: u32): void {
    const rest = changetype<usize>(this.rest);
    const kept = <u32>this.size % STRIPE;
    this.size += length;
    if (kept + length < STRIPE) {
      memory.copy(rest + kept, from, length);
      return;
    }
    const end = from + length;
    let at = from;
    if (kept > 0) {
      memory.copy(rest + kept, from, STRIPE - kept);
      this.takeStripes(rest, rest + STRIPE);
      at += STRIPE - kept;
    }
    const stripesEnd = at + ((end - at) & ~(STRIPE - 1));
    this.takeStripes(at, stripesEnd);
    memory.copy(rest, stripesEnd, end - stripesEnd);
  }

  private takeStripes(from: usize, end: usize): void {
    let first = this.first;
    let second = this.second;
    let third = this.third;
    let fourth = this.fourth;
    for (let at = from; at < end; at += STRIPE) {
      first = round(first, load<u64>(at));
      second = round(second, load<u64>(at, 8));
      third = round(third, load<u64>(at, 16));
      fourth = round(fourth, load<u64>(at, 24));
    }
    this.first = first;
    this.second = second;
    this.third = third;
    this.fourth = fourth;
  }

  /** Of all since `begin`. */
  digest(): u64 {
    let hash = this.size >= STRIPE ? this.converged() : PRIME5;
    hash += this.size;
    let at = changetype<usize>(this.rest);
    const end = at + (<u32>this.size % STRIPE);
    for (; at + 8 <= end; at += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(at)), 27) * PRIME1 + PRIME4;
    for (; at + 4 <= end; at += 4) hash = rotl<u64>(hash ^ (load<u32>(at) * PRIME1), 23) * PRIME2 + PRIME3;
    for (; at < end; at++) hash = rotl<u64>(hash ^ (load<u8>(at) * PRIME5), 11) * PRIME1;
    hash = (hash ^ (hash >> 33)) * PRIME2;
    hash = (hash ^ (hash >> 29)) * PRIME3;
    return hash ^ (hash >> 32);
  }

  private converged(): u64 {
    let hash = rotl<u64>(this.first, 1) + rotl<u64>(this.second, 7) + rotl<u64>(this.third, 12) + rotl<u64>(this.fourth, 18);
    hash = merged(hash, this.first);
    hash = merged(hash, this.second);
    hash = merged(hash, this.third);
    return merged(hash, this.fourth);
  }
}

// @ts-ignore: decorator
@inline
function round(accumulator: u64, word: u64): u64 {
  return rotl<u64>(accumulator + word * PRIME2, 31) * PRIME1;
}

function merged(hash: u64, accumulator: u64): u64 {
  return (hash ^ round(0, accumulator)) * PRIME1 + PRIME4;
}
