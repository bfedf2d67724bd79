/**
 * Which bytes of the regions are of what: equal things may stand in one place, but none in a part of another.
 *
 * Memory: 24 bytes for each place, and as many again for finding it.
 */
import { CimProblem } from "../../abi";
import { allocate, Arena } from "../../bytes/memory";
import { mergeSort, Order } from "../../bytes/merge-sort";
import { IdTable } from "../../tree/id-table";
import { Findings } from "./findings";

@unmanaged
class Claim {
  offset: u64; // 0x00  region offset
  length: u64; // 0x08  bytes
  file: u32;   // 0x10  who claimed it first; 0: the image itself
}

export const enum Claimed {
  /** Nobody has, until now. */
  Anew,
  /** Just the same. */
  Same,
  /** With another length: that is a finding, and all there is to say of it. */
  Otherwise,
}

class ByPlace extends Order {
  compare(a: usize, b: usize): i32 {
    const one = changetype<Claim>(a).offset;
    const other = changetype<Claim>(b).offset;
    return one < other ? -1 : one > other ? 1 : 0;
  }
}

export class Claims {
  /** By region offset + 1: the header of a region stands at 0. */
  private table: IdTable = new IdTable();
  private arena: Arena = new Arena(64 * 1024);
  private count: u32 = 0;
  private first: usize = 0;

  constructor(private findings: Findings) {}

  /** @param length  at least 1; all of it is in the region */
  claim(offset: u64, length: u64, file: u32): Claimed {
    const there = changetype<Claim | null>(<usize>this.table.get(offset + 1));
    if (there) {
      if (there.length == length) return Claimed.Same;
      this.findings.add(CimProblem.Overlap, file, offset, there.file, length, there.length);
      return Claimed.Otherwise;
    }
    // Before each claim stands the address of the one before it.
    const at = this.arena.take(sizeof<usize>() * 2 + offsetof<Claim>());
    store<usize>(at, this.first);
    this.first = at;
    const claim = changetype<Claim>(at + sizeof<usize>() * 2);
    claim.offset = offset;
    claim.length = length;
    claim.file = file;
    this.table.set(offset + 1, changetype<usize>(claim));
    this.count++;
    return Claimed.Anew;
  }

  /** Compares all with all, once all are there. */
  findOverlaps(): void {
    const count = this.count;
    const list = allocate(<usize>count * sizeof<usize>());
    let to = list;
    for (let at = this.first; at != 0; at = load<usize>(at)) {
      store<usize>(to, at + sizeof<usize>() * 2);
      to += sizeof<usize>();
    }
    mergeSort(list, allocate((<usize>count / 2 + 1) * sizeof<usize>()), count, new ByPlace());
    let widest: Claim | null = null;
    for (let i: u32 = 0; i < count; i++) {
      const claim = changetype<Claim>(load<usize>(list + <usize>i * sizeof<usize>()));
      // A place of one region never reaches into the next: 2^48 bytes are between them.
      if (widest && claim.offset < widest.offset + widest.length) {
        this.findings.add(CimProblem.Overlap, claim.file, claim.offset, widest.file, claim.length, widest.length);
        if (claim.offset + claim.length <= widest.offset + widest.length) continue;
      }
      widest = claim;
    }
  }
}
