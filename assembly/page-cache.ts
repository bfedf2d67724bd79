/**
 * The parts of a source that were read last, in a bounded piece of memory.
 *
 * Metadata is read in small pieces that lie side by side: a call to the host for each would cost more than they do.
 */
import { allocate } from "./bytes/memory";
import { Source } from "./source";

/** As large as the largest block of any filesystem we read, so that a block never lies in two pages. */
export const PAGE_SIZE: u32 = 64 * 1024;
/** A page is read in pieces of this: of a million inodes that are asked for in any order, sixteen times as much would come. */
const PIECE_SIZE: u32 = 4096;
const PIECES: u32 = PAGE_SIZE / PIECE_SIZE;
/** 8 MiB, taken as they are needed. */
const PAGES: u32 = 128;
const BUCKETS: u32 = 256;
const NONE: u64 = u64.MAX_VALUE;

@unmanaged
class Page {
  number: u64;        // 0x00  NONE: nothing is in it
  address: usize;     // 0x08
  chained: Page | null; // 0x0c  the next in its bucket
  newer: Page | null; // 0x10
  older: Page | null; // 0x14
  pieces: u32;        // 0x18  a bit for each that is here
}

export class PageCache {
  private buckets: StaticArray<usize> = new StaticArray<usize>(BUCKETS);
  private newest: Page | null = null;
  private oldest: Page | null = null;
  private count: u32 = 0;

  constructor(private source: Source) {}

  /**
   * Address of `length` bytes that stand at byte `at`, in one page. Behind the end of the source stand zeros.
   *
   * It holds until 127 other pages have been asked for.
   */
  at(at: u64, length: u32): usize {
    const number = at / PAGE_SIZE;
    const offset = <u32>(at % PAGE_SIZE);
    const newest = this.newest;
    const page = newest && newest.number == number ? newest : this.find(number);
    const first = offset / PIECE_SIZE;
    const end = (offset + length + PIECE_SIZE - 1) / PIECE_SIZE;
    const wanted = ((1 << end) - 1) & ~((1 << first) - 1);
    if ((page.pieces & wanted) != wanted) this.fill(page, first, end);
    return page.address + offset;
  }

  private find(number: u64): Page {
    const page = this.look(number);
    if (!page) return this.fetch(number);
    this.unlink(page);
    this.putFirst(page);
    return page;
  }

  /** Reads pieces of a page. Where what stands before them is here, somebody reads on: then the rest of the page too. */
  private fill(page: Page, first: u32, end: u32): void {
    if (this.isHere(page, first)) end = PIECES;
    const from = page.number * PAGE_SIZE + first * PIECE_SIZE;
    const room = (end - first) * PIECE_SIZE;
    const to = page.address + first * PIECE_SIZE;
    const size = this.source.size;
    const length = from < size ? <u32>min<u64>(room, size - from) : 0;
    if (length > 0) this.source.read(from, to, length);
    memory.fill(to + length, 0, room - length);
    page.pieces |= ((1 << end) - 1) & ~((1 << first) - 1);
  }

  /** Whether the piece before another is here. */
  private isHere(page: Page, piece: u32): bool {
    if (piece > 0) return (page.pieces & (1 << (piece - 1))) != 0;
    const before = page.number > 0 ? this.look(page.number - 1) : null;
    return before ? (before.pieces & (1 << (PIECES - 1))) != 0 : false;
  }

  private look(number: u64): Page | null {
    let page = changetype<Page | null>(this.buckets[bucketOf(number)]);
    while (page && page.number != number) page = page.chained;
    return page;
  }

  /** Gives the page that was not asked for the longest to another number. */
  private fetch(number: u64): Page {
    const page = this.count < PAGES ? this.takePage() : (this.oldest as Page);
    if (page.number != NONE) this.unchain(page);
    page.pieces = 0;
    const bucket = bucketOf(number);
    page.number = number;
    page.chained = changetype<Page | null>(this.buckets[bucket]);
    this.buckets[bucket] = changetype<usize>(page);
    this.unlink(page);
    this.putFirst(page);
    return page;
  }

  private takePage(): Page {
    const page = changetype<Page>(allocate(offsetof<Page>()));
    page.number = NONE;
    page.address = allocate(PAGE_SIZE);
    this.count++;
    this.putFirst(page);
    return page;
  }

  private unchain(page: Page): void {
    const bucket = bucketOf(page.number);
    let at = changetype<Page>(this.buckets[bucket]);
    if (at == page) this.buckets[bucket] = changetype<usize>(page.chained);
    else {
      while (at.chained != page) at = at.chained as Page;
      at.chained = page.chained;
    }
    page.number = NONE;
  }

  private unlink(page: Page): void {
    const newer = page.newer;
    const older = page.older;
    if (newer) newer.older = older;
    else this.newest = older;
    if (older) older.newer = newer;
    else this.oldest = newer;
  }

  private putFirst(page: Page): void {
    const newest = this.newest;
    page.newer = null;
    page.older = newest;
    if (newest) newest.newer = page;
    else this.oldest = page;
    this.newest = page;
  }
}

/** Neighbours in different buckets, and pages a power of two apart too. */
function bucketOf(number: u64): u32 {
  return <u32>((number * 0x9e37_79b9_7f4a_7c15) >> 56);
}
