/**
 * The parts of a source that were read last, in a bounded piece of memory.
 *
 * Metadata is read in small pieces that lie side by side: a call to the host for each would cost more than they do.
 */
import { allocate } from "./bytes/memory";
import { Source } from "./source";

/** As large as the largest block of any filesystem we read, so that a block never lies in two pages. */
export const PAGE_SIZE: u32 = 64 * 1024;
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
}

export class PageCache {
  private buckets: StaticArray<usize> = new StaticArray<usize>(BUCKETS);
  private newest: Page | null = null;
  private oldest: Page | null = null;
  private count: u32 = 0;

  constructor(private source: Source) {}

  /**
   * Address of the byte `at`; those up to the end of its page follow. Behind the end of the source stand zeros.
   *
   * It holds until 127 other pages have been asked for.
   */
  at(at: u64): usize {
    const number = at / PAGE_SIZE;
    const offset = <usize>(at % PAGE_SIZE);
    const newest = this.newest;
    if (newest && newest.number == number) return newest.address + offset;
    return this.find(number).address + offset;
  }

  private find(number: u64): Page {
    let page = changetype<Page | null>(this.buckets[bucketOf(number)]);
    while (page && page.number != number) page = page.chained;
    if (!page) return this.fetch(number);
    this.unlink(page);
    this.putFirst(page);
    return page;
  }

  /** While the host reads, which may fail, the page belongs to no number. */
  private fetch(number: u64): Page {
    const page = this.count < PAGES ? this.takePage() : (this.oldest as Page);
    if (page.number != NONE) this.unchain(page);
    const at = number * PAGE_SIZE;
    const size = this.source.size;
    const length = at < size ? <u32>min<u64>(PAGE_SIZE, size - at) : 0;
    if (length > 0) this.source.read(at, page.address, length);
    memory.fill(page.address + length, 0, PAGE_SIZE - length);

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
